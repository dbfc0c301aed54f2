import { store } from './store';
import type { History } from './vault/types';

/** Pins of this visit, for a browser that can't store them. */
const unstored = new Map<string, History>();

/** The key history of `username` that `account` saw last: public, and kept between visits. */
export async function pinOf(account: string, username: string): Promise<History | undefined> {
  const key = keyOf(account, username);
  try {
    return (await (await store()).get('pins', key)) ?? unstored.get(key);
  } catch {
    return unstored.get(key);
  }
}

/** Keeps a verified history. Of two tabs, the one that has seen more wins. */
export async function keepPin(account: string, username: string, pin: History): Promise<void> {
  const key = keyOf(account, username);
  unstored.set(key, pin);
  try {
    const change = (await store()).transaction('pins', 'readwrite');
    const kept = await change.store.get(key);
    if (!kept || kept.length <= pin.length) await change.store.put(pin, key);
    await change.done;
  } catch (cause) {
    reportError(cause);
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
