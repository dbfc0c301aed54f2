import { type Remote, wrap } from 'comlink';
import { script } from '../scripts';
import type { Exposed } from './worker';

/** Longest wait for the worker with its WebAssembly, about a megabyte. */
const PATIENCE = 120_000;

/** The page's end of the crypto worker. */
export interface Vault {
  remote: Remote<Exposed>;
  /** Wipes the keys and ends the worker. */
  close(): Promise<void>;
}

/** Why the crypto worker could not start; for the reader it is one failure, whatever the cause. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  readonly code = 'vault_failed';
}

/** Starts the crypto worker and waits until it can compute. */
export async function openVault(): Promise<Vault> {
  const worker = new Worker(script('vault'), { type: 'module' });
  const remote = wrap<Exposed>(worker);
  const broken = new Promise<never>((_, reject) => {
    const fail = () => reject(new VaultError('the crypto worker failed, or took too long'));
    worker.addEventListener('error', fail, { once: true });
    setTimeout(fail, PATIENCE);
  });
  try {
    await Promise.race([remote.ready(), broken]);
  } catch (cause) {
    worker.terminate();
    throw new VaultError('the crypto worker did not start', { cause });
  }
  return {
    remote,
    async close() {
      await remote.keys.wipe();
      worker.terminate();
    },
  };
}
