import { proxy } from 'comlink';
import { type Account, Api } from './api';
import type { NewAccount } from './crypto.worker';
import { ApiError, PageError } from './failure';
import { Messenger } from './messenger.svelte';
import { folded } from './people';
import { keepPin, pinOf } from './pins';
import { route } from './route.svelte';
import { openVault, type Vault } from './vault';

/** Fewer characters are refused: the password is all that protects the keys on the server. */
export const SHORTEST_PASSWORD = 10;

/** What the server takes as a username; it is lower-cased on the way in. */
const USERNAME = /^[a-z0-9][a-z0-9._-]{2,31}$/;

/** Who is signed in on this page. */
class Session {
  messenger = $state.raw<Messenger>();
  /** The server has ended the session; what was written waits for the same account to return. */
  ended = $state(false);
  /** The e-mail address of the account, where it is another than the one that was asked for. */
  keptEmail = $state<string>();
  #former: Messenger | undefined;
  /** The login secret of the latest attempt to register. */
  #attempted: string | undefined;
  #api = new Api();
  #vault: Promise<Vault> | undefined;

  /** Starts the crypto worker, so that it is there when the form has been filled in. */
  prepare(): void {
    this.#openVault().catch(() => {}); // The first call that needs it says what is wrong.
  }

  /** Makes keys and registers the account with them. */
  async signUp(
    form: { username: string; email: string; password: string },
    onPrime: (primes: number) => void,
  ): Promise<void> {
    const username = folded(form.username);
    const email = folded(form.email);
    if (!USERNAME.test(username)) throw new PageError('username_invalid');
    if (!/^\S+@\S+$/.test(email)) throw new PageError('email_invalid');
    if ([...form.password].length < SHORTEST_PASSWORD) throw new PageError('password_too_short');
    const vault = await this.#openVault();
    const made = await vault.remote.create(username, form.password, proxy(onPrime));
    await this.#register(username, email, made);
    const { account } = await this.#api.login(username, made.loginSecret);
    if (account.username !== username) {
      await this.#api.logout().catch(() => {});
      throw new PageError('wrong_account');
    }
    await keepPin(username, username, made.history);
    this.#begin(account, vault);
    this.keptEmail = account.email === email ? undefined : account.email;
  }

  /** Fetches the account's keys and unlocks them with the password, which the server never sees. */
  async signIn(typedName: string, password: string): Promise<void> {
    const name = folded(typedName);
    if (name === '' || password === '') throw new PageError('incomplete');
    const vault = await this.#openVault();
    const secret = await vault.remote.login(password, await this.#api.kdf(name));
    const { account, wrappedKeys } = await this.#api.login(name, secret);
    try {
      if (wrappedKeys === undefined) throw new PageError('account_has_no_keys');
      const { username } = account;
      if (!name.includes('@') && name !== username) throw new PageError('wrong_account');
      const pin = await pinOf(username, username);
      const history = await vault.remote.unlock(wrappedKeys, username, pin);
      await keepPin(username, username, history);
    } catch (cause) {
      await this.#api.logout().catch(() => {});
      throw cause instanceof Error ? unlocking(cause) : cause;
    }
    this.#begin(account, vault);
  }

  /**
   * Registers; when the answer to an earlier attempt got lost, the name may be taken by that very
   * attempt, and logging in will tell.
   */
  async #register(username: string, email: string, made: NewAccount): Promise<void> {
    const again = this.#attempted === made.loginSecret;
    this.#attempted = made.loginSecret;
    try {
      await this.#api.register(username, email, made);
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      if (cause.pointer === '/email') throw new PageError('email_invalid');
      if (!again || cause.status !== 409) throw cause;
      await this.#api.login(username, made.loginSecret).catch(() => {
        throw cause;
      });
    }
  }

  /** Ends the session here, and on the server if it can be reached. */
  async signOut(): Promise<void> {
    const api = this.#api;
    this.#end();
    this.#former = undefined;
    this.ended = false;
    await api.logout().catch(() => {});
  }

  #begin(account: Account, vault: Vault): void {
    const messenger = new Messenger(account, this.#api, vault);
    const former = this.#former;
    this.#former = undefined;
    if (former?.account.id === account.id) messenger.adopt(former);
    this.ended = false;
    route.remember();
    this.#api.onEnded = () => {
      this.#former = messenger;
      this.ended = true;
      this.#end();
    };
    this.messenger = messenger;
    messenger.start();
  }

  #end(): void {
    this.messenger?.stop();
    this.messenger = undefined;
    this.keptEmail = undefined;
    this.#api = new Api();
    this.#vault?.then((vault) => vault.close()).catch(() => {});
    this.#vault = undefined;
    this.prepare();
  }

  #openVault(): Promise<Vault> {
    this.#vault ??= openVault().catch((cause: unknown) => {
      this.#vault = undefined;
      throw cause;
    });
    return this.#vault;
  }
}

/** The login has succeeded, so keys that don't open are damaged; the password is the right one. */
function unlocking(cause: Error): Error {
  if (cause instanceof ApiError || !('code' in cause)) return cause;
  return cause.code === 'decrypt_failed' ? new PageError('keys_damaged') : cause;
}

/** Who is signed in on this page. */
export const session = new Session();
