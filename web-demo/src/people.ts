import { SvelteMap } from 'svelte/reactivity';
import type { Api } from './api/api';
import { ApiError, failureOf, PageError } from './failure';
import { keepPin, pinOf } from './pins';
import type { History, Trust } from './vault/types';
import type { Vault } from './vault/vault';

/** Someone as the server names them; whether that holds is for their key history to say. */
export interface Person {
  id: string;
  username: string;
}

/** The people whose key histories the vault has verified in this session. */
export class People {
  /** How each person's history stood when it was last fetched. */
  readonly trust = new SvelteMap<string, Trust>();
  readonly #met = new Map<string, Promise<Trust>>();
  readonly #account: string;
  readonly #api: Api;
  readonly #vault: Vault;

  constructor(account: string, api: Api, vault: Vault) {
    this.#account = account;
    this.#api = api;
    this.#vault = vault;
    this.#met.set(account, Promise.resolve('verified'));
  }

  /** Somebody else who has this e-mail address or username, and keys. */
  async find(name: string): Promise<Person> {
    const { id, username, key_history } = await this.#api.lookup(name);
    const asked = folded(name);
    if (!asked.includes('@') && asked !== username) throw new PageError('wrong_person');
    if (username === this.#account) throw new PageError('own_address');
    if (!key_history?.length) throw new PageError('receiver_has_no_keys');
    return { id, username };
  }

  /** Makes sure that the vault knows a person; `again` fetches their history anew. */
  meet(person: Person, again = false): Promise<Trust> {
    const known = this.#met.get(person.username);
    if (known && (!again || person.username === this.#account)) return known;
    const meeting = this.#meet(person);
    this.#met.set(person.username, meeting);
    meeting.catch(() => {
      if (this.#met.get(person.username) === meeting) this.#met.delete(person.username);
    });
    return meeting;
  }

  async #meet({ id, username }: Person): Promise<Trust> {
    const pin = await pinOf(this.#account, username);
    const history = await this.#history(id).catch((cause: unknown) => {
      // Without a network, the keys seen last will do; the server says when they are outdated.
      if (!pin || failureOf(cause).code !== 'unreachable') throw cause;
      this.#met.delete(username);
      return pin;
    });
    if (history.length === 0 && !pin) throw new PageError('receiver_has_no_keys');
    const met = await this.#vault.remote.letters.meet(username, history, pin);
    if (met.trust === 'verified') await keepPin(this.#account, username, met.pin);
    this.trust.set(username, met.trust);
    return met.trust;
  }

  async #history(id: string): Promise<History> {
    try {
      return (await this.#api.profile(id)).key_history ?? [];
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 404) return [];
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
