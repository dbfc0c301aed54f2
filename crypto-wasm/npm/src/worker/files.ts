import { abortSignal, bytes, count, record, text } from '../arguments.js';
import { invalid } from '../error.js';
import type { openFile, SealedFile, sealFile } from '../file.js';
import { sealedLength } from '../layout.js';
import type { openFileRange } from '../range.js';
import { remoteFunction } from './remote.js';

const seal =
  remoteFunction<(...args: Parameters<typeof sealFile>) => Promise<SealedFile>>('sealFile');
const open = remoteFunction<(...args: Parameters<typeof openFile>) => Promise<Opened>>('openFile');

const openRange = remoteFunction<typeof openFileRange>('openFileRange');

type Opened = ReturnType<typeof openFile>;

/** @internal `sealFile`, whose answer does not wait for the worker. */
export function remoteSealFile(...[source, options]: Parameters<typeof sealFile>): SealedFile {
  text(record(options, 'options').name, 'name');
  text(options.mediaType, 'mediaType');
  abortSignal(options.signal);
  const sealedSize = sealedLength(sizeOf(source, options.size));
  const sealed = seal(source, options);
  const descriptor = sealed.then((file) => file.descriptor);
  descriptor.catch(() => {}); // The stream fails too: one unhandled rejection would be one too many.
  return { sealedSize, stream: later(sealed.then((file) => file.stream)), descriptor };
}

/** @internal `openFile`, whose answer does not wait for the worker. */
export function remoteOpenFile(...args: Parameters<typeof openFile>): Opened {
  return later(open(...args));
}

/** @internal `openFileRange`, to which a `fetchRange` that throws is one that fails. */
export function remoteOpenFileRange(
  ...[descriptor, start, end, fetchRange, options]: Parameters<typeof openFileRange>
): ReturnType<typeof openFileRange> {
  const fetching =
    typeof fetchRange === 'function'
      ? async (...range: Parameters<typeof fetchRange>) => await fetchRange(...range)
      : fetchRange;
  return openRange(descriptor, start, end, fetching, options);
}

function sizeOf(source: Blob | Uint8Array | ReadableStream, size: number | undefined): number {
  if (source instanceof Blob) return source.size;
  if (!(source instanceof ReadableStream)) return bytes(source, 'source').length;
  if (source.locked) throw invalid('the stream is locked to another reader');
  if (size === undefined) throw invalid('size is required for a stream');
  return count(size, 'size');
}

/** The stream that is coming, as one to read from already. */
function later(coming: Promise<Opened>): Opened {
  const reading = coming.then((stream) => stream.getReader());
  reading.catch(() => {}); // Whoever reads hears of it.
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await (await reading).read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        await (await reading).cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
