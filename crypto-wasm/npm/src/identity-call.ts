import { callback, json, recordOf, text } from './arguments.js';
import { PliError } from './error.js';
import type { History } from './types.js';
import { type Engine, hostFor } from './webcrypto.js';

/** Options of {@link Identity.generate} and {@link Identity.rotate}. */
export interface KeyOptions {
  /** Of each RSA modulus; 3072 unless said. */
  bits?: 2048 | 3072 | 4096;
  /**
   * Primes found so far, 0 to 4; WebCrypto finds two at a time. It is awaited; what it throws or
   * rejects with fails the call with `invalid_argument`.
   */
  onProgress?: (primes: number) => unknown;
}

/** What the caller expects of an identity that a server hands out. */
export interface Expected {
  /** Whose it must be. */
  username?: string;
  /** One's own key history, last seen. */
  pin?: History;
}

/** @internal The {@link KeyOptions} of a call whose options have those other members. */
export function keyOptions<T extends KeyOptions>(options: T, others: readonly (keyof T)[] = []) {
  const members = [...others, 'bits', 'onProgress'] as const;
  const { bits = 3072, onProgress } = recordOf(options, 'options', members);
  if (typeof bits !== 'number') throw new PliError('invalid_key', 'bits is no number');
  return { bits, report: callback(onProgress, 'onProgress') };
}

/** @internal What a call expects, and the engine that it asks for. */
export function expectation(expected: Expected & { engine?: Engine }) {
  const members = ['username', 'pin', 'engine'] as const;
  const { username, pin, engine: choice } = recordOf(expected, 'options', members);
  return {
    username: username === undefined ? undefined : text(username, 'username'),
    pin: pin === undefined ? undefined : json(pin, 'pin'),
    choice,
    subtle: hostFor(choice),
  };
}

/** @internal The id of a letter, if the options have one. */
export function idOf(options: { id?: string }): string | undefined {
  const { id } = recordOf(options, 'options', ['id']);
  return id === undefined ? undefined : text(id, 'id');
}
