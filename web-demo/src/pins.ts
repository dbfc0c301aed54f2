import { continues, latestOf } from './history';
import { type Pin, store } from './store';
import type { History } from './vault/types';

/** Pins that this browser could not store: they hold for this visit. */
const unstored = new Map<string, Pin>();

/** What `account` has kept of the keys of `username`. */
export async function pinOf(account: string, username: string): Promise<Pin | undefined> {
  const key = keyOf(account, username);
  const unsaved = unstored.get(key);
  if (unsaved) return unsaved;
  try {
    return await (await store()).get('pins', key);
  } catch {
    return undefined;
  }
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
  let kept = unstored.get(key);
  try {
    const transaction = (await store()).transaction('pins', 'readwrite');
    kept ??= await transaction.store.get(key);
    const changed = alter(kept);
    await transaction.store.put(changed, key);
    await transaction.done;
    unstored.delete(key);
    return changed;
  } catch (cause) {
    reportError(cause);
    const changed = alter(kept);
    unstored.set(key, changed);
    return changed;
  }
}

/** Forgets whom an account has met. */
export async function forgetPins(account: string): Promise<void> {
  for (const key of unstored.keys()) if (key.startsWith(keyOf(account, ''))) unstored.delete(key);
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
