import { proxy } from 'comlink';
import type { Account, Api } from './api/api';
import { keptSession } from './device';
import { renamed } from './entry';
import { exclusively } from './exclusively';
import { ApiError, failureOf, PageError } from './failure';
import { keepPin, pinOf, tellPin } from './pins';
import type { History, OwnTrust, Trust } from './vault/types';
import type { Vault } from './vault/vault';

/** The most statements that a key history may have (FORMAT.md §3.2). */
const LONGEST_HISTORY = 64;

/** The session whose keys these are. */
interface Keeper {
  /** Whether the keys are kept on this device. */
  kept: () => boolean;
  /** Keeps the keys in use on this device, if it is to keep any. */
  keep: () => Promise<void>;
  onRecovery: (has: boolean) => void;
  /** Called when another device has made new keys, which have to be unlocked. */
  onOutdated: () => Promise<void>;
}

/** The account's own keys: held against those that the server has, and replaced by new ones. */
export class OwnKeys {
  readonly #account: Account;
  readonly #api: Api;
  readonly #vault: Vault;
  readonly #keeper: Keeper;

  constructor(account: Account, api: Api, vault: Vault, keeper: Keeper) {
    this.#account = account;
    this.#api = api;
    this.#vault = vault;
    this.#keeper = keeper;
  }

  /**
   * Holds the keys in use against those that the server has. Nothing goes on with keys that are not
   * the account's any more: then it throws.
   */
  async check(): Promise<Trust> {
    const trust = await this.#alone(() => this.#settle());
    return trust === 'adopted' ? 'verified' : trust;
  }

  /** Makes new keys. Whatever happens on the way, those in use are those that the server has. */
  async rotate(password: string, onPrime: (primes: number) => void): Promise<void> {
    if (password === '') throw new PageError('incomplete');
    const { wrappedKeys, history, hasRecovery } = await this.#api.keys();
    if (wrappedKeys === undefined) throw new PageError('account_has_no_keys');
    if (history.length >= LONGEST_HISTORY) throw new PageError('history_full');
    const { keys } = this.#vault.remote;
    const made = await keys
      .rotate(wrappedKeys, password, proxy(onPrime))
      .catch((cause: unknown) => {
        throw renamed(cause, 'wrong_password');
      });
    if (!hasRecovery) delete made.recoveryWrappedKeys;
    else if (!made.recoveryWrappedKeys) throw new PageError('recovery_code_unknown');
    await this.#alone(async () => {
      const refusal = await this.#api.rotateKeys(made).then(
        () => new PageError('keys_not_taken'),
        (cause: unknown) => cause,
      );
      // The answer may have got lost, or be untrue: the keys that the server has decide.
      const trust = await this.#settle().catch((cause: unknown) => {
        throw failureOf(cause).code === 'unreachable' ? new PageError('keys_in_doubt') : cause;
      });
      if (trust !== 'adopted') throw refusal;
    });
  }

  /** Lets other tabs wait until new keys are kept where they find them. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const { closed } = this.#vault;
    return await exclusively(`keys-${this.#account.id}`, () => Promise.race([work(), closed]));
  }

  async #settle(): Promise<Exclude<OwnTrust, 'newer'>> {
    const { history, hasRecovery } = await this.#api.keys();
    this.#keeper.onRecovery(hasRecovery);
    const trust = await this.#vault.remote.keys.settle(history);
    if (trust === 'adopted') await this.#keep(history);
    if (trust !== 'newer') return trust;
    if (this.#keeper.kept() && (await this.#takeUp(history))) return 'verified';
    await this.#keeper.onOutdated();
    throw new ApiError('session_ended');
  }

  /** In this order: keys on this device that are older than their pin would be refused. */
  async #keep(history: History): Promise<void> {
    const { username } = this.#account;
    await this.#keeper.keep();
    await keepPin(username, username, history);
    await tellPin(username, username);
  }

  /** Takes up the keys that another tab has made, if it has kept them on this device. */
  async #takeUp(history: History): Promise<boolean> {
    const kept = await keptSession();
    const { id, username } = this.#account;
    if (kept?.account.id !== id) return false;
    const { keys } = this.#vault.remote;
    const pin = await pinOf(username, username);
    await keys.unlockWith(kept.wrappedKeys, kept.key, username, pin?.history);
    return (await keys.settle(history)) === 'verified';
  }
}
