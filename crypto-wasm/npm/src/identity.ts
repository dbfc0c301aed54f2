import type * as wasm from '../wasm/pli_crypto.js';
import {
  content as contentJson,
  json,
  message,
  password as checkedPassword,
  reading,
  recordOf,
  text,
} from './arguments.js';
import type { Contact } from './contact.js';
import { DeviceKey } from './device.js';
import { checkHeld, engine, Held, run } from './engine.js';
import { invalid } from './error.js';
import { type Expected, expectation, idOf, type KeyOptions, keyOptions } from './identity-call.js';
import { draftKeys } from './key-draft.js';
import { gate, type Keys, keysFor, kids, signedByHost } from './keys.js';
import { openedLetter, sealedLetter } from './letter.js';
import { heldStretched, stretch, Stretched } from './password.js';
import { passwordKdf } from './password-kdf.js';
import type { Content, Envelope, History, Kdf, Letter, Statement } from './types.js';
import { type ChosenEngine, type Engine, hostFor } from './webcrypto.js';

const ORIGIN = 'an identity comes from generate, unlock or recover';

const known = new WeakMap<Identity, Keys>();

/**
 * One's own keys: an RSA pair to be written to and an RSA pair to sign with, the former ones, and
 * the signed history of them all (FORMAT.md §2, §3). Destroy it when it is no longer needed.
 *
 * Every call throws `destroyed` once {@link Identity.destroy} was called, also one that was under
 * way, and `internal` when the library has failed since: unlock it again then.
 */
export class Identity {
  /** What computes with the private keys. */
  readonly engine: ChosenEngine;

  private constructor(keys: Keys) {
    checkHeld(() => keys.held, ORIGIN);
    this.engine = keys.host === undefined ? 'wasm' : 'webcrypto';
    known.set(this, keys);
  }

  /**
   * Makes new keys: about half a second with WebCrypto, some seconds in WebAssembly, which pauses
   * the thread between primes only; call it in a worker then.
   *
   * @throws {PliError} `invalid_argument` for a username that isn't a handle, `invalid_key` for other
   * `bits`, `not_supported` for an engine that the host lacks.
   */
  static async generate(
    options: { username: string; engine?: Engine } & KeyOptions,
  ): Promise<Identity> {
    const { username, choice, subtle, bits, report } = reading(() => {
      const keys = keyOptions(options, ['username', 'engine']);
      const { username, engine: choice } = options;
      return {
        ...keys,
        username: text(username, 'username'),
        choice,
        subtle: hostFor(choice),
      };
    });
    const { Identity: Handle, checkUsername } = await engine();
    run(() => checkUsername(username));
    const draft = await draftKeys(bits, subtle, report);
    const held = new Held(
      () => draft.spend((handle) => Handle.create(username, handle, now())),
      'identity',
    );
    return new Identity(await keysFor(held, subtle, choice));
  }

  /**
   * Opens wrapped keys with the password, or with a password that is stretched already.
   *
   * @throws {PliError} `decrypt_failed` for a wrong password or damaged keys, `kdf_refused`,
   * `kdf_mismatch` when the keys were wrapped under other parameters than those that were used to
   * log in (the password counts as exposed), `bad_history`, `invalid_key`, `history_rolled_back`
   * or `identity_changed` when they aren't what the caller expects (FORMAT.md §10),
   * `not_supported` for an engine that the host lacks.
   */
  static async unlock(
    wrappedKeys: string,
    password: string | Stretched,
    expected: Expected & { engine?: Engine } = {},
  ): Promise<Identity> {
    const { wrapped, given, username, pin, choice, subtle } = reading(() => ({
      wrapped: text(wrappedKeys, 'wrappedKeys'),
      given: password instanceof Stretched ? password : undefined,
      ...expectation(expected),
    }));
    const { Identity: Handle } = await engine();
    const own =
      given === undefined ? await stretch(password as string, passwordKdf(wrapped)) : undefined;
    try {
      const held = heldStretched((own ?? given)!).run(
        (stretched) => new Held(() => Handle.unlock(wrapped, stretched, username, pin), 'identity'),
      );
      return new Identity(await keysFor(held, subtle, choice));
    } finally {
      own?.destroy();
    }
  }

  /**
   * Opens the copy of the keys that was wrapped under a recovery code. Lock it under a new
   * password next.
   *
   * @throws {PliError} `bad_recovery_code`, `decrypt_failed`, and those of {@link Identity.unlock}.
   */
  static async recover(
    wrappedKeys: string,
    code: string,
    expected: Expected & { engine?: Engine } = {},
  ): Promise<Identity> {
    const { wrapped, typed, username, pin, choice, subtle } = reading(() => ({
      wrapped: text(wrappedKeys, 'wrappedKeys'),
      typed: text(code, 'code'),
      ...expectation(expected),
    }));
    const { Identity: Handle } = await engine();
    const held = new Held(() => Handle.recover(wrapped, typed, username, pin), 'identity');
    return new Identity(await keysFor(held, subtle, choice));
  }

  /** The handle that the key statements carry. */
  get username(): string {
    return heldIdentity(this).run((handle) => handle.username);
  }

  /** The signed key statements, oldest first: plain JSON, public. */
  get history(): History {
    return JSON.parse(heldIdentity(this).run((handle) => handle.history)) as History;
  }

  /**
   * Wraps the keys under a password, in about 0.2 s during which the thread is busy. Without `kdf`
   * the salt is new: a new password. With those of {@link passwordKdf}, the password stays.
   *
   * @returns What the server is sent as `password` and keeps as `wrapped_keys`, and how the
   * password was stretched.
   * @throws {PliError} `kdf_refused` before any work, `invalid_argument` for an empty password.
   */
  async lock(
    password: string,
    options: { kdf?: Kdf } = {},
  ): Promise<{ loginSecret: string; wrappedKeys: string; kdf: Kdf }> {
    const held = heldIdentity(this);
    const [typed, given] = reading(() => {
      const { kdf } = recordOf(options, 'options', ['kdf']); // Without it the salt is a new one.
      return [checkedPassword(password), kdf === undefined ? undefined : json(kdf, 'kdf')] as const;
    });
    const { Stretched: Handle, freshKdf } = await engine();
    held.run(kids); // Before the work, too: it may have been destroyed.
    const kdf = given ?? run(freshKdf);
    const stretched = new Held(() => new Handle(typed, kdf), 'password');
    try {
      return {
        loginSecret: stretched.run((handle) => handle.loginSecret),
        wrappedKeys: stretched.run((handle) => held.run((identity) => identity.lock(handle))),
        kdf: JSON.parse(kdf) as Kdf,
      };
    } finally {
      stretched.free();
    }
  }

  /**
   * Wraps the keys for this device, to stay signed in: under an AES-GCM key of 256 bits, which
   * should be one that can't be exported and is kept in IndexedDB. Whoever can run code on the
   * page can use such a key, but not take it away.
   *
   * @throws {PliError} `invalid_key` for another key, `not_supported` without WebCrypto.
   */
  async lockWith(key: CryptoKey): Promise<{ wrappedKeys: string }> {
    const held = heldIdentity(this);
    const deviceKey = reading(() => DeviceKey.of(key, 'encrypt'));
    return { wrappedKeys: await deviceKey.wrap(held) };
  }

  /**
   * Opens what {@link Identity.lockWith} wrapped.
   *
   * @throws {PliError} `decrypt_failed` for another key or damaged keys, and those of
   * {@link Identity.unlock}.
   */
  static async unlockWith(
    wrappedKeys: string,
    key: CryptoKey,
    expected: Expected & { engine?: Engine } = {},
  ): Promise<Identity> {
    const { wrapped, deviceKey, username, pin, choice, subtle } = reading(() => ({
      wrapped: text(wrappedKeys, 'wrappedKeys'),
      deviceKey: DeviceKey.of(key, 'decrypt'),
      ...expectation(expected),
    }));
    const held = await deviceKey.unwrap(wrapped, username, pin);
    return new Identity(await keysFor(held, subtle, choice));
  }

  /**
   * Makes a recovery code and the copy of the keys under it (FORMAT.md §11); an older code opens
   * nothing that is made from now on. Lock the identity again afterwards, so that both copies hold
   * the same.
   *
   * @returns The code to write down, what proves its possession to the server, and the copy.
   * @throws {PliError} `not_supported` where there is no randomness.
   */
  async recoveryKit(): Promise<{ code: string; recoverySecret: string; wrappedKeys: string }> {
    const held = heldIdentity(this);
    await engine();
    const kit = new Held(() => held.run((handle) => handle.recoveryKit()), 'recovery code');
    try {
      return kit.run(({ code, recoverySecret, wrappedKeys }) => ({
        code,
        recoverySecret,
        wrappedKeys,
      }));
    } finally {
      kit.free();
    }
  }

  /**
   * Replaces both keys by new ones, in a statement that the old ones sign too. The former keys
   * stay, to open old letters. Lock the identity again afterwards, and publish the statement with
   * what that gives, and with the copy under the recovery code if there is one.
   *
   * @throws {PliError} `invalid_key` for other `bits`, `invalid_argument` when the history is full;
   * the identity is then as before.
   */
  async rotate(
    options: KeyOptions = {},
  ): Promise<{ statement: Statement; recoveryWrappedKeys?: string }> {
    const { held, host } = keysOf(this);
    const { bits, report } = reading(() => keyOptions(options));
    const subtle = host === undefined ? undefined : hostFor('auto');
    const draft = await draftKeys(bits, subtle, report);
    let rotation: Held<wasm.Rotation>;
    try {
      rotation = new Held(
        () => held.run((identity) => draft.spend((keys) => identity.rotate(keys, now()))),
        'rotation',
      );
    } finally {
      draft.free(); // There is nothing to free unless the identity has been destroyed.
    }
    host?.forget();
    try {
      const { statement, recoveryWrappedKeys } = rotation.run(
        ({ statement, recoveryWrappedKeys }) => ({ statement, recoveryWrappedKeys }),
      );
      return {
        statement: JSON.parse(statement) as Statement,
        ...(recoveryWrappedKeys !== undefined && { recoveryWrappedKeys }),
      };
    } finally {
      rotation.free();
    }
  }

  /**
   * Signs a letter and seals it to the contacts, and to oneself (FORMAT.md §6, §7).
   *
   * @param content A text, or the descriptor of a file that {@link sealFile} has sealed.
   * @param to Everybody who is to read it, oneself not needed among them; at most 255 others.
   * @param options.id A UUID for the letter; a new one unless said.
   * @throws {PliError} `invalid_argument` for a letter over 1 MiB (1,048,576 bytes of JSON, with its
   * pad), over 256 people, or one person twice; `not_supported` where there is no randomness.
   */
  async seal(
    content: Content,
    to: readonly Contact[],
    options: { id?: string } = {},
  ): Promise<{ id: string; envelope: Envelope }> {
    const keys = keysOf(this);
    keys.held.run(kids);
    const [written, contacts, id] = reading(() => {
      if (!Array.isArray(to)) throw invalid('to must be an array of contacts');
      if (to.length > 256) throw invalid(`to has ${to.length} contacts; 256 are allowed`);
      return [contentJson(content), [...(to as readonly Contact[])], idOf(options)] as const;
    });
    return await sealedLetter(keys, written, contacts, id);
  }

  /**
   * Opens an envelope: a verified letter, or an error; never unverified text (FORMAT.md §8).
   *
   * @param envelope What {@link Identity.seal} gave, or its JSON text.
   * @param from Whom the letter is expected from.
   * @param options.id The id that it must have: the server's `message_id`. Remember the ids that
   * you have seen, so that no letter is shown twice.
   * @throws {PliError} `bad_envelope`, `not_a_recipient`, `decrypt_failed`, `bad_letter`,
   * `wrong_sender` (refresh the contact once and try again), `bad_signature`, `key_retired`,
   * `wrong_recipients` or `wrong_id`, in this order of checks.
   */
  async open(
    envelope: Envelope | string,
    from: Contact,
    options: { id?: string } = {},
  ): Promise<Letter> {
    const keys = keysOf(this);
    const [written, id] = reading(() => [json(envelope, 'envelope'), idOf(options)] as const);
    return await openedLetter(keys, written, from, id);
  }

  /**
   * Signs bytes, for {@link verify} (FORMAT.md §4.2).
   *
   * @param data At most 64 MiB; sign the hash of what is longer.
   * @returns A compact JWS of `typ` pli-signature with its payload detached.
   * @throws {PliError} `invalid_argument` for what is no bytes, or too many.
   */
  async sign(data: Uint8Array): Promise<string> {
    const keys = keysOf(this);
    const { held, host } = keys;
    const bytes = reading(() => message(data));
    await engine();
    return await gate.pass(async () => {
      if (host === undefined) return held.run((handle) => handle.sign(bytes));
      const begin = () => held.run((handle) => handle.beginSigning(bytes));
      return await signedByHost(keys, host, new Held(begin, 'signature'));
    });
  }

  /**
   * Wipes the keys from memory, and lets those go that WebCrypto has. Every later call throws
   * `destroyed`, and so do those that are under way.
   */
  destroy(): void {
    const keys = keysOf(this);
    keys.held.free();
    keys.host?.forget();
  }

  /** The same as {@link Identity.destroy}, for `using`. */
  [Symbol.dispose](): void {
    this.destroy();
  }

  /** Lets Vue's reactive state hold it as it is: a Proxy of it would be refused. */
  get [Symbol.toStringTag](): string {
    return 'Identity';
  }
}

function keysOf(identity: Identity): Keys {
  const keys = known.get(identity);
  if (keys === undefined) throw invalid(ORIGIN);
  return keys;
}

/** @internal What the library knows of an identity. */
export function heldIdentity(identity: Identity): Held<wasm.Identity> {
  return keysOf(identity).held;
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
