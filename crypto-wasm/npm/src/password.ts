import type * as wasm from '../wasm/pli_crypto.js';
import { json, password as checkedPassword, reading, text } from './arguments.js';
import { checkHeld, engine, Held, run } from './engine.js';
import { invalid } from './error.js';
import type { Kdf } from './types.js';

const ORIGIN = 'a stretched password comes from stretch()';

const known = new WeakMap<Stretched, Held<wasm.Stretched>>();

/**
 * A stretched password: the outcome of one Argon2id run (FORMAT.md §9). Destroy it when it is no
 * longer needed.
 */
export class Stretched {
  /** @internal */
  constructor(held: Held<wasm.Stretched>) {
    checkHeld(() => held, ORIGIN);
    known.set(this, held);
  }

  /**
   * What the server is sent as `password`; base64url of 32 bytes.
   *
   * @throws {PliError} `destroyed`.
   */
  get loginSecret(): string {
    return heldStretched(this).run((handle) => handle.loginSecret);
  }

  /** Wipes it from memory. Every later use throws `destroyed`. */
  destroy(): void {
    heldStretched(this).free();
  }

  /** The same as {@link Stretched.destroy}, for `using`. */
  [Symbol.dispose](): void {
    this.destroy();
  }

  /** Lets Vue's reactive state hold it as it is: a Proxy of it would be refused. */
  get [Symbol.toStringTag](): string {
    return 'Stretched';
  }
}

/** @internal What the library knows of a stretched password. */
export function heldStretched(stretched: Stretched): Held<wasm.Stretched> {
  const held = known.get(stretched);
  if (held === undefined) throw invalid(ORIGIN);
  return held;
}

/**
 * Stretches a password with the parameters that the server keeps for the account: about 0.2 s,
 * during which the thread is busy, and 64 MiB or more. The outcome logs in and unlocks, so that one
 * run serves both.
 *
 * @param password As it was typed; it is brought into Unicode form NFKC here.
 * @throws {PliError} `kdf_refused` before any work when the parameters are outside of what
 * FORMAT.md §9 allows: the server may be after the password. `invalid_argument` for an empty
 * password.
 */
export async function stretch(password: string, kdf: Kdf): Promise<Stretched> {
  const [typed, parameters] = reading(() => [checkedPassword(password), json(kdf, 'kdf')] as const);
  const { Stretched: Handle } = await engine();
  return new Stretched(new Held(() => new Handle(typed, parameters), 'password'));
}

/**
 * The login secret of a password: {@link stretch} for those who only log in.
 *
 * @returns What the server is sent as `password`; base64url of 32 bytes.
 * @throws {PliError} Those of {@link stretch}.
 */
export async function loginSecret(password: string, kdf: Kdf): Promise<string> {
  const stretched = await stretch(password, kdf);
  try {
    return stretched.loginSecret;
  } finally {
    stretched.destroy();
  }
}

/**
 * What proves to the server that the caller has the recovery code (FORMAT.md §11).
 *
 * @param code As it was typed, in either case, with or without hyphens.
 * @returns base64url of 32 bytes.
 * @throws {PliError} `bad_recovery_code` when the code is mistyped.
 */
export async function recoverySecret(code: string): Promise<string> {
  const typed = reading(() => text(code, 'code'));
  const { recoverySecret } = await engine();
  return run(() => recoverySecret(typed));
}
