import {
  Contact,
  type History,
  Identity,
  type Kdf,
  loginSecret,
  passwordKdf,
  PliError,
  recoverySecret,
  stretch,
  type Stretched,
} from '@pli/crypto';
import { distrust } from './distrust';
import type { Locked, NewAccount, OwnTrust, RecoveryKit, Rotation } from './types';

/** The account's own keys, from making or unlocking them until they are wiped. */
export class Keys {
  #identity: Identity | undefined;
  #made: NewAccount | undefined;
  #stretched: Stretched | undefined;
  #withRecovery: Identity | undefined;
  /** New keys, in the order in which they were made, of which the server may have any. */
  #rotated: Identity[] = [];
  /** What is being done with the keys. */
  readonly #works = new Set<Promise<unknown>>();

  /** The keys, for the rest of the worker. */
  get own(): Identity {
    if (!this.#identity) throw new PliError('destroyed', 'nobody is signed in');
    return this.#identity;
  }

  /** Works with the keys. Those that are replaced meanwhile are wiped only when the work has ended. */
  async use<T>(work: (own: Identity) => Promise<T>): Promise<T> {
    const done = work(this.own);
    this.#works.add(done);
    try {
      return await done;
    } finally {
      this.#works.delete(done);
    }
  }

  /**
   * Makes the keys of a new account. A second attempt under the same name takes the same keys, and
   * with the same password the very same account, in case the first one has reached the server.
   */
  async create(
    username: string,
    password: string,
    onPrime: (primes: number) => void,
  ): Promise<NewAccount> {
    if (this.#identity?.username !== username) {
      this.wipe();
      this.#identity = await Identity.generate({ username, onProgress: onPrime });
    }
    const made = this.#made;
    const secret = made && (await loginSecret(password, made.kdf));
    if (made && secret === made.loginSecret) return made;
    const history = this.#identity.history;
    this.#made = { ...(await this.#identity.lock(password)), history };
    return this.#made;
  }

  /** Stretches the typed password; answers with what the server may see of it. */
  async login(password: string, kdf: Kdf): Promise<string> {
    this.#stretched?.destroy();
    this.#stretched = await stretch(password, kdf);
    return this.#stretched.loginSecret;
  }

  /** Unlocks with the password of {@link login}; answers with the keys' history. */
  async unlock(wrappedKeys: string, username: string, pin?: History): Promise<History> {
    if (!this.#stretched) throw new PliError('invalid_argument', 'log in before you unlock');
    const identity = await Identity.unlock(wrappedKeys, this.#stretched, { username, pin });
    this.#stretched.destroy();
    this.#stretched = undefined;
    return this.#hold(identity);
  }

  /** Unlocks with the typed password, which proves itself by that alone. */
  async unlockAgain(
    wrappedKeys: string,
    password: string,
    username: string,
    pin?: History,
  ): Promise<History> {
    return this.#hold(await Identity.unlock(wrappedKeys, password, { username, pin }));
  }

  /** Unlocks what {@link keepWith} answered. */
  async unlockWith(
    wrappedKeys: string,
    key: CryptoKey,
    username: string,
    pin?: History,
  ): Promise<History> {
    return this.#hold(await Identity.unlockWith(wrappedKeys, key, { username, pin }));
  }

  /** Wraps the keys under a key of this device. */
  async keepWith(key: CryptoKey): Promise<string> {
    return (await this.use((own) => own.lockWith(key))).wrappedKeys;
  }

  /** Unlocks with a recovery code; answers with whose keys they are. */
  async recover(
    wrappedKeys: string,
    code: string,
    expected: { username?: string; pin?: History },
  ): Promise<{ username: string; history: History }> {
    const history = this.#hold(await Identity.recover(wrappedKeys, code, expected));
    return { username: this.own.username, history };
  }

  /** Wraps the keys under a new password. */
  async relock(password: string): Promise<Locked> {
    return await this.use((own) => own.lock(password));
  }

  /**
   * Proves a typed password by opening wrapped keys with it, before the server sees anything of it;
   * answers with what it may see.
   */
  async prove(
    wrappedKeys: string,
    password: string,
    username: string,
    pin?: History,
  ): Promise<string> {
    const [identity, loginSecret] = await open(wrappedKeys, password, username, pin);
    identity.destroy();
    return loginSecret;
  }

  /** Wraps what a password opens under a new one: as it is now, whatever changed it elsewhere. */
  async rewrap(
    wrappedKeys: string,
    passwords: { current: string; wanted: string },
    username: string,
    pin?: History,
  ): Promise<{ current: string; next: Locked }> {
    const [identity, current] = await open(wrappedKeys, passwords.current, username, pin);
    try {
      return { current, next: await identity.lock(passwords.wanted) };
    } finally {
      identity.destroy();
    }
  }

  /**
   * Makes a recovery code for keys under a password. The account's keys don't know of it before
   * {@link adoptRecovery}: a rotation must not use a code that the server does not have.
   */
  async recoveryKit(
    wrappedKeys: string,
    password: string,
    username: string,
    pin?: History,
  ): Promise<RecoveryKit> {
    const identity = await Identity.unlock(wrappedKeys, password, { username, pin });
    this.#withRecovery?.destroy();
    this.#withRecovery = identity;
    const kit = await identity.recoveryKit();
    const locked = await identity.lock(password, { kdf: passwordKdf(wrappedKeys) });
    return {
      code: kit.code,
      recoverySecret: kit.recoverySecret,
      recoveryWrappedKeys: kit.wrappedKeys,
      wrappedKeys: locked.wrappedKeys,
      loginSecret: locked.loginSecret,
    };
  }

  /** Goes on with the keys that know of the latest recovery code. */
  adoptRecovery(): void {
    if (this.#withRecovery) this.#hold(this.#withRecovery);
    this.#withRecovery = undefined;
  }

  /**
   * Makes new keys in place of the account's. They come into use by {@link settle}, once the server
   * has them.
   *
   * @param wrappedKeys The account's keys as the server has them: they know of the recovery code.
   */
  async rotate(
    wrappedKeys: string,
    password: string,
    onPrime: (primes: number) => void,
  ): Promise<Rotation> {
    const { username, history: pin } = this.own;
    const identity = await Identity.unlock(wrappedKeys, password, { username, pin });
    try {
      const rotation = await identity.rotate({ onProgress: onPrime });
      const locked = await identity.lock(password, { kdf: passwordKdf(wrappedKeys) });
      // Only now: what is settled meanwhile must not take up keys that are still being made.
      this.#rotated.push(identity);
      const { loginSecret, wrappedKeys: rotated } = locked;
      return { ...rotation, loginSecret, wrappedKeys: rotated };
    } catch (cause) {
      identity.destroy();
      throw cause;
    }
  }

  /** Holds what the server says of the account's keys against those in use. */
  async settle(history: History): Promise<OwnTrust> {
    const { username, history: pin } = this.own;
    try {
      const contact = await Contact.from(history, { username, pin });
      if (contact.pin.length === pin.length) return 'verified';
    } catch (cause) {
      const trust = distrust(cause);
      if (!trust) throw cause;
      return trust;
    }
    const latest = history.at(-1)?.payload;
    const at = this.#rotated.findIndex((it) => it.history.at(-1)?.payload === latest);
    const adopted = this.#rotated[at];
    if (!adopted) return 'newer';
    // Those that were made after these may yet follow them.
    for (const former of this.#rotated.splice(0, at + 1)) if (former !== adopted) former.destroy();
    this.#hold(adopted);
    return 'adopted';
  }

  /** What a typed recovery code proves itself with; the same for every way of writing it. */
  async recoverySecret(code: string): Promise<string> {
    return await recoverySecret(code);
  }

  wipe(): void {
    this.#identity?.destroy();
    this.#stretched?.destroy();
    this.#withRecovery?.destroy();
    for (const rotated of this.#rotated) rotated.destroy();
    this.#rotated = [];
    this.#identity = this.#made = this.#stretched = this.#withRecovery = undefined;
  }

  #hold(identity: Identity): History {
    const former = this.#identity;
    this.#identity = identity;
    void Promise.allSettled(this.#works).then(() => former?.destroy());
    return identity.history;
  }
}

/** Opens wrapped keys with the typed password; answers also with what the server may see of it. */
async function open(
  wrappedKeys: string,
  password: string,
  username: string,
  pin?: History,
): Promise<[Identity, string]> {
  const stretched = await stretch(password, passwordKdf(wrappedKeys));
  try {
    const identity = await Identity.unlock(wrappedKeys, stretched, { username, pin });
    return [identity, stretched.loginSecret];
  } finally {
    stretched.destroy();
  }
}
