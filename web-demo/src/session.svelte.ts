import { SvelteMap } from 'svelte/reactivity';
import { type Account, Api } from './api/api';
import type { StaffCalls } from './api/staff';
import { forget, keep, keptSession } from './device';
import type { Drawer } from './drawer';
import { checked, recover, Registration, signIn, takeUp, unlock } from './entry';
import { ApiError, type Failure, failureOf } from './failure';
import { type Doubt, Holder } from './holder';
import { whenIdle } from './idle';
import { Messenger } from './messenger.svelte';
import { OwnKeys } from './own-keys';
import { forgetPins, tellPin } from './pins';
import { forgetQueued, queued } from './queue';
import { type Place, route } from './route.svelte';
import type { RecoveryKit } from './vault/types';
import { type Vault, Vaults } from './vault/vault';

/** Who is signed in on this page, from coming in to going out. */
class Session {
  /** `newcomer` has signed up and not yet kept the recovery code; `locked` has to unlock the keys. */
  stage = $state<'starting' | 'outside' | 'newcomer' | 'in' | 'locked'>('starting');
  messenger = $state.raw<Messenger>();
  holder = $state.raw<Holder>();
  account = $state.raw<Account>();
  /** The server has ended the session; what was written waits for the same account to return. */
  ended = $state(false);
  /** Signed out here, and the server did not hear of it. */
  untold = $state(false);
  /** What may have happened when it ended: an answer of the server had got lost. */
  doubt = $state<Doubt>();
  /** The username of an account that has just been deleted. */
  gone = $state<string>();
  /** Why a kept session could not be taken up. */
  failure = $state<Failure>();
  /** The e-mail address of the account, where it is another than the one that was asked for. */
  keptEmail = $state<string>();
  /** Came in by recovery code, with a new password, and has not yet been told what it means. */
  recovered = $state(false);
  /** Locked because another device has made new keys. */
  outdated = $state(false);
  /** Whether the session outlives the page. */
  kept = $state(false);
  /** A recovery code that waits to be asked back. */
  kit = $state.raw<RecoveryKit>();
  /** False once the server says that there is no recovery code. */
  hasRecovery = $state(true);
  /** What was written and not sent in sessions that are locked or have ended, by account. */
  readonly drawers = new SvelteMap<string, Drawer>();
  #api = new Api();
  readonly #vaults = new Vaults();
  #registration = new Registration();
  #ownKeys: OwnKeys | undefined;
  #stopWatching = () => {};
  /** The other tabs. */
  readonly #tabs = new BroadcastChannel('pli-session');

  constructor() {
    type News = { locked?: string; left?: string; gone?: string };
    this.#tabs.onmessage = ({ data }: MessageEvent<News>) => {
      const { id } = this.account ?? {};
      if (id === undefined) return;
      if (data.gone === id) void this.#bury();
      if (this.kept && data.locked === id) void this.#lock();
      if (this.kept && data.left === id) void this.#endedBy(this.messenger);
    };
  }

  /** What the account may do with those of others, if it is staff. */
  get staff(): StaffCalls {
    return this.#api.staff;
  }

  /** The account's letters that would be lost if it signed out. */
  get unsent(): number {
    return (this.messenger?.unsent ?? 0) + (this.drawers.get(this.#id)?.count ?? 0);
  }

  get #id(): string {
    return this.account?.id ?? '';
  }

  /** Whether signing out would lose letters; some may wait in another tab. */
  async wouldLose(): Promise<boolean> {
    if (this.unsent > 0) return true;
    const waiting = await queued(this.account?.username ?? '').catch(() => []);
    return waiting.length > 0;
  }

  /** Takes up the session that is kept on this device; without one, prepares for the form. */
  async start(): Promise<void> {
    this.failure = undefined;
    const kept = await keptSession();
    if (!kept) {
      this.stage = 'outside';
      this.#vaults.prepare();
      return;
    }
    try {
      const vault = await this.#vaults.open();
      const { account } = await takeUp(this.#api, vault, kept);
      this.kept = true;
      await this.#begin(account, vault);
    } catch (cause) {
      this.failure = failureOf(cause);
      // What can't be loaded may come with the next visit; keys that don't open won't.
      if (this.failure.code !== 'vault_failed') await forget(kept.account.id);
      this.stage = 'outside';
      this.#vaults.prepare();
    }
  }

  /** Makes an account; its recovery code is to be kept before going on. */
  async signUp(
    form: { username: string; email: string; password: string; stay: boolean },
    onPrime: (primes: number) => void,
  ): Promise<void> {
    const wanted = checked(form);
    const vault = await this.#vaults.open();
    const entered = await this.#registration.run(this.#api, vault, wanted, onPrime);
    const { account, wrappedKeys } = entered;
    route.remember();
    this.kit = await new Holder(account, this.#api, vault).recoveryKit(form.password, wrappedKeys);
    this.account = account;
    this.keptEmail = account.email === wanted.email ? undefined : account.email;
    await this.#stay(account, vault, form.stay);
    this.stage = 'newcomer';
    route.enter('sign-in');
  }

  async signIn(
    form: { name: string; password: string; anew: boolean },
    stay: boolean,
  ): Promise<void> {
    const vault = await this.#vaults.open();
    const { account } = await signIn(this.#api, vault, form);
    await this.#stay(account, vault, stay);
    await this.#begin(account, vault);
  }

  /** Comes in by recovery code, with a new password. */
  async recover(
    form: { name: string; code: string; password: string; anew: boolean },
    stay: boolean,
  ): Promise<void> {
    const vault = await this.#vaults.open();
    const { account } = await recover(this.#api, vault, form);
    this.recovered = true;
    await this.#stay(account, vault, stay);
    await this.#begin(account, vault);
  }

  /** Makes a new recovery code, which is not in force before it has been asked back. */
  async makeRecovery(password: string): Promise<void> {
    this.kit = await this.holder?.recoveryKit(password);
  }

  /** Makes new keys in place of the account's, signed with those. */
  async rotate(password: string, onPrime: (primes: number) => void): Promise<void> {
    if (!this.#ownKeys) throw new ApiError('session_ended');
    await this.#ownKeys.rotate(password, onPrime);
  }

  /** Puts the recovery code in force, if that is what was typed. */
  async confirmRecovery(typed: string): Promise<void> {
    const { kit, account } = this;
    if (!kit || !account) return;
    const vault = await this.#vaults.open();
    await new Holder(account, this.#api, vault).setRecovery(kit, typed);
    this.kit = undefined;
    this.hasRecovery = true;
    await this.#stay(account, vault, this.kept);
    if (this.stage === 'newcomer') await this.#begin(account, vault);
  }

  /** Wipes the keys and everything read from memory; the password brings them back. */
  async lock(): Promise<void> {
    // Tabs that share a session have the same keys in memory.
    if (this.kept && this.account) this.#tabs.postMessage({ locked: this.account.id });
    await this.#lock();
  }

  async #lock(): Promise<void> {
    const { messenger } = this;
    if (this.stage !== 'in' || !messenger) return;
    this.stage = 'locked';
    await this.#leave(messenger);
  }

  async unlock(password: string): Promise<void> {
    const { account } = this;
    if (!account) return;
    const vault = await this.#vaults.open();
    await unlock(this.#api, vault, account, password);
    // The locked page has told of the new keys.
    if (this.outdated) await tellPin(account.username, account.username);
    await this.#stay(account, vault, this.kept);
    await this.#begin(account, vault);
  }

  /** Ends the session here, and on the server if it can be reached. */
  async signOut(): Promise<void> {
    const api = this.#api;
    const { id = '', username = '' } = this.account ?? {};
    if (this.kept) this.#tabs.postMessage({ left: id });
    this.messenger?.stop();
    this.drawers.delete(id);
    this.ended = false;
    this.#reset();
    await forget(id);
    await forgetQueued(username);
    await api.logout().catch((cause: unknown) => {
      // A server that has ended the session already need not be told.
      const known = cause instanceof ApiError && cause.status === 401;
      this.untold = !known && this.stage === 'outside';
    });
  }

  /** Deletes the account, here and on the server. */
  async deleteAccount(password: string): Promise<void> {
    const { account, holder } = this;
    if (!account || !holder) return;
    await holder.delete(password);
    this.#tabs.postMessage({ gone: account.id });
    await this.#bury();
  }

  /** Says what the server has just said of the account's rights. */
  setStaff(is_staff: boolean): void {
    if (this.account) this.account = { ...this.account, is_staff };
  }

  async #begin(account: Account, vault: Vault): Promise<void> {
    const ownKeys = new OwnKeys(account, this.#api, vault, {
      kept: () => this.kept,
      keep: async () => await this.#stay(account, vault, this.kept),
      onRecovery: (has) => (this.hasRecovery = has),
      onOutdated: async () => {
        this.outdated = true;
        await this.#lock();
      },
    });
    const messenger = new Messenger(account, this.#api, vault, ownKeys);
    this.#ownKeys = ownKeys;
    const place = await this.#takeOut(messenger);
    this.ended = this.untold = this.outdated = false;
    this.doubt = this.gone = undefined;
    route.remember();
    this.account = account;
    this.holder = new Holder(account, this.#api, vault);
    this.#api.tokens.onEnded = () => void this.#endedBy(messenger);
    this.messenger = messenger;
    this.stage = 'in';
    route.go(place);
    messenger.start(this.kept);
    this.#stopWatching();
    // Whoever stays signed in has said that this device needs no password.
    if (!this.kept) this.#stopWatching = whenIdle(() => void this.lock());
    // What is kept on a device may be old.
    const { is_staff } = await this.#api.whoami().catch(() => account);
    if (this.messenger === messenger) this.setStaff(is_staff);
  }

  /** Takes out what the account has put away; who can't have it does not come in. */
  async #takeOut(messenger: Messenger): Promise<Place> {
    const drawer = this.drawers.get(messenger.account.id);
    if (!drawer) return { name: 'list' };
    try {
      const place = await messenger.takeOut(drawer);
      this.drawers.delete(drawer.account);
      return place;
    } catch (cause) {
      messenger.stop();
      this.#vaults.close();
      await forget(messenger.account.id);
      throw cause;
    }
  }

  /** Keeps the session on this device, or not. */
  async #stay(account: Account, vault: Vault, stay: boolean): Promise<void> {
    this.kept = stay && (await keep(account, vault, this.#api.tokens));
  }

  /** The server has ended the session, or somebody in another tab that shares it. */
  async #endedBy(messenger: Messenger | undefined): Promise<void> {
    if (await this.holder?.hasGone()) return await this.#bury();
    this.doubt = this.holder?.doubt;
    if (messenger && this.messenger === messenger) await this.#leave(messenger);
    this.ended = true;
    this.#reset();
  }

  /** Forgets an account that is no more. */
  async #bury(): Promise<void> {
    const { id = '', username = '' } = this.account ?? {};
    this.messenger?.stop();
    this.drawers.delete(id);
    this.#reset();
    route.enter('sign-up');
    await forget(id);
    await forgetQueued(username);
    await forgetPins(username);
    // Said only now that it is true; who has come in meanwhile need not be told.
    if (this.stage === 'outside') this.gone = username;
  }

  /** Puts away what was written, then wipes the keys, even if the former fails. */
  async #leave(messenger: Messenger): Promise<void> {
    this.#stopWatching();
    messenger.stop();
    try {
      const drawer = await messenger.putAway(route.place);
      // Should two ways out be taken at once, both put the same away.
      this.drawers.set(drawer.account, drawer);
    } catch (cause) {
      reportError(cause);
    }
    this.messenger = this.holder = undefined;
    this.#vaults.close();
    await forget(messenger.account.id);
  }

  #reset(): void {
    this.#stopWatching();
    this.messenger = this.holder = undefined;
    this.account = undefined;
    this.keptEmail = undefined;
    this.recovered = false;
    this.kit = undefined;
    this.hasRecovery = true;
    this.kept = false;
    this.stage = 'outside';
    this.#api = new Api();
    this.#vaults.close();
    this.#vaults.prepare();
  }
}

/** Who is signed in on this page. */
export const session = new Session();
