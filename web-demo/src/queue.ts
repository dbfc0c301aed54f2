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
 * Holds a letter for this tab until `work` is done, so that no two tabs send it. Where another tab
 * has it, this waits until that one has sent it or is gone; `work` gets what is left then.
 */
export async function withLetter(
  id: string,
  work: (letter: Queued | undefined) => Promise<void>,
): Promise<void> {
  await navigator.locks.request(`pli-letter-${id}`, async () => {
    await work(await (await store()).get('queue', id));
  });
}
