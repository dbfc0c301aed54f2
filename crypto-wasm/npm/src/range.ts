import { abortSignal, count, json, reading, recordOf } from './arguments.js';
import { engine, Held } from './engine.js';
import { invalid, PliError, sourceFailed } from './error.js';
import { HEADER } from './layout.js';
import { readerOf, sealedSource, sliceReader } from './reader.js';
import { rangeOpenedByHost, rangeOpenedByWasm } from './segments.js';
import { aborted, converted, unlessAborted } from './stream.js';
import type { FileDescriptor } from './types.js';
import { type Engine, hostFor } from './webcrypto.js';

/**
 * Opens the bytes from `start` up to and without `end`, fetching no more than the header and the
 * segments that hold them (FORMAT.md §13.3).
 *
 * The policy is not checked, since the first bytes may not be among them: open parts of such files
 * only as have passed.
 *
 * @param start Where in the file to begin, in bytes.
 * @param end Where to end; no more than the file's size.
 * @param fetchRange Gives the sealed bytes from `start` up to and without `endExclusive`, twice: the
 * first 40, then the segments. A Response must be a success.
 * @param options.signal Cancels: also what `fetchRange` has under way, if it heeds the signal.
 * @throws {PliError} `file_corrupted`, `source_failed` when `fetchRange` throws or what it gave can't
 * be read, `invalid_argument` for a range outside of the file or too long for memory, a bad
 * descriptor, or a Response that isn't a success; `aborted`; `not_supported` for an engine that
 * the host lacks.
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
  const { described, from, to, signal, subtle } = reading(() => {
    const { signal, engine: choice } = recordOf(options, 'options', ['signal', 'engine']);
    if (typeof fetchRange !== 'function') throw invalid('fetchRange must be a function');
    return {
      described: json(descriptor, 'descriptor'),
      from: count(start, 'start'),
      to: count(end, 'end'),
      signal: abortSignal(signal),
      subtle: hostFor(choice),
    };
  });

  const fetched = async (from: number, to: number) => {
    let answer: Uint8Array | Response;
    try {
      answer = await fetchRange(from, to, signal === undefined ? {} : { signal });
    } catch (cause) {
      throw sourceFailed(cause);
    }
    const reader = reading(() => readerOf(sealedSource(answer)));
    try {
      const piece = await reader.read(to - from);
      if (from > 0 && isWhole(answer) && (await reader.read(1)).length > 0) {
        throw new PliError('source_failed', 'the server ignored the range: status 200, not 206');
      }
      return piece;
    } finally {
      reader.cancel(undefined).catch(() => {});
    }
  };

  const { FileRange } = await engine();
  const range = new Held(() => new FileRange(described, from, to), 'file');
  try {
    const opened = spaceFor(to - from);
    if (opened.length === 0) return await unlessAborted(signal, async () => opened);
    const { sealedStart, sealedEnd } = range.run(({ sealedStart, sealedEnd }) => ({
      sealedStart,
      sealedEnd,
    }));
    const header = await unlessAborted(signal, () => fetched(0, HEADER));
    range.run((handle) => handle.readHeader(header));
    const sealed = await unlessAborted(signal, () => fetched(sealedStart, sealedEnd));
    const segments =
      subtle === undefined ? rangeOpenedByWasm(range) : rangeOpenedByHost(range, subtle);
    let at = 0;
    for await (const piece of converted(segments, sliceReader(sealed))) {
      opened.set(piece, at);
      at += piece.length;
    }
    if (at < opened.length) throw new PliError('internal', 'a range was opened only in part');
    if (signal?.aborted === true) throw aborted(signal);
    return opened;
  } catch (cause) {
    throw signal?.aborted === true ? aborted(signal) : PliError.from(cause);
  } finally {
    range.free();
  }
}

/** Whether a server says of its answer that it is the whole, not the range. */
function isWhole(answer: Uint8Array | Response): boolean {
  return answer instanceof Response && answer.status === 200;
}

function spaceFor(length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new PliError('invalid_argument', `there is no memory for a range of ${length} bytes`, {
      cause,
    });
  }
}
