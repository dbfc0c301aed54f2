import type * as wasm from '../wasm/pli_crypto.js';
import { json, password as checkedPassword, text } from './arguments.js';
import { engine } from './engine.js';
import { guarded, invalid, PliError } from './error.js';
import type { Kdf } from './types.js';

const handles = new WeakMap<Stretched, wasm.Stretched>();

/** A stretched password: the outcome of one Argon2id run (FORMAT.md §9). */
export class Stretched {
  /** @internal */
  constructor(handle: wasm.Stretched) {
    handles.set(this, handle);
  }

  /** What the server is sent as `password`; base64url of 32 bytes. */
  get loginSecret(): string {
    return stretchedHandle(this).loginSecret;
  }

  /** Wipes it from memory. Every later use throws `destroyed`. */
  destroy(): void {
    handles.get(this)?.free();
    handles.delete(this);
  }

  /** The same as {@link Stretched.destroy}, for `using`. */
  [Symbol.dispose](): void {
    this.destroy();
  }
}

/** @internal What the engine knows of a stretched password. */
export function stretchedHandle(stretched: Stretched): wasm.Stretched {
  if (!(stretched instanceof Stretched)) throw invalid('a stretched password comes from stretch()');
  const handle = handles.get(stretched);
  if (handle === undefined) throw new PliError('destroyed', 'this password has been destroyed');
  return handle;
}

/**
 * Stretches a password with the parameters that the server keeps for the account: about 0.2 s and
 * 64 MiB. The outcome logs in and unlocks, so that one run serves both.
 *
 * @throws {PliError} `kdf_refused` before any work when the parameters are outside of what
 * FORMAT.md §9 allows: the server may be after the password.
 */
export async function stretch(password: string, kdf: Kdf): Promise<Stretched> {
  const { Stretched: Handle } = await engine();
  return guarded(() => new Stretched(new Handle(checkedPassword(password), json(kdf, 'kdf'))));
}

/** The login secret of a password: {@link stretch} for those who only log in. */
export async function loginSecret(password: string, kdf: Kdf): Promise<string> {
  const stretched = await stretch(password, kdf);
  try {
    return stretched.loginSecret;
  } finally {
    stretched.destroy();
  }
}

/**
 * What proves to the server that the caller has the recovery code; base64url of 32 bytes.
 *
 * @throws {PliError} `bad_recovery_code` when the code is mistyped.
 */
export async function recoverySecret(code: string): Promise<string> {
  const { recoverySecret } = await engine();
  return guarded(() => recoverySecret(text(code, 'code')));
}
