import type * as wasm from '../wasm/pli_crypto.js';
import { engine, Held } from './engine.js';
import { invalid, PliError } from './error.js';
import { kids } from './keys.js';

/** @internal A key that stays on this device, and what the host does with it (FORMAT.md §10). */
export class DeviceKey {
  private constructor(
    private readonly key: CryptoKey,
    private readonly subtle: SubtleCrypto,
  ) {}

  /** Takes a key that can do what is wanted of it. */
  static of(key: CryptoKey, use: 'encrypt' | 'decrypt'): DeviceKey {
    const { subtle } = globalThis.crypto as { subtle?: SubtleCrypto };
    if (subtle === undefined) throw new PliError('not_supported', 'the host has no WebCrypto');
    if (!(key instanceof CryptoKey)) throw invalid('key must be a CryptoKey');
    const { name, length } = key.algorithm as Partial<AesKeyAlgorithm>;
    if (name !== 'AES-GCM' || length !== 256 || !key.usages.includes(use)) {
      throw new PliError('invalid_key', `not an AES-GCM key of 256 bits that may ${use}`);
    }
    return new DeviceKey(key, subtle);
  }

  /** Wraps an identity. */
  async wrap(held: Held<wasm.Identity>): Promise<string> {
    await engine();
    const lock = new Held(() => held.run((handle) => handle.deviceLock()), 'identity');
    let contents = new Uint8Array();
    try {
      contents = lock.run((handle) => handle.contents);
      const additionalData = lock.run((handle) => handle.associatedData);
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const algorithm = { name: 'AES-GCM', iv, additionalData };
      const sealed = new Uint8Array(await this.subtle.encrypt(algorithm, this.key, contents));
      held.run(kids); // Destroyed in the meantime, it gives nothing out.
      return lock.run((handle) => handle.finish(iv, sealed));
    } catch (cause) {
      throw PliError.from(cause);
    } finally {
      contents.fill(0);
      lock.free();
    }
  }

  /** Unwraps an identity, which is held against what the caller expects. */
  async unwrap(wrapped: string, username?: string, pin?: string): Promise<Held<wasm.Identity>> {
    const { DeviceCopy } = await engine();
    const copy = new Held(() => new DeviceCopy(wrapped), 'identity');
    let contents = new Uint8Array();
    try {
      const [iv, additionalData, sealed] = copy.run((handle) => [
        handle.iv,
        handle.associatedData,
        handle.sealed,
      ]);
      const algorithm = { name: 'AES-GCM', iv, additionalData };
      const opening = this.subtle.decrypt(algorithm, this.key, sealed);
      contents = new Uint8Array(
        await opening.catch(() => {
          throw new PliError('decrypt_failed', 'the keys could not be unwrapped');
        }),
      );
      return copy.run(
        (handle) => new Held(() => handle.unlock(contents, username, pin), 'identity'),
      );
    } finally {
      contents.fill(0);
      copy.free();
    }
  }
}
