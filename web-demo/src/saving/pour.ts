import type { Download } from '../api/download';
import { PageError } from '../failure';
import type { Sink } from './sink';

/**
 * Lets a download run into a sink as it comes; there it appears only when it is whole. `onBytes`
 * begins with the 0 bytes of a download that has begun.
 */
export async function pour(
  begin: () => Promise<Download>,
  sink: Sink,
  onBytes: (done: number) => void,
  signal: AbortSignal,
): Promise<void> {
  let download: Download | undefined;
  const stop = () => download?.stop();
  const giveUp = () => {
    stop();
    // It may be waiting for a disk that takes nothing more.
    void sink.abort();
  };
  signal.addEventListener('abort', giveUp);
  try {
    download = await begin();
    let done = 0;
    onBytes(done);
    for (let bytes; !signal.aborted && (bytes = await download.pull());) {
      onBytes((done += bytes.length));
      await sink.write(bytes);
    }
    signal.throwIfAborted();
    await sink.close();
  } catch (cause) {
    await sink.abort();
    throw signal.aborted ? new PageError('cancelled') : cause;
  } finally {
    signal.removeEventListener('abort', giveUp);
    stop();
  }
}
