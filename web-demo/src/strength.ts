import { type Remote, wrap } from 'comlink';
import { PageError } from './failure';
import { script } from './scripts';
import type { Estimator, Strength } from './strength.worker';

export type { Strength } from './strength.worker';

/** How long a form waits for an estimate. */
const PATIENCE = 5_000;

let estimator: Promise<Remote<Estimator>> | undefined;

/**
 * How hard a password is to guess for somebody who knows these words too. The lists of words come
 * with the first call, and stay in a worker of their own.
 */
export async function strengthOf(password: string, known: readonly string[]): Promise<Strength> {
  estimator ??= load().catch((cause: unknown) => {
    estimator = undefined;
    throw cause;
  });
  return await (await estimator).estimate(password, known);
}

async function load(): Promise<Remote<Estimator>> {
  const worker = new Worker(script('strength'), { type: 'module' });
  const remote = wrap<Estimator>(worker);
  const broken = new Promise<never>((_, reject) => worker.addEventListener('error', reject));
  await Promise.race([remote.ready(), broken]);
  return remote;
}

/** Refuses a password that would be guessed in no time. */
export async function refuseGuessable(password: string, known: readonly string[]): Promise<void> {
  if (password === '') return;
  // Without the lists of words there is no estimate, and the length has to do.
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE));
  const strength = await Promise.race([strengthOf(password, known).catch(() => undefined), late]);
  if (strength && strength.score < 2) throw new PageError('password_guessable');
}
