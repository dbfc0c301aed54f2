import { type Remote, wrap } from 'comlink';
import { isShort } from './entry';
import { PageError } from './failure';
import { script } from './scripts';
import type { Estimator, Strength } from './strength.worker';

export type { Strength } from './strength.worker';

/** How long an estimate is waited for. */
const PATIENCE = 30_000;

let estimator: Promise<Remote<Estimator>> | undefined;

/**
 * How hard a password is to guess for somebody who knows these words too; undefined when the lists
 * of words can't be had in time. They come with the first call, and stay in a worker of their own.
 */
export async function strengthOf(
  password: string,
  known: readonly string[],
): Promise<Strength | undefined> {
  estimator ??= load();
  const estimate = estimator.then((remote) => remote.estimate(password, known));
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE));
  return await Promise.race([estimate, late]).catch(() => (estimator = undefined));
}

async function load(): Promise<Remote<Estimator>> {
  const worker = new Worker(script('strength'), { type: 'module' });
  const remote = wrap<Estimator>(worker);
  const broken = new Promise<never>((_, reject) => worker.addEventListener('error', reject));
  await Promise.race([remote.ready(), broken]);
  return remote;
}

/** Refuses a password that would be guessed within a day; who takes it tells of one too short. */
export async function refuseGuessable(password: string, known: readonly string[]): Promise<void> {
  if (isShort(password)) return;
  // Without an estimate, which is said where the password is typed, the length has to do.
  const strength = await strengthOf(password, known);
  if (strength && strength.score < 2) throw new PageError('password_guessable');
}
