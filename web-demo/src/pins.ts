import { continues, latestOf } from './history';
import { type Pin, store } from './store';
import type { History } from './vault/types';

/**
 * The pins of this visit. What is stored can be wiped, by a server's `Clear-Site-Data` too: a page
 * that has seen somebody's keys goes on knowing them.
 */
const seen = new Map<string, Pin>();

/** Of {@link seen}, those that this browser could not store. */
const unstored = new Set<string>();

/** What `account` has kept of the keys of `username`. */
export async function pinOf(account: string, username: string): Promise<Pin | undefined> {
  const key = keyOf(account, username);
  let stored: Pin | undefined;
  try {
    stored = await (await store()).get('pins', key);
  } catch {
    // A browser that stores nothing has what the page has seen.
  }
  return settled(key, stored);
}

/**
 * What holds of what is stored and what this page has seen: another tab may have seen more or
 * accepted other keys, but not met somebody for the first time.
 */
function settled(key: string, stored: Pin | undefined): Pin | undefined {
  const known = seen.get(key);
  if (!known) return stored;
  if (!stored || unstored.has(key)) return known;
  return stored.replaced || continues(stored.history, latestOf(known.history)) ? stored : known;
}

/**
 * Keeps a verified history that goes on from the one kept, and answers with what is kept then: of two
 * tabs the one that has seen more wins, and none undoes what was accepted in the other.
 */
export async function keepPin(account: string, username: string, history: History): Promise<Pin> {
  return await change(account, username, (kept) => {
    if (!kept) return { history, told: history.length };
    return continues(history, latestOf(kept.history)) ? { ...kept, history } : kept;
  });
}

/** Accepts a history in place of the one kept, and with it goes everything that was known. */
export async function replacePin(
  account: string,
  username: string,
  history: History,
): Promise<void> {
  const fresh = { history, told: history.length, replaced: true };
  await change(account, username, () => fresh);
}

/** Remembers that the safety number of a history was compared; undefined takes the mark back. */
export async function markPin(
  account: string,
  username: string,
  compared: History | undefined,
): Promise<void> {
  await change(account, username, (kept) => {
    if (!kept) throw new Error('nobody is verified without a pin');
    return { ...kept, mark: compared && latestOf(compared) };
  });
}

/** Remembers that the reader knows how the keys stand. */
export async function tellPin(account: string, username: string): Promise<void> {
  await change(account, username, (kept) => {
    if (!kept) throw new Error('there is nothing to tell without a pin');
    return { ...kept, told: kept.history.length };
  });
}

/** Whether the keys in use are those, or signed by those, whose safety number was compared. */
export function isVerified({ history, mark }: Pin): boolean {
  return mark !== undefined && continues(history, mark);
}

async function change(
  account: string,
  username: string,
  alter: (kept: Pin | undefined) => Pin,
): Promise<Pin> {
  const key = keyOf(account, username);
  const begun = await begin(key).catch(noted);
  const changed = alter(settled(key, begun?.stored));
  const written = await begun?.write(changed).catch(noted);
  if (written) unstored.delete(key);
  else unstored.add(key);
  seen.set(key, changed);
  return changed;
}

/** Reads what is to be changed; no other tab comes between that and the writing. */
async function begin(key: string) {
  const transaction = (await store()).transaction('pins', 'readwrite');
  const stored = await transaction.store.get(key);
  const write = async (pin: Pin): Promise<true> => {
    await transaction.store.put(pin, key);
    await transaction.done;
    return true;
  };
  return { stored, write };
}

/** Tells of a browser that stores nothing; the page goes on with what it has seen. */
function noted(cause: unknown): undefined {
  reportError(cause);
}

/** Forgets whom an account has met. */
export async function forgetPins(account: string): Promise<void> {
  for (const key of seen.keys()) {
    if (!key.startsWith(keyOf(account, ''))) continue;
    seen.delete(key);
    unstored.delete(key);
  }
  try {
    const all = IDBKeyRange.bound(keyOf(account, ''), keyOf(account, '\uffff'));
    await (await store()).delete('pins', all);
  } catch {
    // A browser that stores nothing has nothing to forget.
  }
}

/** Usernames hold no slash. */
function keyOf(account: string, username: string): string {
  return `${account}/${username}`;
}
