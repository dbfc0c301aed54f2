/** The ways into an account: each ends with a session on the server and the keys in the vault. */
import { proxy } from 'comlink';
import type { Account, Api } from './api/api';
import { shelfOf } from './device';
import { ApiError, failureOf, PageError } from './failure';
import { folded } from './people';
import { keepPin, pinOf, replacePin } from './pins';
import type { Kept } from './store';
import type { NewAccount } from './vault/types';
import type { Vault } from './vault/vault';

/** Fewer characters are refused: the password is all that protects the keys on the server. */
export const SHORTEST_PASSWORD = 10;

/** What the server takes as a username; it is lower-cased on the way in. */
const USERNAME = /^[a-z0-9][a-z0-9._-]{2,31}$/;

/** An account whose keys are open. */
export interface Entered {
  account: Account;
  /** The keys under the password, as the server keeps them. */
  wrappedKeys: string;
}

/** What one registers with. */
export interface SignUpForm {
  username: string;
  email: string;
  password: string;
}

/** The code of what is wrong with each entry. */
export type Faults = Partial<Record<keyof SignUpForm, string>>;

/** What is wrong with what somebody wants to register with. */
export function faultsOf({ username, email, password }: SignUpForm): Faults {
  return {
    ...(!USERNAME.test(folded(username)) && { username: missing(username) ?? 'username_invalid' }),
    ...(!/^\S+@\S+$/.test(folded(email)) && { email: missing(email) ?? 'email_invalid' }),
    ...(isShort(password) && { password: missing(password) ?? 'password_too_short' }),
  };
}

/** The entry that the server or the page finds wrong afterwards. */
export function faultIn(code: string): Faults {
  const [entry] = code.split('_', 1);
  return entry === 'username' || entry === 'email' || entry === 'password' ? { [entry]: code } : {};
}

/** Checks what somebody wants to register with. */
export function checked(form: SignUpForm): SignUpForm {
  const [fault] = Object.values(faultsOf(form));
  if (fault !== undefined) throw new PageError(fault);
  return { ...form, username: folded(form.username), email: folded(form.email) };
}

/** Registers; a second attempt after a lost answer finds what the first one has made. */
export class Registration {
  /** The login secret of the latest attempt. */
  #attempted: string | undefined;

  /** Makes keys and registers an account with them. */
  async run(
    api: Api,
    vault: Vault,
    { username, email, password }: SignUpForm,
    onPrime: (primes: number) => void,
  ): Promise<Entered> {
    const made = await vault.remote.keys.create(username, password, proxy(onPrime));
    await this.#register(api, username, email, made);
    const { account } = await api.login(username, made.loginSecret);
    if (account.username !== username) {
      await api.logout().catch(() => {});
      throw new PageError('wrong_account');
    }
    // Whatever had this name before, on a server that has lost it since: these were made right here.
    await replacePin(username, username, made.history);
    return { account, wrappedKeys: made.wrappedKeys };
  }

  /**
   * When the answer to an earlier attempt got lost, the name may be taken by that very attempt, and
   * logging in will tell.
   */
  async #register(api: Api, username: string, email: string, made: NewAccount): Promise<void> {
    const again = this.#attempted === made.loginSecret;
    this.#attempted = made.loginSecret;
    try {
      await api.register(username, email, made);
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      if (cause.pointer === '/email') throw new PageError('email_invalid');
      if (!again || cause.status !== 409) throw cause;
      await api.login(username, made.loginSecret).catch((refusal: unknown) => {
        // Without an answer there is no telling whose the name is.
        throw failureOf(refusal).code === 'wrong_credentials' ? cause : refusal;
      });
    }
  }
}

/**
 * Fetches the account's keys and unlocks them with the password, which the server never sees. `anew`
 * says that the account was made anew, and its keys with it.
 */
export async function signIn(
  api: Api,
  vault: Vault,
  { name: typed, password, anew }: { name: string; password: string; anew: boolean },
): Promise<Entered> {
  const name = folded(typed);
  if (name === '' || password === '') throw new PageError('incomplete');
  const secret = await vault.remote.keys.login(password, await api.kdf(name));
  const { account, wrappedKeys } = await api.login(name, secret);
  try {
    if (wrappedKeys === undefined) throw new PageError('account_has_no_keys');
    const { username } = account;
    if (!name.includes('@') && name !== username) throw new PageError('wrong_account');
    const pin = anew ? undefined : (await pinOf(username, username))?.history;
    const history = await vault.remote.keys.unlock(wrappedKeys, username, pin);
    await (anew ? replacePin : keepPin)(username, username, history);
    return { account, wrappedKeys };
  } catch (cause) {
    await api.logout().catch(() => {});
    // The login has succeeded, so keys that don't open are damaged; the password is the right one.
    throw renamed(cause, 'keys_damaged');
  }
}

/** Goes on with the session that is kept on this device. */
export async function takeUp(api: Api, vault: Vault, kept: Kept): Promise<Entered> {
  const { account, key, wrappedKeys } = kept;
  const { username } = account;
  const pin = (await pinOf(username, username))?.history;
  const history = await vault.remote.keys.unlockWith(wrappedKeys, key, username, pin);
  await keepPin(username, username, history);
  await api.tokens.share(shelfOf(account.id), async () => {});
  return { account, wrappedKeys };
}

/** Opens the account's keys once more, in a session that goes on. */
export async function unlock(
  api: Api,
  vault: Vault,
  { username }: Account,
  password: string,
): Promise<void> {
  if (password === '') throw new PageError('incomplete');
  const { wrappedKeys } = await api.keys();
  if (wrappedKeys === undefined) throw new PageError('account_has_no_keys');
  const pin = (await pinOf(username, username))?.history;
  const { keys } = vault.remote;
  try {
    await keepPin(username, username, await keys.unlockAgain(wrappedKeys, password, username, pin));
  } catch (cause) {
    throw renamed(cause, 'wrong_password');
  }
}

/** Opens the keys with the recovery code, and puts a new password in the forgotten one's place. */
export async function recover(
  api: Api,
  vault: Vault,
  form: { name: string; code: string; password: string; anew: boolean },
): Promise<Entered> {
  const name = folded(form.name);
  if (name === '' || form.code.trim() === '') throw new PageError('incomplete');
  checkPassword(form.password);
  const { keys } = vault.remote;
  const kept = await api.recoveryKeys(name, await keys.recoverySecret(form.code));
  const open = async (expected: Parameters<typeof keys.recover>[2]) =>
    await keys.recover(kept.recovery_wrapped_keys, form.code, expected).catch((cause: unknown) => {
      throw renamed(cause, 'recovery_damaged');
    });
  const { username } = await open(name.includes('@') ? {} : { username: name });
  const pin = form.anew ? undefined : (await pinOf(username, username))?.history;
  const { history } = await open({ username, ...(pin && { pin }) });
  const { loginSecret, wrappedKeys } = await keys.relock(form.password);
  const account = await api.resetPassword(kept.recovery_token, loginSecret, wrappedKeys);
  if (account.username !== username) {
    await api.logout().catch(() => {});
    throw new PageError('wrong_account');
  }
  await (form.anew ? replacePin : keepPin)(username, username, history);
  return { account, wrappedKeys };
}

/** Refuses a new password that is too short. */
export function checkPassword(password: string): void {
  if (isShort(password)) throw new PageError('password_too_short');
}

export function isShort(password: string): boolean {
  return [...password].length < SHORTEST_PASSWORD;
}

function missing(entry: string): string | undefined {
  return entry.trim() === '' ? 'missing' : undefined;
}

/** What is wrong with one's own keys, and is plainer then; `sealed` where they don't open. */
export function renamed(cause: unknown, sealed: string): unknown {
  if (cause instanceof ApiError || !(cause instanceof Error) || !('code' in cause)) return cause;
  if (cause.code === 'decrypt_failed') return new PageError(sealed);
  return cause.code === 'identity_changed' ? new PageError('own_keys_replaced') : cause;
}
