import { abortSignal, count, json, record, text } from './arguments.js';
import { engine, type Engine } from './engine.js';
import { guarded, invalid, PliError } from './error.js';
import { type Reader, readerOf, sliceReader, streamReader } from './reader.js';
import type { FileDescriptor, FilePolicy } from './types.js';

const HEADER = 40;
const TAG = 16;
const SEGMENT = 1 << 20;

/** Options that sealing and opening share. */
export interface FileOptions {
  signal?: AbortSignal;
  /** Plaintext bytes done, of how many. */
  onProgress?: (done: number, total: number) => void;
  policy?: FilePolicy;
  engine?: Engine;
}

/** A file on its way to the server. */
export interface SealedFile {
  /** Bytes that `stream` will give. */
  sealedSize: number;
  stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Resolves when the stream has been read to its end. */
  descriptor: Promise<FileDescriptor>;
}

/**
 * Seals a file as a stream, in constant memory (FORMAT.md §13). Upload `stream`, then seal a letter
 * with `descriptor`.
 *
 * @throws {PliError} `invalid_argument` at once; in the stream and the descriptor `file_refused`
 * by the policy, `size_mismatch` when a stream isn't as long as said, `aborted`.
 */
export function sealFile(
  source: Blob | Uint8Array | ReadableStream<Uint8Array>,
  options: { name: string; mediaType: string; size?: number } & FileOptions,
): SealedFile {
  const name = text(record(options, 'options').name, 'name');
  const mediaType = bareMediaType(text(options.mediaType, 'mediaType'));
  const policy = policyJson(options.policy);
  const signal = abortSignal(options.signal);
  const { reader, size } = readerOf(source, options.size);
  let described!: (descriptor: FileDescriptor) => void;
  let failed!: (cause: unknown) => void;
  const descriptor = new Promise<FileDescriptor>((resolve, reject) => {
    described = resolve;
    failed = reject;
  });
  descriptor.catch(() => {}); // The stream fails too: one unhandled rejection would be one too many.

  async function* segments(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { FileSealer } = await engine(options.engine);
    const sealer = guarded(() => new FileSealer(name, mediaType, size, policy));
    try {
      for (let length; (length = sealer.nextLength) !== undefined;) {
        const plaintext = await reader.read(length);
        if (plaintext.length < length) throw mismatch('shorter');
        yield guarded(() => sealer.sealSegment(plaintext));
      }
      if ((await reader.read(1)).length > 0) throw mismatch('longer');
      described(JSON.parse(guarded(() => sealer.finish())) as FileDescriptor);
    } finally {
      sealer.free();
    }
  }

  const progress = (done: number) => options.onProgress?.(plaintextBytes(done), size);
  return {
    sealedSize: sealedLength(size),
    stream: streamOf(segments(), reader, signal, progress, failed),
    descriptor,
  };
}

/**
 * Opens a sealed file as a stream, in constant memory. Every byte that it gives has been verified;
 * a file is whole only when the stream has ended without an error.
 *
 * @throws {PliError} in the stream: `file_corrupted` when it was altered, reordered, cut or
 * extended, `file_refused` by the policy, `aborted`, `invalid_argument` for a bad descriptor or a
 * Response that isn't a success.
 */
export function openFile(
  descriptor: FileDescriptor,
  source: ReadableStream<Uint8Array> | Response | Uint8Array,
  options: FileOptions = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const described = json(descriptor, 'descriptor');
  const policy = policyJson(record(options, 'options').policy);
  const signal = abortSignal(options.signal);
  const reader = sealedReader(source);

  async function* segments(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { FileOpener } = await engine(options.engine);
    const opener = guarded(() => new FileOpener(described, policy));
    try {
      for (let length; (length = opener.nextLength) !== undefined;) {
        const sealed = await reader.read(length);
        yield guarded(() => opener.openSegment(sealed));
      }
      if ((await reader.read(1)).length > 0) {
        throw new PliError('file_corrupted', 'the file goes on after its last segment');
      }
    } finally {
      opener.free();
    }
  }

  const progress = (done: number) => options.onProgress?.(done, descriptor.size);
  return streamOf(segments(), reader, signal, progress);
}

/**
 * Opens the bytes from `start` up to and without `end`, fetching no more than the segments that
 * hold them.
 *
 * @param fetchRange Gives the sealed bytes from `start` up to and without `endExclusive`.
 * @throws {PliError} `file_corrupted`, `invalid_argument` for a range outside the file, `aborted`.
 */
export async function openFileRange(
  descriptor: FileDescriptor,
  start: number,
  end: number,
  fetchRange: (
    start: number,
    endExclusive: number,
    options: { signal?: AbortSignal },
  ) => Promise<Uint8Array | Response> | Uint8Array | Response,
  options: { signal?: AbortSignal; engine?: Engine } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const signal = abortSignal(record(options, 'options').signal);
  if (typeof fetchRange !== 'function') throw invalid('fetchRange must be a function');
  const fetched = async (from: number, to: number) => {
    const answer = await fetchRange(from, to, signal === undefined ? {} : { signal });
    const reader = sealedReader(answer);
    const piece = await reader.read(to - from);
    reader.cancel(undefined).catch(() => {});
    return piece;
  };
  const { FileRange } = await engine(options.engine);
  const range = guarded(
    () => new FileRange(json(descriptor, 'descriptor'), count(start, 'start'), count(end, 'end')),
  );
  try {
    const opened = new Uint8Array(end - start);
    if (opened.length === 0) return opened;
    const header = await unlessAborted(signal, () => fetched(0, range.headerLength));
    guarded(() => range.readHeader(header));
    const { sealedStart, sealedEnd } = range;
    const sealed = await unlessAborted(signal, () => fetched(sealedStart, sealedEnd));
    const reader = sliceReader(sealed);
    for (let at = 0, length; (length = range.nextLength) !== undefined;) {
      const segment = await reader.read(length);
      const piece = guarded(() => range.openSegment(segment));
      opened.set(piece, at);
      at += piece.length;
    }
    return opened;
  } catch (cause) {
    throw signal?.aborted === true ? aborted(signal) : PliError.from(cause);
  } finally {
    range.free();
  }
}

function policyJson(policy: FilePolicy | undefined): string | undefined {
  if (policy === undefined) return undefined;
  return policy === 'any' ? '"any"' : json(policy, 'policy');
}

/** Without parameters, which a Blob's type may have, and in lower case. */
function bareMediaType(mediaType: string): string {
  return mediaType.split(';', 1)[0]!.trim().toLowerCase();
}

/** Sealed bytes of a file of `size` plaintext bytes (FORMAT.md §13). */
function sealedLength(size: number): number {
  const segments = Math.max(1, Math.ceil((size + HEADER) / (SEGMENT - TAG)));
  return size + HEADER + segments * TAG;
}

/** Plaintext bytes in the first `sealed` bytes, which end at the edge of a segment. */
function plaintextBytes(sealed: number): number {
  return sealed === 0 ? 0 : sealed - HEADER - Math.ceil(sealed / SEGMENT) * TAG;
}

function sealedReader(source: ReadableStream<Uint8Array> | Response | Uint8Array): Reader {
  if (source instanceof Response) {
    if (!source.ok) throw invalid(`the response has status ${source.status}`);
    return source.body === null ? sliceReader(new Uint8Array()) : streamReader(source.body);
  }
  return source instanceof ReadableStream
    ? streamReader(source)
    : readerOf(source, undefined).reader;
}

/** A stream over the segments, which are made as they are asked for. */
function streamOf(
  segments: AsyncGenerator<Uint8Array<ArrayBuffer>>,
  reader: Reader,
  signal: AbortSignal | undefined,
  progress: (done: number) => void,
  failed?: (cause: PliError) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let done = 0;
  let over = false;
  let stop!: () => void;
  const end = () => {
    over = true;
    signal?.removeEventListener('abort', stop);
  };
  const fail = (controller: ReadableStreamDefaultController<Uint8Array>, cause: unknown) => {
    if (over) return;
    end();
    const error = PliError.from(cause);
    controller.error(error);
    failed?.(error);
    reader.cancel(error).catch(() => {});
    segments.return(undefined).catch(() => {});
  };
  return new ReadableStream(
    {
      start(controller) {
        stop = () => fail(controller, aborted(signal));
        if (signal?.aborted === true) stop();
        else signal?.addEventListener('abort', stop, { once: true });
      },
      async pull(controller) {
        try {
          const next = await segments.next();
          if (over) return;
          if (next.done === true) {
            end();
            controller.close();
            return;
          }
          done += next.value.length;
          controller.enqueue(next.value);
          progress(done);
        } catch (cause) {
          fail(controller, cause);
        }
      },
      async cancel(reason) {
        end();
        failed?.(new PliError('aborted', 'the stream was cancelled'));
        segments.return(undefined).catch(() => {});
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** What the work comes to, unless the signal is faster. */
async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return await work();
  let stop!: () => void;
  const abortion = new Promise<never>((_, reject) => {
    stop = () => reject(aborted(signal));
  });
  signal.addEventListener('abort', stop);
  try {
    if (signal.aborted) throw aborted(signal);
    return await Promise.race([work(), abortion]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function aborted(signal: AbortSignal | undefined): PliError {
  return new PliError('aborted', 'the call was aborted', { cause: signal?.reason });
}

function mismatch(how: string): PliError {
  return new PliError('size_mismatch', `the stream is ${how} than said`);
}
