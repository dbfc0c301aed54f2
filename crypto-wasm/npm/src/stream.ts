import { whenAborted } from './arguments.js';
import { PliError } from './error.js';
import type { Reader } from './reader.js';
import type { Segments } from './segments.js';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * @internal Reads segment after segment and converts them, as many at a time as the engine takes,
 * and gives out what becomes of them in their order, each when all before it are out.
 */
export async function* converted(segments: Segments, reader: Reader): AsyncGenerator<Bytes> {
  const begun: Promise<Bytes>[] = [];
  let read: Promise<unknown> = Promise.resolve();
  for (let next = 0; ;) {
    for (let length; begun.length < segments.width; next += 1) {
      length = segments.length(next);
      if (length === undefined) break;
      const [segment, wanted] = [next, length];
      const bytes = read.then(() => reader.read(wanted));
      const outcome = bytes.then((bytes) => segments.convert(segment, bytes));
      outcome.catch(() => {}); // It is awaited in its turn, or not at all.
      begun.push(outcome);
      read = bytes;
    }
    const first = begun.shift();
    if (first === undefined) return;
    yield await first;
  }
}

/** @internal A stream over the segments, which are made as they are asked for. */
export function streamOf(
  segments: AsyncGenerator<Bytes>,
  reader: Reader,
  signal: AbortSignal | undefined,
  progress: (bytes: Bytes) => Promise<void>,
  failed?: (cause: PliError) => void,
): ReadableStream<Bytes> {
  let over = false;
  let unhear: (() => void) | undefined;
  const end = () => {
    over = true;
    unhear?.();
  };
  const fail = (controller: ReadableStreamDefaultController<Bytes>, cause: unknown) => {
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
        const stop = () => fail(controller, aborted(signal));
        if (signal?.aborted === true) stop();
        else if (signal !== undefined) unhear = whenAborted(signal, stop);
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
          controller.enqueue(next.value);
          await progress(next.value);
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

/** @internal What the work comes to, unless the signal is faster. */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return await work();
  let unhear: (() => void) | undefined;
  const abortion = new Promise<never>((_, reject) => {
    unhear = whenAborted(signal, () => reject(aborted(signal)));
  });
  try {
    if (signal.aborted) throw aborted(signal);
    return await Promise.race([work(), abortion]);
  } finally {
    unhear?.();
  }
}

/** @internal The error of a call that was aborted. */
export function aborted(signal: AbortSignal | undefined): PliError {
  return new PliError('aborted', 'the call was aborted', { cause: signal?.reason });
}
