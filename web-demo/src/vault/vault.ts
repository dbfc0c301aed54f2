import { type Remote, wrap } from 'comlink';
import { script } from '../scripts';
import { ApiError } from '../failure';
import type { Exposed } from './worker';

/** Longest wait for the worker with its WebAssembly, about a megabyte. */
const PATIENCE = 120_000;

/** The page's end of the crypto worker. */
export interface Vault {
  remote: Remote<Exposed>;
  /** Rejects when the keys are wiped: calls that are under way then are never answered. */
  closed: Promise<never>;
  /** Wipes the keys and ends the worker. */
  close(): Promise<void>;
}

/** Why the crypto worker could not start; for the reader it is one failure, whatever the cause. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  readonly code = 'vault_failed';
}

/** The one vault that a page has at a time: another one is opened when the last was closed. */
export class Vaults {
  #vault: Promise<Vault> | undefined;

  open(): Promise<Vault> {
    this.#vault ??= openVault().catch((cause: unknown) => {
      this.#vault = undefined;
      throw cause;
    });
    return this.#vault;
  }

  /** Opens one that will be needed soon, so that it is there when a form has been filled in. */
  prepare(): void {
    this.open().catch(() => {}); // The first call that needs it says what is wrong.
  }

  close(): void {
    this.#vault?.then((vault) => vault.close()).catch(() => {});
    this.#vault = undefined;
  }
}

/** Starts the crypto worker and waits until it can compute. */
async function openVault(): Promise<Vault> {
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
  let end!: (cause: unknown) => void;
  const closed = new Promise<never>((_, reject) => (end = reject));
  closed.catch(() => {}); // Whoever waits for an answer hears of it.
  return {
    remote,
    closed,
    async close() {
      end(new ApiError('session_ended'));
      try {
        await remote.keys.wipe();
      } finally {
        worker.terminate();
      }
    },
  };
}
