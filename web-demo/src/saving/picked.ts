import { PageError } from '../failure';
import type { Sink } from './sink';

declare global {
  interface Window {
    showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
  }
}

/**
 * A file that the reader picks; undefined where the browser has no such picker, or does not show it
 * because the click is too long ago.
 */
export async function pickedSink(name: string): Promise<Sink | undefined> {
  if (!window.showSaveFilePicker) return undefined;
  const file = await window.showSaveFilePicker({ suggestedName: name }).catch((cause: unknown) => {
    const why = cause instanceof DOMException ? cause.name : 'AbortError';
    if (why === 'SecurityError') return undefined;
    throw new PageError(why === 'AbortError' ? 'cancelled' : 'disk_refused');
  });
  if (!file) return undefined;
  const writable = await file.createWritable().catch(refused);
  return {
    write: (bytes) => writable.write(bytes).catch(refused),
    close: () => writable.close().catch(refused),
    // What was written so far goes with it.
    abort: () => writable.abort().catch(() => {}),
  };
}

function refused(): never {
  throw new PageError('disk_refused');
}
