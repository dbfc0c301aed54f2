import type * as wasm from '../wasm/pli_crypto.js';
import { bytes, json, password as checkedPassword, record, text } from './arguments.js';
import { type Contact, contactHandle } from './contact.js';
import { engine, type Engine } from './engine.js';
import { guarded, invalid, PliError } from './error.js';
import { stretch, Stretched, stretchedHandle } from './password.js';
import type { Content, Envelope, History, Kdf, Letter, Statement } from './types.js';

const handles = new WeakMap<Identity, wasm.Identity>();

/** Options of {@link Identity.generate} and {@link Identity.rotate}. */
export interface KeyOptions {
  /** Of each RSA modulus; 3072 unless said. */
  bits?: 2048 | 3072 | 4096;
  engine?: Engine;
  /** Primes found so far, 0 to 4. */
  onProgress?: (primes: number) => void;
}

/** What the caller expects of an identity that a server hands out. */
export interface Expected {
  username?: string;
  /** One's own key history, last seen. */
  pin?: History;
}

/**
 * One's own keys: an RSA pair to be written to and an RSA pair to sign with, the former ones, and
 * the signed history of them all (FORMAT.md §2, §3). Destroy it when it is no longer needed.
 */
export class Identity {
  private constructor(handle: wasm.Identity) {
    handles.set(this, handle);
  }

  /**
   * Makes new keys: some seconds in WebAssembly, which pause the thread between primes only. Call
   * it in a worker.
   *
   * @throws {PliError} `invalid_argument` for a username that isn't a handle, `invalid_key` for other
   * `bits`.
   */
  static async generate(options: { username: string } & KeyOptions): Promise<Identity> {
    const { Identity: Handle, checkUsername } = await engine(record(options, 'options').engine);
    const username = text(options.username, 'username');
    guarded(() => checkUsername(username));
    const draft = await draftKeys(options);
    return guarded(() => new Identity(Handle.create(username, draft, now())));
  }

  /**
   * Opens wrapped keys with the password, or with a password that is stretched already.
   *
   * @throws {PliError} `decrypt_failed` for a wrong password or damaged keys, `kdf_refused`,
   * `kdf_mismatch` when the keys were wrapped under other parameters than those that were used to
   * log in (the password counts as exposed), `bad_history`, `history_rolled_back` or
   * `identity_changed` when they aren't what the caller expects.
   */
  static async unlock(
    wrappedKeys: string,
    password: string | Stretched,
    expected: Expected & { engine?: Engine } = {},
  ): Promise<Identity> {
    const { Identity: Handle } = await engine(record(expected, 'options').engine);
    const wrapped = text(wrappedKeys, 'wrappedKeys');
    const own = password instanceof Stretched ? undefined : await stretch(password, kdfOf(wrapped));
    try {
      const stretched = stretchedHandle(own ?? (password as Stretched));
      return guarded(
        () => new Identity(Handle.unlock(wrapped, stretched, ...expectation(expected))),
      );
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
    expected: Expected = {},
  ): Promise<Identity> {
    const { Identity: Handle } = await engine();
    return guarded(
      () =>
        new Identity(
          Handle.recover(
            text(wrappedKeys, 'wrappedKeys'),
            text(code, 'code'),
            ...expectation(expected),
          ),
        ),
    );
  }

  /** The handle that the key statements carry. */
  get username(): string {
    return identityHandle(this).username;
  }

  /** The signed key statements, oldest first: plain JSON, public. */
  get history(): History {
    return JSON.parse(identityHandle(this).history) as History;
  }

  /**
   * Wraps the keys under a password. Without `kdf` the salt is new: a new password. With the
   * parameters that the account has, the password stays.
   */
  async lock(
    password: string,
    options: { kdf?: Kdf } = {},
  ): Promise<{ loginSecret: string; wrappedKeys: string; kdf: Kdf }> {
    const { Stretched: Handle, freshKdf } = await engine();
    return guarded(() => {
      const { kdf: given } = record(options, 'options');
      const kdf = given === undefined ? freshKdf() : json(given, 'kdf');
      const stretched = new Handle(checkedPassword(password), kdf);
      try {
        return {
          loginSecret: stretched.loginSecret,
          wrappedKeys: identityHandle(this).lock(stretched),
          kdf: JSON.parse(kdf) as Kdf,
        };
      } finally {
        stretched.free();
      }
    });
  }

  /**
   * Wraps the keys for this device, to stay signed in: under an AES-GCM key of 256 bits, which
   * should be one that can't be exported and is kept in IndexedDB. Whoever can run code on the
   * page can use such a key, but not take it away.
   *
   * @throws {PliError} `invalid_key` for another key, `not_supported` without WebCrypto.
   */
  async lockWith(key: CryptoKey): Promise<{ wrappedKeys: string }> {
    await engine();
    const subtle = subtleFor(key, 'encrypt');
    const lock = guarded(() => identityHandle(this).deviceLock());
    const { contents, associatedData: additionalData } = lock;
    try {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const sealed = await subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, contents);
      return { wrappedKeys: guarded(() => lock.finish(iv, new Uint8Array(sealed))) };
    } catch (cause) {
      throw PliError.from(cause);
    } finally {
      contents.fill(0);
      lock.free();
    }
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
    expected: Expected = {},
  ): Promise<Identity> {
    const { DeviceCopy } = await engine();
    const subtle = subtleFor(key, 'decrypt');
    const copy = guarded(() => new DeviceCopy(text(wrappedKeys, 'wrappedKeys')));
    let contents = new Uint8Array();
    try {
      const { iv, associatedData: additionalData, sealed } = copy;
      const opening = subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, sealed);
      contents = new Uint8Array(
        await opening.catch(() => {
          throw new PliError('decrypt_failed', 'the keys could not be unwrapped');
        }),
      );
      return guarded(() => new Identity(copy.unlock(contents, ...expectation(expected))));
    } finally {
      contents.fill(0);
      copy.free();
    }
  }

  /**
   * Makes a recovery code and the copy of the keys under it. Lock the identity again afterwards,
   * so that both copies hold the same.
   */
  async recoveryKit(): Promise<{ code: string; recoverySecret: string; wrappedKeys: string }> {
    await engine();
    return guarded(() => {
      const kit = identityHandle(this).recoveryKit();
      try {
        return {
          code: kit.code,
          recoverySecret: kit.recoverySecret,
          wrappedKeys: kit.wrappedKeys,
        };
      } finally {
        kit.free();
      }
    });
  }

  /**
   * Replaces both keys by new ones, in a statement that the old ones sign too. The former keys
   * stay, to open old letters. Lock the identity again afterwards.
   */
  async rotate(
    options: KeyOptions = {},
  ): Promise<{ statement: Statement; recoveryWrappedKeys?: string }> {
    const draft = await draftKeys(options);
    return guarded(() => {
      const rotation = identityHandle(this).rotate(draft, now());
      try {
        const statement = JSON.parse(rotation.statement) as Statement;
        const recoveryWrappedKeys = rotation.recoveryWrappedKeys;
        return recoveryWrappedKeys === undefined
          ? { statement }
          : { statement, recoveryWrappedKeys };
      } finally {
        rotation.free();
      }
    });
  }

  /**
   * Signs a letter and seals it to the contacts, and to oneself.
   *
   * @throws {PliError} `invalid_argument` for a letter over 1 MiB, over 256 people, or one person
   * twice.
   */
  async seal(
    content: Content,
    to: readonly Contact[],
    options: { id?: string } = {},
  ): Promise<{ id: string; envelope: Envelope }> {
    const { Recipients } = await engine();
    return guarded(() => {
      if (!Array.isArray(to)) throw invalid('to must be an array of contacts');
      record(content, 'content');
      if ('text' in content) text(content.text, 'text');
      const recipients = new Recipients();
      try {
        for (const contact of to as readonly Contact[]) recipients.add(contactHandle(contact));
        const sealed = identityHandle(this).seal(
          json(content, 'content'),
          recipients,
          Date.now(),
          idOf(options),
        );
        try {
          return { id: sealed.id, envelope: JSON.parse(sealed.envelope) as Envelope };
        } finally {
          sealed.free();
        }
      } finally {
        recipients.free();
      }
    });
  }

  /**
   * Opens an envelope: a verified letter, or an error; never unverified text.
   *
   * @param from Whom the letter is expected from.
   * @param options.id The id that it must have: the server's `message_id`. Remember the ids that
   * you have seen, so that no letter is shown twice.
   * @throws {PliError} `bad_envelope`, `not_a_recipient`, `decrypt_failed`, `bad_letter`,
   * `wrong_sender` (refresh the contact once and try again), `bad_signature`, `key_retired`,
   * `wrong_recipients` or `wrong_id`, in this order of checks (FORMAT.md §8).
   */
  async open(
    envelope: Envelope | string,
    from: Contact,
    options: { id?: string } = {},
  ): Promise<Letter> {
    await engine();
    return guarded(() => {
      const letter = identityHandle(this).open(
        json(envelope, 'envelope'),
        contactHandle(from),
        idOf(options),
      );
      return JSON.parse(letter) as Letter;
    });
  }

  /** Signs bytes: a detached compact JWS of `typ` pli-signature (FORMAT.md §4). */
  async sign(data: Uint8Array): Promise<string> {
    await engine();
    return guarded(() => identityHandle(this).sign(bytes(data, 'bytes')));
  }

  /** Wipes the keys from memory. Every later call throws `destroyed`. */
  destroy(): void {
    handles.get(this)?.free();
    handles.delete(this);
  }

  /** The same as {@link Identity.destroy}, for `using`. */
  [Symbol.dispose](): void {
    this.destroy();
  }
}

/** @internal What the engine knows of an identity. */
export function identityHandle(identity: Identity): wasm.Identity {
  const handle = handles.get(identity);
  if (handle === undefined) throw new PliError('destroyed', 'this identity has been destroyed');
  return handle;
}

/** The host's cryptography, for a key that can do what is wanted of it. */
function subtleFor(key: CryptoKey, use: KeyUsage): SubtleCrypto {
  const { subtle } = globalThis.crypto as { subtle?: SubtleCrypto };
  if (subtle === undefined) throw new PliError('not_supported', 'the host has no WebCrypto');
  if (!(key instanceof CryptoKey)) throw invalid('key must be a CryptoKey');
  const { name, length } = key.algorithm as Partial<AesKeyAlgorithm>;
  if (name !== 'AES-GCM' || length !== 256 || !key.usages.includes(use)) {
    throw new PliError('invalid_key', `not an AES-GCM key of 256 bits that may ${use}`);
  }
  return subtle;
}

async function draftKeys(options: KeyOptions): Promise<wasm.KeyDraft> {
  const { KeyDraft } = await engine(record(options, 'options').engine);
  const draft = guarded(() => new KeyDraft(options.bits ?? 3072));
  const report = (primes: number) => guarded(() => options.onProgress?.(primes));
  report(0);
  for (let primes = 0; primes < 4;) {
    await new Promise((resume) => setTimeout(resume));
    primes = guarded(() => draft.step());
    report(primes);
  }
  return draft;
}

/** The parameters in the header of wrapped keys; the engine checks them before it uses them. */
function kdfOf(wrappedKeys: string): Kdf {
  try {
    const header = wrappedKeys.slice(0, wrappedKeys.indexOf('.'));
    const { kdf } = JSON.parse(atob(header.replace(/-/g, '+').replace(/_/g, '/'))) as { kdf: Kdf };
    return kdf;
  } catch {
    throw new PliError('decrypt_failed', 'the keys could not be unwrapped');
  }
}

function expectation(expected: Expected): [string | undefined, string | undefined] {
  return [
    record(expected, 'options').username === undefined
      ? undefined
      : text(expected.username, 'username'),
    expected.pin === undefined ? undefined : json(expected.pin, 'pin'),
  ];
}

function idOf(options: { id?: string }): string | undefined {
  const { id } = record(options, 'options');
  return id === undefined ? undefined : text(id, 'id');
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
