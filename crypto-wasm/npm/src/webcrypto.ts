import { invalid, PliError } from './error.js';

/**
 * What computes (FORMAT.md §18): `wasm` is WebAssembly for everything; `webcrypto` leaves making
 * keys, the operations of private keys and the segments of files to the host's WebCrypto, which is
 * some ten times faster and does not block the thread; `auto` is the latter where the host has it.
 * Each reads what the other writes.
 */
export type Engine = 'auto' | 'wasm' | 'webcrypto';

/** What {@link Engine} comes to on a host. */
export type ChosenEngine = Exclude<Engine, 'auto'>;

/** @internal The host's cryptography, unless WebAssembly is to do everything. */
export function hostFor(choice: Engine = 'auto'): SubtleCrypto | undefined {
  if (choice !== 'auto' && choice !== 'wasm' && choice !== 'webcrypto') {
    throw invalid('engine must be "auto", "wasm" or "webcrypto"');
  }
  if (choice === 'wasm') return undefined;
  const { subtle } = (globalThis.crypto ?? {}) as Partial<Crypto>;
  if (subtle === undefined && choice === 'webcrypto') throw noWebCrypto();
  return subtle;
}

/** @internal The host has no WebCrypto, or not all that is wanted of it. */
export function noWebCrypto(cause?: unknown): PliError {
  return new PliError('not_supported', 'the host’s WebCrypto is missing or lacks something', {
    cause,
  });
}

/**
 * Says which engine seals and opens files on this host: `webcrypto` wherever there is one, which
 * a page has that came over HTTPS or from localhost.
 *
 * @throws {PliError} `not_supported` for `webcrypto` where there is none.
 */
export function fileEngine(choice: Engine = 'auto'): ChosenEngine {
  return hostFor(choice) === undefined ? 'wasm' : 'webcrypto';
}

const HASH = { hash: 'SHA-256' };
const ALGORITHMS = {
  encryption: { algorithm: { name: 'RSA-OAEP', ...HASH }, usage: 'decrypt' },
  signing: { algorithm: { name: 'RSA-PSS', ...HASH }, usage: 'sign' },
} as const;

/** @internal What a key is for. */
export type KeyUse = keyof typeof ALGORITHMS;

/** @internal Makes a key pair; its private half in PKCS#8, to be overwritten after use. */
export async function makeKey(
  subtle: SubtleCrypto,
  use: KeyUse,
  bits: number,
): Promise<Uint8Array> {
  const { algorithm, usage } = ALGORITHMS[use];
  const publicExponent = new Uint8Array([1, 0, 1]);
  const { privateKey } = await subtle.generateKey(
    { ...algorithm, modulusLength: bits, publicExponent },
    true,
    [usage, use === 'signing' ? 'verify' : 'encrypt'],
  );
  return new Uint8Array(await subtle.exportKey('pkcs8', privateKey));
}

/**
 * @internal The private keys of one identity as the host has them: imported once, not extractable,
 * and let go when they are forgotten.
 */
export class HostKeys {
  readonly #subtle: SubtleCrypto;
  readonly #keys = new Map<string, Promise<CryptoKey>>();

  constructor(subtle: SubtleCrypto) {
    this.#subtle = subtle;
  }

  /** The key of that name; `pkcs8` gives it where it has not been imported yet. */
  key(kid: string, use: KeyUse, pkcs8: () => Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
    const known = this.#keys.get(kid);
    if (known !== undefined) return known;
    const imported = this.#import(use, pkcs8());
    this.#keys.set(kid, imported);
    imported.catch(() => this.#keys.delete(kid));
    return imported;
  }

  async #import(use: KeyUse, pkcs8: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
    const { algorithm, usage } = ALGORITHMS[use];
    try {
      return await this.#subtle.importKey('pkcs8', pkcs8, algorithm, false, [usage]);
    } finally {
      pkcs8.fill(0);
    }
  }

  /** Signs by RSASSA-PSS with a salt of 32 bytes. */
  async sign(key: Promise<CryptoKey>, input: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const algorithm = { name: 'RSA-PSS', saltLength: 32 };
    return new Uint8Array(await this.#subtle.sign(algorithm, await key, input));
  }

  /** Decrypts by RSAES-OAEP; undefined stands for every way in which that can fail. */
  async decrypt(
    key: Promise<CryptoKey>,
    encrypted: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array | undefined> {
    const held = await key;
    try {
      return new Uint8Array(await this.#subtle.decrypt({ name: 'RSA-OAEP' }, held, encrypted));
    } catch {
      return undefined;
    }
  }

  /** Lets all keys go; one that is asked for again is imported again. */
  forget(): void {
    this.#keys.clear();
  }
}
