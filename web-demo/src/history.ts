/** What the page reads out of key histories that the vault has verified (FORMAT.md §3). */
import type { History } from './vault/types';

/** Names a history: the payload of its latest statement commits to all before it. */
export function latestOf(history: History): string {
  return history.at(-1)?.payload ?? '';
}

/** Whether a history is an earlier one or goes on from it. */
export function continues(history: History, earlier: string): boolean {
  return history.some(({ payload }) => payload === earlier);
}

/** When the latest keys of a history were made, in milliseconds, by their owner's clock. */
export function renewedAt(history: History): number {
  const json = atob(latestOf(history).replace(/-/g, '+').replace(/_/g, '/'));
  return (JSON.parse(json) as { iat: number }).iat * 1000;
}
