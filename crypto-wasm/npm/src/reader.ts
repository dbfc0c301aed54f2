import { bytes, count } from './arguments.js';
import { invalid, sourceFailed } from './error.js';

/** @internal Bytes that are read in pieces of exact length. */
export interface Reader {
  /** A copy of the next `length` bytes; of fewer only at the end. */
  read(length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Says that no more is wanted. */
  cancel(reason: unknown): Promise<void>;
}

/** @internal Reads a Blob, a slice at a time. */
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

/** @internal A reader and the length of what it reads, as far as the source or the caller says. */
export function readerOf(
  source: Blob | Uint8Array | ReadableStream<Uint8Array>,
  size: number | undefined,
): { reader: Reader; size: number } {
  if (source instanceof Blob) {
    return { reader: blobReader(source), size: count(source.size, 'the size of the Blob') };
  }
  if (source instanceof ReadableStream) {
    if (size === undefined) throw invalid('size is required for a stream');
    const length = count(size, 'size');
    return { reader: streamReader(source), size: length };
  }
  const plain = bytes(source, 'source');
  return { reader: sliceReader(plain), size: plain.length };
}

/** @internal Reads sealed bytes; those of a Response when it is a success. */
export function sealedReader(source: ReadableStream<Uint8Array> | Response | Uint8Array): Reader {
  if (source instanceof Response) {
    if (!source.ok) throw invalid(`the response has status ${source.status}`);
    if (source.bodyUsed) throw invalid('the body of the response has been read');
    return source.body === null ? sliceReader(new Uint8Array()) : streamReader(source.body);
  }
  return source instanceof ReadableStream
    ? streamReader(source)
    : sliceReader(bytes(source, 'source'));
}
