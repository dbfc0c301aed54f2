import { PageError } from '../failure';
import type { Sink } from './sink';

/** Files larger than this can't be put together in memory. */
export const LARGEST_IN_MEMORY = 512 * 1024 * 1024;

/** Puts a file together in memory; the browser moves what is large to the disk by itself. */
export class Collected implements Sink {
  #pieces: Blob[] = [];
  #size = 0;

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#size += bytes.length;
    if (this.#size > LARGEST_IN_MEMORY) throw new PageError('file_too_large_here');
    this.#pieces.push(new Blob([bytes]));
  }

  async close(): Promise<void> {}

  async abort(): Promise<void> {
    this.#pieces = [];
  }

  /** The file. Bytes without a type are never rendered as a page, whatever they hold. */
  blob(type = 'application/octet-stream'): Blob {
    return new Blob(this.#pieces, { type });
  }
}

/** A download of what has been put together. */
export function memorySink(name: string): Sink {
  const collected = new Collected();
  return {
    write: (bytes) => collected.write(bytes),
    abort: () => collected.abort(),
    async close() {
      download(collected.blob(), name);
    },
  };
}

/** Hands a file to the browser's downloads. */
export function download(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
