import { callback, reading } from './arguments.js';
import { engine, Held } from './engine.js';
import { PliError } from './error.js';
import { opening, sealing } from './file-call.js';
import { plaintextBytes, sealedLength } from './layout.js';
import { readerOf } from './reader.js';
import { openedByHost, openedByWasm, sealedByHost, sealedByWasm } from './segments.js';
import { converted, streamOf } from './stream.js';
import type { FileDescriptor, FilePolicy } from './types.js';
import { type Engine, hostFor } from './webcrypto.js';

/** Options that sealing and opening share. */
export interface FileOptions {
  /** Cancels, at any moment: the stream fails with `aborted`, and its source is cancelled. */
  signal?: AbortSignal;
  /**
   * Plaintext bytes done, of how many. It is awaited; what it throws or rejects with fails the stream
   * with `invalid_argument`.
   */
  onProgress?: (done: number, total: number) => unknown;
  /** Which files are taken; the six kinds of {@link FilePolicy} unless said. */
  policy?: FilePolicy;
  /** `auto` unless said; {@link fileEngine} says what that is. */
  engine?: Engine;
}

/** A file on its way to the server. */
export interface SealedFile {
  /** Bytes that `stream` will give. */
  sealedSize: number;
  /** The sealed bytes, in pieces of a mebibyte. Cancel it when it isn't read to its end. */
  stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Resolves when the stream has been read to its end, and fails when the stream does. */
  descriptor: Promise<FileDescriptor>;
}

/**
 * Seals a file as a stream, in constant memory (FORMAT.md §13): as far as the stream is read, and
 * up to four mebibytes ahead of that. Upload `stream`, in pieces as you read it, since not every
 * browser takes it as the body of a `fetch`; then seal a letter with `descriptor`.
 *
 * @param options.name 1 to 255 bytes, without a path.
 * @param options.mediaType `type/subtype`; parameters are dropped. The empty type, which a Blob of
 * unknown type has, is `application/octet-stream`.
 * @param options.size Bytes that a stream has, at most 16 GiB; others know it.
 * @throws {PliError} `invalid_argument` at once, or `not_supported` for an engine that the host lacks;
 * in the stream and the descriptor `file_refused` by the policy, `size_mismatch` when the source
 * isn't as long as said, `source_failed` when it can't be read (`cause` says why), `aborted`, and
 * `invalid_argument` for a name or type that no file can have or a stream of something else than
 * bytes.
 */
export function sealFile(
  source: Blob | Uint8Array | ReadableStream<Uint8Array>,
  options: { name: string; mediaType: string; size?: number } & FileOptions,
): SealedFile {
  const call = sealing(source, options);
  const { name, mediaType, size, policy, signal } = call;
  const report = callback(call.onProgress, 'onProgress');
  const subtle = hostFor(call.engine);
  const reader = reading(() => readerOf(call.source));
  let described!: (descriptor: FileDescriptor) => void;
  let failed!: (cause: unknown) => void;
  const descriptor = new Promise<FileDescriptor>((resolve, reject) => {
    described = resolve;
    failed = reject;
  });
  descriptor.catch(() => {}); // The stream fails too: one unhandled rejection would be one too many.

  async function* segments(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { FileSealer } = await engine();
    const sealer = new Held(() => new FileSealer(name, mediaType, size, policy), 'file');
    try {
      yield* converted(
        subtle === undefined ? sealedByWasm(sealer) : await sealedByHost(sealer, subtle),
        reader,
      );
      if ((await reader.read(1)).length > 0) {
        throw new PliError('size_mismatch', 'the source goes on after its size');
      }
      described(JSON.parse(sealer.run((handle) => handle.finish())) as FileDescriptor);
    } finally {
      sealer.free();
    }
  }

  let sealed = 0;
  const progress = (piece: Uint8Array) => report(plaintextBytes((sealed += piece.length)), size);
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
 * @param descriptor From a letter that was opened.
 * @param source The sealed bytes; a Response must be a success.
 * @throws {PliError} `invalid_argument` at once for what is no descriptor or source or for a Response
 * that isn't a success, or `not_supported` for an engine that the host lacks; in the stream
 * `file_corrupted` when it was altered, reordered, cut or extended, `file_refused` by the policy,
 * `source_failed` when the source can't be read (`cause` says why), `aborted`, and
 * `invalid_argument` for a malformed descriptor or policy.
 */
export function openFile(
  descriptor: FileDescriptor,
  source: ReadableStream<Uint8Array> | Response | Blob | Uint8Array,
  options: FileOptions = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const call = opening(descriptor, source, options);
  const { policy, signal } = call;
  const report = callback(call.onProgress, 'onProgress');
  const subtle = hostFor(call.engine);
  const reader = reading(() => readerOf(call.source));
  let size = 0;

  async function* segments(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { FileOpener } = await engine();
    const opener = new Held(() => new FileOpener(call.descriptor, policy), 'file');
    try {
      size = opener.run((handle) => handle.size);
      yield* converted(
        subtle === undefined ? openedByWasm(opener) : openedByHost(opener, subtle),
        reader,
      );
      if ((await reader.read(1)).length > 0) {
        throw new PliError('file_corrupted', 'the file goes on after its last segment');
      }
    } finally {
      opener.free();
    }
  }

  let opened = 0;
  const progress = (piece: Uint8Array) => report((opened += piece.length), size);
  return streamOf(segments(), reader, signal, progress);
}
