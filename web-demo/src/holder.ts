import { type Device, isGone } from './api/account';
import type { Account, Api } from './api/api';
import type { Download } from './api/download';
import { checkPassword, renamed } from './entry';
import { failureOf, PageError } from './failure';
import { pinOf } from './pins';
import type { History, RecoveryKit } from './vault/types';
import type { Vault } from './vault/vault';

/** What can be in doubt when the server's answer got lost. */
export type Doubt = 'password' | 'deletion';

/** What the holder of an account does with it as a whole. */
export class Holder {
  readonly account: Account;
  readonly #api: Api;
  readonly #vault: Vault;
  /** What has been asked of the server, as long as nobody knows what came of it. */
  #doubt: Doubt | undefined;
  /** What proved the password to the server when the account was to be deleted. */
  #secret = '';

  constructor(account: Account, api: Api, vault: Vault) {
    this.account = account;
    this.#api = api;
    this.#vault = vault;
  }

  get doubt(): Doubt | undefined {
    return this.#doubt;
  }

  /** Where the account is signed in, the device last used first. */
  async devices(): Promise<Device[]> {
    return await this.#api.own.devices();
  }

  /** Signs a device out; one that has left by itself is no failure. */
  async signOut({ id }: Device): Promise<void> {
    await this.#api.own.signOut(id).catch((cause: unknown) => {
      if (failureOf(cause).code !== 'session_not_found') throw cause;
    });
  }

  /** Puts a new password in force; every other session ends. */
  async changePassword(passwords: { current: string; wanted: string }): Promise<void> {
    checkPassword(passwords.wanted);
    const { username } = this.account;
    const wrappedKeys = await this.#wrappedKeys(passwords.current);
    const { current, next } = await this.#vault.remote.keys
      .rewrap(wrappedKeys, passwords, username, await this.#pin())
      .catch(renameWrong);
    const change = this.#api.own.changePassword(username, current, next);
    await this.#resolve('password', change);
  }

  /** Finds out whether a new password is in force after the answer got lost, and goes on with it. */
  async settlePassword(): Promise<void> {
    await this.#resolve('password', this.#api.own.settlePassword());
  }

  /** Makes a recovery code, which is not in force before the server has its other half. */
  async recoveryKit(password: string, known?: string): Promise<RecoveryKit> {
    const wrappedKeys = known ?? (await this.#wrappedKeys(password));
    return await this.#vault.remote.keys
      .recoveryKit(wrappedKeys, password, this.account.username, await this.#pin())
      .catch(renameWrong);
  }

  /** Puts a recovery code in force, if it is what was typed. */
  async setRecovery(kit: RecoveryKit, typed: string): Promise<void> {
    const { keys } = this.#vault.remote;
    if ((await keys.recoverySecret(typed)) !== kit.recoverySecret) {
      throw new PageError('recovery_code_differs');
    }
    await this.#api.setRecovery(kit);
    await keys.adoptRecovery();
  }

  /** Makes sure of the password; answers with what proves it to the server. */
  async prove(password: string): Promise<string> {
    const wrappedKeys = await this.#wrappedKeys(password);
    return await this.#vault.remote.keys
      .prove(wrappedKeys, password, this.account.username, await this.#pin())
      .catch(renameWrong);
  }

  /** Everything that the server holds of the account. */
  async export(secret: string): Promise<Download> {
    return await this.#api.own.export(secret);
  }

  /** Deletes the account. */
  async delete(password: string): Promise<void> {
    const { username } = this.account;
    if (this.doubt === 'deletion' && (await this.#isGone())) return;
    this.#secret = await this.prove(password);
    await this.#resolve('deletion', this.#api.own.delete(username, this.#secret));
  }

  /** Whether a deletion whose answer got lost has taken place. */
  async hasGone(): Promise<boolean> {
    return this.doubt === 'deletion' && (await this.#isGone().catch(() => false));
  }

  async #isGone(): Promise<boolean> {
    return await isGone(this.account.username, this.#secret);
  }

  async #resolve(about: Doubt, work: Promise<void>): Promise<void> {
    this.#doubt = about;
    try {
      await work;
      this.#doubt = undefined;
    } catch (cause) {
      if (failureOf(cause).code !== `${about}_unsettled`) this.#doubt = undefined;
      throw cause;
    }
  }

  /** The keys as the server has them, which only the password opens. */
  async #wrappedKeys(password: string): Promise<string> {
    if (password === '') throw new PageError('incomplete');
    const { wrappedKeys } = await this.#api.keys();
    if (wrappedKeys === undefined) throw new PageError('account_has_no_keys');
    return wrappedKeys;
  }

  /** The history that the one in the keys has to extend. */
  async #pin(): Promise<History | undefined> {
    return (await pinOf(this.account.username, this.account.username))?.history;
  }
}

function renameWrong(cause: unknown): never {
  throw renamed(cause, 'wrong_password');
}
