import { invalid, PliError } from './error.js';

/**
 * @internal Reads arguments. Whatever a getter, a Proxy or a `toJSON` throws there is the
 * argument's fault.
 */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof PliError) throw cause;
    throw new PliError('invalid_argument', 'an argument could not be read', { cause });
  }
}

/** @internal The argument, when it is a string that UTF-8 can carry unchanged. */
export function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw invalid(`${name} must be a string`);
  if (/\p{Surrogate}/u.test(value)) throw invalid(`${name} holds an unpaired surrogate`);
  return capped(value);
}

/** @internal The argument, when it is an object to read members from. */
export function record<T extends object>(value: T, name: string): T {
  if (typeof value !== 'object' || value === null) throw invalid(`${name} must be an object`);
  return value;
}

/** @internal The same, when it has no members but those. */
export function recordOf<T extends object>(
  value: T,
  name: string,
  members: readonly (keyof T)[],
): T {
  const known = members.join(', ');
  const keys = Object.keys(record(value, `${name} { ${known} }`)) as (keyof T & string)[];
  const odd = keys.find((key) => !members.includes(key));
  if (odd !== undefined) throw invalid(`${name} has no ${odd}, but ${known}`);
  return value;
}

/** @internal A password in the form that is hashed: NFKC, as FORMAT.md §9 says. */
export function password(value: unknown): string {
  const typed = text(value, 'password');
  if (typed === '') throw invalid('password is empty');
  if (typed.length > 1 << 20) throw invalid('password has more than 1,048,576 characters');
  return typed.normalize('NFKC');
}

/** @internal The argument as JSON text; a string is taken to be JSON text already. */
export function json(value: unknown, name: string): string {
  return typeof value === 'string' ? text(value, name) : capped(written(value, name));
}

/** @internal What is to be sealed, as JSON text. */
export function content(value: unknown): string {
  const letter = written(value, 'content');
  if (letter.length > 1 << 20) {
    throw invalid(`content has ${letter.length} bytes or more; a letter has at most 1,048,576`);
  }
  return letter;
}

function written(value: unknown, name: string): string {
  let written: string | undefined;
  try {
    written = JSON.stringify(record(value as object, name));
  } catch (cause) {
    if (cause instanceof PliError) throw cause;
    throw new PliError('invalid_argument', `${name} is not plain JSON`, { cause });
  }
  if (written === undefined) throw invalid(`${name} is not plain JSON`);
  return written;
}

/**
 * As much of a text as shows that it is too long. No text that the library reads is longer than
 * 2 MiB, and one of gigabytes would exhaust the memory before it could be refused.
 */
function capped(value: string): string {
  return value.slice(0, (2 << 20) + 1);
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;

/** A member of all typed arrays as the language has it, whatever a subclass has put in its place. */
function member<T>(array: object, name: keyof Uint8Array): T {
  return Reflect.get(typedArray, name, array) as T;
}

/** @internal The argument's bytes, as long as they are there. */
export function bytes(value: unknown, name: string, kinds = 'a Uint8Array'): Uint8Array {
  const known =
    typeof value === 'object' && value !== null && member(value, Symbol.toStringTag as never);
  if (known !== 'Uint8Array') throw invalid(`${name} must be ${kinds}`);
  try {
    typedArray.at.call(value as Uint8Array, 0); // Throws when they are detached or out of bounds.
  } catch {
    throw invalid(`${name} is detached`);
  }
  const array = value as Uint8Array;
  return new Uint8Array(
    member<ArrayBufferLike>(array, 'buffer'),
    member<number>(array, 'byteOffset'),
    member<number>(array, 'length'),
  );
}

/** @internal A copy of the argument's bytes, of which there are at most 64 MiB. */
export function message(value: unknown): Uint8Array<ArrayBuffer> {
  const data = bytes(value, 'bytes');
  if (data.length > 64 << 20) {
    throw invalid(`bytes has ${data.length} bytes; 67,108,864 are allowed`);
  }
  return new Uint8Array(data);
}

/** @internal Whole and not negative, as sizes and offsets are. */
export function count(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalid(`${name} must be a whole number of bytes`);
  }
  return value as number;
}

/** @internal The signal, if there is one. */
export function abortSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined) return undefined;
  if (!(value instanceof AbortSignal) || typeof value.aborted !== 'boolean') {
    throw invalid('signal must be an AbortSignal');
  }
  return value;
}

/**
 * @internal Does the work when the signal fires, whatever members of its own that has, unless what
 * is returned is called before.
 */
export function whenAborted(signal: AbortSignal, work: () => void): () => void {
  EventTarget.prototype.addEventListener.call(signal, 'abort', work);
  return () => EventTarget.prototype.removeEventListener.call(signal, 'abort', work);
}

/**
 * @internal Calls back, if there is something to call. What the callback throws or rejects with
 * ends the call that it was given to.
 */
export function callback<A extends unknown[]>(
  value: ((...values: A) => unknown) | undefined,
  name: string,
): (...values: A) => Promise<void> {
  if (value !== undefined && typeof value !== 'function') throw invalid(`${name} is no function`);
  return async (...values) => {
    try {
      await value?.(...values);
    } catch (cause) {
      throw new PliError('invalid_argument', `${name} threw`, { cause });
    }
  };
}
