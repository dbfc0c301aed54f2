import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { describe, test } from 'node:test';

import {
  type FileDescriptor,
  type FileOptions,
  openFile as openFileWith,
  openFileRange as openFileRangeWith,
  type PliError,
  sealFile as sealFileWith,
} from '@pli/crypto';

import { ENGINES } from '../support/engines.ts';
import { refused } from '../support/refused.ts';

const ANY = { name: 'a.bin', mediaType: 'application/x', policy: 'any' } as const;
const FIRST = (1 << 20) - 40 - 16;
const LATER = (1 << 20) - 16;

const read = async (stream: ReadableStream<Uint8Array>) =>
  new Uint8Array(
    await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
  );

const random = (size: number) => {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65536) randomFillSync(bytes, at, Math.min(65536, size - at));
  return bytes;
};

for (const engine of ENGINES) {
  describe(`with the engine ${engine}`, () => {
    type Label = { name: string; mediaType: string; size?: number };
    type Source = Blob | Uint8Array | ReadableStream<Uint8Array>;
    const sealFile = (source: Source, options: Label & FileOptions) =>
      sealFileWith(source, { engine, ...options });
    const openFile = (
      descriptor: FileDescriptor,
      source: ReadableStream<Uint8Array> | Response | Uint8Array,
      options: FileOptions = {},
    ) => openFileWith(descriptor, source, { engine, ...options });
    const openFileRange = (
      descriptor: FileDescriptor,
      start: number,
      end: number,
      fetchRange: Parameters<typeof openFileRangeWith>[3],
      options: { signal?: AbortSignal } = {},
    ) => openFileRangeWith(descriptor, start, end, fetchRange, { engine, ...options });
    async function sealed(plaintext: Uint8Array<ArrayBuffer>) {
      const file = sealFile(plaintext, ANY);
      return { bytes: await read(file.stream), descriptor: await file.descriptor };
    }

    const open = (descriptor: FileDescriptor, bytes: Uint8Array) =>
      read(openFile(descriptor, bytes, { policy: 'any' }));

    describe('a file', () => {
      for (const size of [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + LATER, FIRST + LATER + 1]) {
        test(`of ${size} bytes goes there and back`, async () => {
          const plaintext = random(size);
          const file = sealFile(plaintext, ANY);
          const bytes = await read(file.stream);
          const descriptor = await file.descriptor;
          assert.equal(bytes.length, file.sealedSize);
          assert.equal(descriptor.size, size);
          assert.deepEqual(await open(descriptor, bytes), plaintext);
        });
      }

      test('from a Blob and from a stream with odd chunks is the same file', async () => {
        const plaintext = random(FIRST + 12_345);
        const chunks = new ReadableStream<Uint8Array>({
          start(controller) {
            for (
              let at = 0, step = 1;
              at < plaintext.length;
              at += step, step = (step * 7) % 99_991
            ) {
              controller.enqueue(plaintext.slice(at, at + step));
            }
            controller.close();
          },
        });
        const sources: [Blob | ReadableStream<Uint8Array>, object][] = [
          [new Blob([plaintext]), {}],
          [chunks, { size: plaintext.length }],
        ];
        for (const [source, size] of sources) {
          const file = sealFile(source, { ...ANY, ...size });
          const bytes = await read(file.stream);
          const response = new Response(bytes);
          const opened = openFile(await file.descriptor, response, { policy: 'any' });
          assert.deepEqual(await read(opened), plaintext);
        }
      });

      test('reports its progress up to its size, both ways', async () => {
        const plaintext = random(FIRST + LATER + 5);
        const seen: number[] = [];
        const onProgress = (done: number, total: number) => {
          assert.equal(total, plaintext.length);
          seen.push(done);
        };
        const file = sealFile(plaintext, { ...ANY, onProgress });
        const bytes = await read(file.stream);
        assert.deepEqual(seen, [FIRST, FIRST + LATER, plaintext.length]);
        seen.length = 0;
        await read(openFile(await file.descriptor, bytes, { policy: 'any', onProgress }));
        assert.deepEqual(seen, [FIRST, FIRST + LATER, plaintext.length]);
      });

      test('is sealed as far as it is read, no further', async () => {
        let asked = 0;
        const source = new ReadableStream<Uint8Array>(
          {
            pull(controller) {
              asked += 1;
              controller.enqueue(new Uint8Array(1 << 20));
            },
          },
          { highWaterMark: 0 },
        );
        const { stream } = sealFile(source, { ...ANY, size: 1 << 30 });
        const reader = stream.getReader();
        await reader.read();
        const ahead = engine === 'wasm' ? 0 : 3;
        assert(asked <= 2 + ahead, `${asked} chunks were read for one segment`);
        await reader.cancel();
      });

      test('that is cut, extended, reordered or altered gives no byte of the bad segment', async () => {
        const plaintext = random(FIRST + 2 * LATER);
        const { bytes, descriptor } = await sealed(plaintext);
        const edge = 1 << 20;
        const swapped = new Uint8Array(bytes);
        swapped.set(bytes.subarray(2 * edge), edge);
        swapped.set(bytes.subarray(edge, 2 * edge), 2 * edge);
        const flipped = new Uint8Array(bytes);
        flipped[edge + 7]! ^= 1;
        const longer = new Uint8Array(bytes.length + 1);
        longer.set(bytes);
        for (const bad of [
          bytes.subarray(0, -1),
          bytes.subarray(0, edge),
          longer,
          swapped,
          flipped,
        ]) {
          await refused('file_corrupted', () => open(descriptor, bad));
        }
        const reader = openFile(descriptor, flipped, { policy: 'any' }).getReader();
        assert.equal((await reader.read()).value?.length, FIRST);
        await refused('file_corrupted', () => reader.read());
      });

      test('opens by ranges, fetching what it needs', async () => {
        const plaintext = random(FIRST + 3 * LATER);
        const { bytes, descriptor } = await sealed(plaintext);
        const ranges = [
          [0, 0],
          [0, 1],
          [FIRST - 1, FIRST + 1],
          [FIRST + LATER, FIRST + 2 * LATER],
          [5, plaintext.length],
          [plaintext.length - 1, plaintext.length],
        ] as const;
        for (const [start, end] of ranges) {
          let fetched = 0;
          const range = await openFileRange(descriptor, start, end, async (from, to) => {
            fetched += to - from;
            return bytes.slice(from, to);
          });
          assert.deepEqual(range, plaintext.slice(start, end));
          assert(fetched <= end - start + 2 * (1 << 20) + 40 + 64, `${fetched} bytes were fetched`);
        }
        const whole = async (from: number, to: number) => bytes.slice(from, to);
        await refused('invalid_argument', () => openFileRange(descriptor, 2, 1, whole));
        await refused('invalid_argument', () =>
          openFileRange(descriptor, 0, plaintext.length + 1, whole),
        );
        await refused('file_corrupted', () =>
          openFileRange(descriptor, 0, 9, async (from, to) => bytes.slice(from, to - 1)),
        );
      });
    });

    describe('a source', () => {
      test('of another size than said is a mismatch', async () => {
        for (const size of [9, 11]) {
          const source = new Blob([new Uint8Array(10)]).stream();
          const file = sealFile(source, { ...ANY, size });
          await refused('size_mismatch', () => read(file.stream));
          await refused('size_mismatch', () => file.descriptor);
        }
      });

      test('that fails, fails the stream and the descriptor', async () => {
        const source = new ReadableStream<Uint8Array>({
          pull: (controller) => controller.error(new Error('unplugged')),
        });
        const file = sealFile(source, { ...ANY, size: 5 });
        await refused('source_failed', () => read(file.stream));
        await refused('source_failed', () => file.descriptor);
      });

      test('that gives something else than bytes is refused', async () => {
        const source = new ReadableStream<unknown>({
          pull: (controller) => controller.enqueue('text'),
        }) as ReadableStream<Uint8Array>;
        await refused('invalid_argument', () => read(sealFile(source, { ...ANY, size: 4 }).stream));
        await refused('invalid_argument', () => sealFile(Object('text'), ANY).stream);
        await refused('invalid_argument', () => sealFile(source, ANY));
      });

      test('is let go when the call is aborted or the stream cancelled', async () => {
        for (const end of ['abort', 'cancel'] as const) {
          let cancelled = false;
          const source = new ReadableStream<Uint8Array>({
            cancel: () => {
              cancelled = true;
            },
          });
          const abort = new AbortController();
          const file = sealFile(source, { ...ANY, size: 5, signal: abort.signal });
          const reader = file.stream.getReader();
          const first = reader.read();
          if (end === 'abort') {
            abort.abort();
            await refused('aborted', () => first);
          } else {
            await reader.cancel();
          }
          await refused('aborted', () => file.descriptor);
          assert(cancelled);
        }
      });
    });

    describe('the policy', () => {
      const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
      const seal = (bytes: Uint8Array, name: string, mediaType: string) =>
        read(sealFile(bytes, { name, mediaType }).stream);

      test('lets the six kinds of file through', async () => {
        await seal(Buffer.from('hello'), 'a.txt', 'text/plain');
        await seal(Buffer.from('hello'), 'a.txt', 'Text/Plain; charset=utf-8');
        await seal(Buffer.from('%PDF-1.4'), 'a.pdf', 'application/pdf');
        await seal(PNG, 'A.PNG', 'image/png');
        await seal(Buffer.from('ffd8ffe000104a464946', 'hex'), 'a.jpeg', 'image/jpeg');
        await seal(Buffer.from('GIF89a....'), 'a.gif', 'image/gif');
      });

      test('refuses names, media types and bytes that disagree', async () => {
        await refused('file_refused', () => seal(PNG, 'a.pdf', 'application/pdf'));
        await refused('file_refused', () => seal(PNG, 'a.png', 'text/html'));
        await refused('file_refused', () => seal(PNG, 'a.svg', 'image/svg+xml'));
        await refused('file_refused', () => seal(PNG, 'png', 'image/png'));
        await refused('file_refused', () => seal(Buffer.from('<svg/>'), 'a.png', 'image/png'));
        await refused('file_refused', () => seal(Buffer.from('\0\0'), 'a.txt', 'text/plain'));
        await refused('file_refused', () => seal(new Uint8Array(), 'a.png', 'image/png'));
        await refused('file_refused', () => seal(Buffer.from('hello'), 'a.txt', ''));
      });

      test('takes a type that the browser does not know for bytes of any kind', async () => {
        const unknown = new File(['hello'], 'a.xyz');
        const { name, type: mediaType } = unknown;
        const file = sealFile(unknown, { name, mediaType, policy: 'any' });
        await read(file.stream);
        assert.equal((await file.descriptor).media_type, 'application/octet-stream');
      });

      test('is checked on opening again', async () => {
        const bytes = Buffer.from('<html>');
        const file = sealFile(bytes, { name: 'a.png', mediaType: 'image/png', policy: 'any' });
        const sealedBytes = await read(file.stream);
        const descriptor = await file.descriptor;
        await refused('file_refused', () => read(openFile(descriptor, sealedBytes)));
        assert.deepEqual(Buffer.from(await open(descriptor, sealedBytes)), bytes);
      });

      test('can be widened', async () => {
        const policy = [{ extensions: ['csv'], mediaType: 'text/csv', magic: [] }];
        const file = sealFile(Buffer.from('a,b'), { name: 'a.csv', mediaType: 'text/csv', policy });
        const bytes = await read(file.stream);
        const descriptor = await file.descriptor;
        await refused('file_refused', () => read(openFile(descriptor, bytes)));
        assert.equal(
          Buffer.from(await read(openFile(descriptor, bytes, { policy }))).toString(),
          'a,b',
        );
      });
    });

    describe('a call that can not go on', () => {
      test('says so whatever the source throws, and keeps the cause', async () => {
        const unplugged = Object.assign(new Error('/secret/path'), { code: 'ENOENT' });
        const source = new ReadableStream<Uint8Array>({
          pull: (controller) => controller.error(unplugged),
        });
        await assert.rejects(
          read(sealFile(source, { ...ANY, size: 5 }).stream),
          (error: PliError) => {
            assert.equal(error.code, 'source_failed');
            assert.equal(error.cause, unplugged);
            assert(!error.message.includes('/secret/path'));
            return true;
          },
        );
      });

      test('refuses detached bytes, locked streams and what is no signal', async () => {
        const detached = new Uint8Array(10);
        structuredClone(detached.buffer, { transfer: [detached.buffer] });
        await refused('invalid_argument', () => sealFile(detached, ANY));
        const locked = new Blob(['x']).stream();
        locked.getReader();
        await refused('invalid_argument', () => sealFile(locked, { ...ANY, size: 1 }));
        const signal = Object(0) as AbortSignal;
        await refused('invalid_argument', () => sealFile(new Uint8Array(1), { ...ANY, signal }));
      });

      test('ends at once when a range is aborted while it is being fetched', async () => {
        const { descriptor } = await sealed(random(10));
        const abort = new AbortController();
        const range = openFileRange(
          descriptor,
          0,
          5,
          () => {
            abort.abort();
            return new Promise<never>(() => {});
          },
          { signal: abort.signal },
        );
        await refused('aborted', () => range);
      });

      test('lets go of an answer that is longer than what was asked for', async () => {
        const { bytes, descriptor } = await sealed(random(10));
        let cancelled = 0;
        const range = await openFileRange(descriptor, 0, 5, async (from, to) => {
          const body = new ReadableStream<Uint8Array>({
            start: (controller) => controller.enqueue(bytes.slice(from, to)),
            cancel: () => {
              cancelled += 1;
            },
          });
          return new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>);
        });
        assert.equal(range.length, 5);
        assert.equal(cancelled, 2);
      });
    });
  });
}
