import { bytes, count } from './arguments.js';
import { invalid, sourceFailed } from './error.js';

/** @internal Bytes that are read in pieces of exact length. */
export interface Reader {
  /** A copy of the next `length` bytes; of fewer only at the end. */
  read(length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Says that no more is wanted. */
  cancel(reason: unknown): Promise<void>;
}

/** Reads a Blob, a slice at a time. */
function blobReader(blob: Blob): Reader {
  let at = 0;
  return {
    async read(length) {
      try {
        const piece = new Uint8Array(await blob.slice(at, at + length).arrayBuffer());
        at += piece.length;
        return piece;
      } catch (cause) {
        throw sourceFailed(cause);
      }
    },
    async cancel() {},
  };
}

/** @internal Reads bytes, a slice at a time. */
export function sliceReader(source: Uint8Array): Reader {
  let at = 0;
  return {
    async read(length) {
      // The app may have given them away by now.
      const left = bytes(source, 'source').subarray(at, at + length);
      at += left.length;
      return new Uint8Array(left);
    },
    async cancel() {},
  };
}

/** Reads a stream, whatever the length of its chunks. */
function streamReader(source: ReadableStream<Uint8Array>): Reader {
  // Whatever a subclass has in place of getReader.
  const reader = new ReadableStreamDefaultReader(source);
  let chunk: Uint8Array = new Uint8Array();
  return {
    async read(length) {
      const piece = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        if (chunk.length === 0) {
          const next = await reader.read().catch((cause: unknown) => {
            throw sourceFailed(cause);
          });
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
    async cancel(reason) {
      await reader.cancel(reason).catch((cause: unknown) => {
        throw sourceFailed(cause);
      });
    },
  };
}

/** @internal What is read from: bytes that are there, or a stream that nobody else reads. */
export type Source = Blob | Uint8Array | ReadableStream<Uint8Array>;

/** @internal The argument, when it can be read from. */
export function sourceOf(
  source: unknown,
  kinds = 'a Blob, a Uint8Array or a ReadableStream',
): Source {
  if (source instanceof Blob) return source;
  if (!(source instanceof ReadableStream)) return bytes(source, 'source', kinds);
  if (source.locked) throw invalid('the stream is locked to another reader');
  return source as ReadableStream<Uint8Array>;
}

/** @internal The same for sealed bytes, which may be those of a Response when it is a success. */
export function sealedSource(source: unknown): Source {
  if (!(source instanceof Response)) {
    return sourceOf(source, 'a ReadableStream, a Response, a Blob or a Uint8Array');
  }
  if (!source.ok) throw invalid(`the response has status ${source.status}`);
  if (source.bodyUsed) throw invalid('the body of the response has been read');
  return sourceOf(source.body ?? new Uint8Array());
}

/** @internal How long a source is, as far as it or the caller says. */
export function lengthOf(source: Source, size: number | undefined): number {
  if (source instanceof Blob) return count(source.size, 'the size of the Blob');
  if (!(source instanceof ReadableStream)) return source.length;
  if (size === undefined) throw invalid('size is required for a stream');
  return count(size, 'size');
}

/** @internal Reads a source, whose stream is locked from now on. */
export function readerOf(source: Source): Reader {
  if (source instanceof Blob) return blobReader(source);
  return source instanceof ReadableStream ? streamReader(source) : sliceReader(source);
}
