import { bytes, count } from './arguments.js';
import { invalid } from './error.js';

/** @internal Bytes that are read in pieces of exact length. */
export interface Reader {
  /** The next `length` bytes; fewer only at the end. */
  read(length: number): Promise<Uint8Array>;
  /** Says that no more is wanted. */
  cancel(reason: unknown): Promise<void>;
}

/** @internal Reads a Blob or bytes, a slice at a time. */
export function sliceReader(source: Blob | Uint8Array): Reader {
  let at = 0;
  return {
    async read(length) {
      const slice = source.slice(at, at + length);
      const piece = slice instanceof Uint8Array ? slice : new Uint8Array(await slice.arrayBuffer());
      at += piece.length;
      return piece;
    },
    async cancel() {},
  };
}

/** @internal Reads a stream, whatever the length of its chunks. */
export function streamReader(source: ReadableStream<Uint8Array>): Reader {
  if (source.locked) throw invalid('the stream is locked to another reader');
  const reader = source.getReader();
  let chunk: Uint8Array = new Uint8Array();
  return {
    async read(length) {
      const piece = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        if (chunk.length === 0) {
          const next = await reader.read();
          if (next.done) break;
          chunk = bytes(next.value, 'a chunk of the stream');
          continue;
        }
        const part = chunk.subarray(0, length - filled);
        piece.set(part, filled);
        filled += part.length;
        chunk = chunk.subarray(part.length);
      }
      return piece.subarray(0, filled);
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

/** @internal A reader and the length of what it reads, as far as the source or the caller says. */
export function readerOf(
  source: Blob | Uint8Array | ReadableStream<Uint8Array>,
  size: number | undefined,
): { reader: Reader; size: number } {
  if (source instanceof Blob) return { reader: sliceReader(source), size: source.size };
  if (source instanceof ReadableStream) {
    if (size === undefined) throw invalid('size is required for a stream');
    return { reader: streamReader(source), size: count(size, 'size') };
  }
  return { reader: sliceReader(bytes(source, 'source')), size: source.length };
}
