import { proxy, transfer } from 'comlink';
import type { Api } from './api/api';
import type { Download } from './api/download';
import type { Letter } from './conversation.svelte';
import { failureOf, PageError } from './failure';
import type { Sink } from './saving/sink';
import type { Vault } from './vault/vault';

/** Downloads and opens the file of a letter into a sink; says whether it is whole. */
export async function fetchFile(
  api: Api,
  vault: Vault,
  letter: Letter,
  sink: Sink,
): Promise<boolean> {
  const { outcome, fileId } = letter;
  if (outcome.kind !== 'opened' || outcome.content.kind !== 'file') return false;
  const { size: total, handle } = outcome.content;
  let download: Download | undefined;
  // What fails on this side of the worker, as it was before the worker passed it on.
  let failed: unknown;
  const noted = async <T>(work: Promise<T>): Promise<T> =>
    await work.catch((cause: unknown) => {
      failed ??= cause;
      throw cause;
    });
  const stop = () => {
    failed = new PageError('cancelled');
    download?.stop();
    // It may be waiting for a disk that takes nothing more.
    void sink.abort();
  };
  letter.failure = undefined;
  letter.fetching = { progress: { done: 0, total }, stop };
  try {
    if (fileId === undefined) throw new PageError('file_not_found');
    const coming = (download = api.download(fileId));
    const pieces = async () => {
      if (failed) throw failed;
      const piece = await noted(coming.pull());
      return piece && transfer(piece, [piece.buffer]);
    };
    const push = async (bytes: Uint8Array<ArrayBuffer>) => await noted(sink.write(bytes));
    const onBytes = (done: number) => {
      letter.fetching = { progress: { done, total }, stop };
    };
    await vault.remote.files.open(handle, proxy(pieces), proxy(push), proxy(onBytes));
    if (failed) throw failed;
    await sink.close();
    return true;
  } catch (cause) {
    await sink.abort();
    const failure = failureOf(failed ?? cause);
    letter.failure = failure.code === 'cancelled' ? undefined : failure;
    return false;
  } finally {
    download?.stop();
    letter.fetching = undefined;
  }
}
