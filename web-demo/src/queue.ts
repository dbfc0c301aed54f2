/** Letters that have not left yet, sealed, for as long as somebody stays signed in here. */
import { type Queued, store } from './store';

/** Keeps a sealed letter until it has left. */
export async function enqueue(letter: Queued): Promise<void> {
  await (await store()).put('queue', letter, letter.id);
}

/** Forgets a letter that has left, or that was taken back. */
export async function dequeue(id: string): Promise<void> {
  await (await store()).delete('queue', id);
}

/** A letter that has not left, if it is not taken back either. */
export async function waiting(id: string): Promise<Queued | undefined> {
  return await (await store()).get('queue', id);
}

/** The letters of an account that have not left, the oldest first. */
export async function queued(account: string): Promise<Queued[]> {
  const letters = await (await store()).getAll('queue');
  return letters.filter((it) => it.account === account).sort((a, b) => a.at - b.at);
}

/** Forgets the letters of an account that have not left. */
export async function forgetQueued(account: string): Promise<void> {
  try {
    for (const { id } of await queued(account)) await dequeue(id);
  } catch {
    // A browser that stores nothing has nothing to forget.
  }
}

/**
 * Has a letter for this tab alone, so that no two tabs show it or send it: until what this answers
 * with is called, `signal` aborts or the tab is gone. Where another tab has it, this waits for that.
 */
export function hold(id: string, signal: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = () =>
      new Promise<void>((letGo) => {
        signal.addEventListener('abort', () => letGo());
        if (signal.aborted) letGo();
        resolve(letGo);
      });
    navigator.locks.request(`pli-letter-${id}`, { signal }, held).catch(reject);
  });
}
