import type { openFile, SealedFile, sealFile } from '../file.js';
import { opening, sealing } from '../file-call.js';
import { sealedLength } from '../layout.js';
import type { openFileRange } from '../range.js';
import type { Source } from '../reader.js';
import { remoteFunction } from './remote.js';

const seal = remoteFunction<(source: Source, options: object) => Promise<SealedFile>>('sealFile');
const open =
  remoteFunction<(descriptor: string, source: Source, options: object) => Promise<Opened>>(
    'openFile',
  );
const openRange = remoteFunction<typeof openFileRange>('openFileRange');

type Opened = ReturnType<typeof openFile>;

/** @internal `sealFile`, whose answer does not wait for the worker. */
export function remoteSealFile(...args: Parameters<typeof sealFile>): SealedFile {
  const { source, ...options } = sealing(...args);
  const sealed = seal(source, options);
  const descriptor = sealed.then((file) => file.descriptor);
  descriptor.catch(() => {}); // The stream fails too: one unhandled rejection would be one too many.
  return {
    sealedSize: sealedLength(options.size),
    stream: later(sealed.then((file) => file.stream)),
    descriptor,
  };
}

/** @internal `openFile`, whose answer does not wait for the worker. */
export function remoteOpenFile(...args: Parameters<typeof openFile>): Opened {
  const { descriptor, source, ...options } = opening(...args);
  return later(open(descriptor, source, options));
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
