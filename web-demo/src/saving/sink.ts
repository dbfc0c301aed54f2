import { PageError } from '../failure';
import { LARGEST_IN_MEMORY, memorySink } from './memory';
import { pickedSink } from './picked';
import { streamSink } from './stream';

/** Where the bytes of a file go. */
export interface Sink {
  /** Takes bytes; resolves when it wants more. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The file is whole: it may appear. */
  close(): Promise<void>;
  /** The file is not to appear; ends a wait for the disk. Once is as good as twice. */
  abort(): Promise<void>;
}

/** Up to here a file is put together in memory, and appears only when it is whole. */
const SMALL = 32 * 1024 * 1024;

/**
 * The best way to the disk that this browser has: a file that is picked and written to, a download
 * streamed through a service worker, or else memory. Call it while a click is being dealt with. A
 * size that nobody knows beforehand may be any.
 */
export async function destination(name: string, size = Infinity): Promise<Sink> {
  if (size > SMALL) {
    const sink = (await pickedSink(name)) ?? (await streamSink(name, size));
    if (sink) return sink;
  }
  if (size > LARGEST_IN_MEMORY && size < Infinity) throw new PageError('file_too_large_here');
  return memorySink(name);
}
