import { SvelteMap } from 'svelte/reactivity';
import type { Api } from './api/api';
import { ApiError, failureOf, PageError } from './failure';
import { latestOf, renewedAt } from './history';
import type { OwnKeys } from './own-keys';
import { isVerified, keepPin, markPin, pinOf, replacePin, tellPin } from './pins';
import type { Pin } from './store';
import type { History, SafetyNumber, SafetyNumbers, Trust } from './vault/types';
import type { Vault } from './vault/vault';

/** Someone as the server names them; whether that holds is for their key history to say. */
export interface Person {
  id: string;
  username: string;
}

/** How somebody's keys stand on this browser. */
export interface Standing {
  trust: Trust;
  /** Statements in the history that is in use: who signs with the last one's key is up to date. */
  statements: number;
  /** Whether the safety number was compared, and found to agree. */
  verified: boolean;
  /** When the keys were renewed, in milliseconds, until the reader has taken note. */
  renewed: number | undefined;
  /** Whether this history was accepted in place of another. */
  replaced: boolean;
  /** The account is gone; its letters still open. */
  deleted: boolean;
}

/** The people whose key histories the vault has verified in this session, oneself among them. */
export class People {
  readonly standing = new SvelteMap<string, Standing>();
  readonly #met = new Map<string, Promise<void>>();
  /** Those of {@link #met}, for when another tab has news of them. */
  readonly #persons = new Map<string, Person>();
  readonly #self: Person;
  readonly #api: Api;
  readonly #vault: Vault;
  readonly #ownKeys: OwnKeys;
  readonly #onChange: (username: string) => void;
  /** The other tabs of the account. */
  readonly #tabs: BroadcastChannel;

  /** @param onChange Called when other keys of somebody hold than did before. */
  constructor(
    self: Person,
    api: Api,
    vault: Vault,
    ownKeys: OwnKeys,
    onChange: (username: string) => void,
  ) {
    this.#self = self;
    this.#api = api;
    this.#vault = vault;
    this.#ownKeys = ownKeys;
    this.#onChange = onChange;
    this.#tabs = new BroadcastChannel(`pli-people-${self.id}`);
    this.#tabs.onmessage = ({ data }: MessageEvent<string>) => {
      const person = this.#persons.get(data);
      if (person) this.meet(person, true).catch(() => {});
    };
  }

  close(): void {
    this.#tabs.close();
  }

  /** Somebody else who has this e-mail address or username, and keys. */
  async find(name: string): Promise<Person> {
    const { id, username, key_history } = await this.#api.lookup(name);
    const asked = folded(name);
    if (!asked.includes('@') && asked !== username) throw new PageError('wrong_person');
    if (username === this.#self.username) throw new PageError('own_address');
    if (!key_history?.length) throw new PageError('receiver_has_no_keys');
    return { id, username };
  }

  /** Makes sure that the vault knows a person; `again` fetches their history anew. */
  meet(person: Person, again = false): Promise<void> {
    const { username } = person;
    const known = this.#met.get(username);
    if (known && !again) return known;
    const meeting = username === this.#self.username ? this.#reflect(again) : this.#meet(person);
    this.#met.set(username, meeting);
    this.#persons.set(username, person);
    meeting.catch(() => {
      if (this.#met.get(username) === meeting) this.#met.delete(username);
    });
    return meeting;
  }

  /** Meets people anew; answers with the names of those who can't be written to. */
  async unreached(people: readonly Person[]): Promise<string[]> {
    const names: string[] = [];
    for (const person of people) {
      const { username } = person;
      const lost = await this.meet(person, true).then(
        () => this.standing.get(username)?.deleted,
        (cause: unknown) => failureOf(cause).code === 'receiver_has_no_keys',
      );
      if (lost) names.push(username);
    }
    return names;
  }

  /** Holds one's own keys against those that the server has. */
  meetOneself(): Promise<void> {
    return this.meet(this.#self, true);
  }

  /** The digits to compare with somebody who has been met. */
  async safetyNumbers(username: string): Promise<SafetyNumbers> {
    return await this.#vault.remote.letters.safetyNumbers(username);
  }

  /** Marks somebody as verified, by the safety number that was compared; without one takes it back. */
  async mark(person: Person, compared: SafetyNumber | undefined): Promise<void> {
    await markPin(this.#self.username, person.username, compared?.history);
    await this.#changed(person);
  }

  /** Takes note that somebody's keys were renewed. */
  async takeNote(person: Person): Promise<void> {
    await tellPin(this.#self.username, person.username);
    await this.#changed(person);
  }

  /** Accepts the history of a safety number in place of the one seen before. */
  async accept(person: Person, { history }: SafetyNumber): Promise<void> {
    await replacePin(this.#self.username, person.username, history);
    await this.#take(person.username, history);
    this.#tabs.postMessage(person.username);
  }

  async #changed({ username }: Person): Promise<void> {
    const pin = await pinOf(this.#self.username, username);
    const before = this.standing.get(username);
    if (pin && before) this.#show(username, before.trust, pin, before.deleted);
    this.#tabs.postMessage(username);
  }

  async #reflect(again: boolean): Promise<void> {
    const { username } = this.#self;
    const trust = again ? await this.#ownKeys.check() : 'verified';
    const pin = await pinOf(username, username);
    if (pin) this.#show(username, trust, pin, false);
  }

  async #meet({ id, username }: Person): Promise<void> {
    try {
      const { history, deleted } = await this.#profile(id);
      await this.#take(username, history, deleted);
    } catch (cause) {
      // Without a network, the keys seen last will do; the server says when they are outdated.
      const pin = await pinOf(this.#self.username, username);
      if (!pin || failureOf(cause).code !== 'unreachable') throw cause;
      this.#met.delete(username);
      if (!this.standing.has(username)) await this.#take(username, pin.history);
    }
  }

  /** Has the vault verify a history, and keeps it. */
  async #take(username: string, history: History, deleted = false): Promise<void> {
    const account = this.#self.username;
    for (;;) {
      const known = await pinOf(account, username);
      if (history.length === 0 && !known) throw new PageError('receiver_has_no_keys');
      const { letters } = this.#vault.remote;
      const { trust, pin } = await letters.meet(username, history, known?.history);
      const kept = trust === 'verified' ? await keepPin(account, username, pin) : known;
      // Another tab may have kept something else meanwhile.
      if (!kept || latestOf(kept.history) !== latestOf(pin)) continue;
      this.#show(username, trust, kept, deleted);
      return;
    }
  }

  #show(username: string, trust: Trust, pin: Pin, deleted: boolean): void {
    const { history, told, replaced = false } = pin;
    const before = this.standing.get(username);
    this.standing.set(username, {
      trust,
      statements: history.length,
      verified: isVerified(pin),
      renewed: history.length > told ? renewedAt(history) : undefined,
      replaced,
      deleted,
    });
    if (before?.trust === 'changed' && trust !== 'changed') this.#onChange(username);
  }

  async #profile(id: string): Promise<{ history: History; deleted: boolean }> {
    try {
      const { key_history, deleted } = await this.#api.profile(id);
      return { history: key_history ?? [], deleted: deleted ?? false };
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 404) return { history: [], deleted: false };
      throw cause;
    }
  }
}

/** The same people, each once, in the order of their names. */
export function distinct(people: readonly Person[]): Person[] {
  const named = new Map(people.map((person) => [person.username, person]));
  return [...named.values()].sort((a, b) => (a.username < b.username ? -1 : 1));
}

/** Whether two lists of usernames name the same people. */
export function samePeople(some: readonly string[], others: readonly string[]): boolean {
  const sorted = [some, others].map((names) => [...new Set(names)].sort());
  return JSON.stringify(sorted[0]) === JSON.stringify(sorted[1]);
}

/** A typed name as the server compares it. */
export function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase().normalize('NFKC').trim();
}
