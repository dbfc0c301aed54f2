import { createStore, get, update } from 'idb-keyval';
import type { History } from './crypto.worker';

const store = createStore('pli', 'pins');

/** Pins of this visit, for a browser that can't store them. */
const unstored = new Map<string, History>();

/** The key history of `username` that `account` saw last: public, and kept between visits. */
export async function pinOf(account: string, username: string): Promise<History | undefined> {
  const key = keyOf(account, username);
  try {
    return (await get<History>(key, store)) ?? unstored.get(key);
  } catch {
    return unstored.get(key);
  }
}

/** Keeps a verified history. Of two tabs, the one that has seen more wins. */
export async function keepPin(account: string, username: string, pin: History): Promise<void> {
  const key = keyOf(account, username);
  unstored.set(key, pin);
  try {
    await update<History>(key, (kept) => (kept && kept.length > pin.length ? kept : pin), store);
  } catch (cause) {
    reportError(cause);
  }
}

/** Usernames hold no slash. */
function keyOf(account: string, username: string): string {
  return `${account}/${username}`;
}
