import type * as wasm from '../wasm/pli_crypto.js';
import type { Held } from './engine.js';
import { PliError } from './error.js';
import { Gate } from './gate.js';
import { type Engine, HostKeys, type KeyUse, noWebCrypto } from './webcrypto.js';

/** @internal What an identity works with. */
export interface Keys {
  held: Held<wasm.Identity>;
  /** Absent where WebAssembly does everything. */
  host: HostKeys | undefined;
}

/**
 * @internal What a call seals, opens or signs is in WebAssembly's memory, megabytes of it, until
 * WebCrypto has answered: memory that a thousand calls at once would exhaust, and every identity with
 * it.
 */
export const gate = new Gate(8);

/** Something that is signed between its first and its second half. */
interface Unsigned<R> {
  readonly kid: string;
  readonly input: Uint8Array<ArrayBuffer>;
  finish(signature: Uint8Array): R;
  free(): void;
}

/** @internal Has the host import the private keys, if it is to have them and can work with them. */
export async function keysFor(
  held: Held<wasm.Identity>,
  subtle: SubtleCrypto | undefined,
  choice: Engine | undefined,
): Promise<Keys> {
  if (subtle === undefined) return { held, host: undefined };
  const keys = { held, host: new HostKeys(subtle) };
  try {
    const [encryption, signing] = held.run(kids);
    await Promise.all([
      hostKey(keys, keys.host, encryption, 'encryption'),
      hostKey(keys, keys.host, signing, 'signing'),
    ]);
    return keys;
  } catch (cause) {
    if (choice !== 'webcrypto' && !(cause instanceof PliError)) return { held, host: undefined };
    held.free();
    throw cause instanceof PliError ? cause : noWebCrypto(cause);
  }
}

/** @internal The names of the current encryption and signing keys. */
export function kids({ encryptionKid, signingKid }: wasm.Identity): [string, string] {
  return [encryptionKid, signingKid];
}

/** @internal Has the host sign, and gives what the library makes of it. */
export async function signedByHost<R>(
  keys: Keys,
  host: HostKeys,
  unsigned: Held<Unsigned<R>>,
): Promise<R> {
  try {
    const { kid, input } = unsigned.run(({ kid, input }) => ({ kid, input }));
    try {
      const signature = await host.sign(hostKey(keys, host, kid, 'signing'), input);
      keys.held.run(kids); // Destroyed in the meantime, it gives nothing out.
      return unsigned.run((handle) => handle.finish(signature));
    } finally {
      input.fill(0);
    }
  } catch (cause) {
    throw PliError.from(cause);
  } finally {
    unsigned.free();
  }
}

/** @internal Has the host unwrap the content key, and gives the verified letter as JSON. */
export async function openedByHost(
  keys: Keys,
  host: HostKeys,
  opening: Held<wasm.Opening>,
): Promise<string> {
  let contentKey: Uint8Array | undefined;
  try {
    const [kid, encrypted] = opening.run((handle) => [handle.kid, handle.encryptedKey]);
    contentKey = await host.decrypt(hostKey(keys, host, kid, 'encryption'), encrypted);
    keys.held.run(kids); // Destroyed in the meantime, it gives nothing out.
    return opening.run((handle) => handle.finish(contentKey));
  } catch (cause) {
    throw PliError.from(cause);
  } finally {
    contentKey?.fill(0);
    opening.free();
  }
}

function hostKey({ held }: Keys, host: HostKeys, kid: string, use: KeyUse): Promise<CryptoKey> {
  return host.key(kid, use, () => {
    const pkcs8 = held.run((handle) => handle.privateKey(kid));
    if (pkcs8 === undefined) throw new PliError('internal', 'the key is not held any more');
    return pkcs8;
  });
}
