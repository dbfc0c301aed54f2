import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { type FileDescriptor, openFile, sealFile } from '@pli/crypto';

import { python } from '../support/python.ts';
import { refused } from '../support/refused.ts';

const SEGMENT = 1 << 20;
/** Plaintext bytes in the first segment, and in each later one. */
const FIRST = SEGMENT - 40 - 16;
const LATER = SEGMENT - 16;
const ANY = { name: 'a.bin', mediaType: 'application/x', policy: 'any' } as const;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pli-tink-'));
});
after(() => rm(folder, { recursive: true }));

async function tink(
  verb: 'seal' | 'open',
  key: string,
  source: Uint8Array,
  parameters: string[] = [],
): Promise<Buffer> {
  const [input, output] = [join(folder, 'source'), join(folder, 'target')];
  await writeFile(input, source);
  await python('tink_file.py', [verb, key, input, output, ...parameters]);
  return await readFile(output);
}

/** Has Tink seal a file, describes it as an honest sender would, and opens it. */
async function opened(plaintext: Uint8Array, parameters?: string[]): Promise<Buffer> {
  const key = randomBytes(32).toString('base64url');
  const sealed = await tink('seal', key, plaintext, parameters);
  const digests = [];
  for (let at = 0; at < sealed.length; at += SEGMENT) {
    const segment = sealed.subarray(at, at + SEGMENT);
    digests.push(createHash('sha256').update(segment).digest('base64url'));
  }
  const descriptor: FileDescriptor = {
    name: 'a.bin',
    media_type: 'application/x',
    size: plaintext.length,
    key,
    digests,
  };
  return await read(openFile(descriptor, sealed, { policy: 'any' }));
}

const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
  Buffer.from(await new Response(stream).arrayBuffer());

const EDGES = [FIRST, FIRST + LATER].flatMap((edge) => [edge - 1, edge, edge + 1]);

for (const size of [0, 1, ...EDGES, FIRST + 2 * LATER + 1]) {
  test(`Tink for Python opens a sealed file of ${size} bytes`, async () => {
    const plaintext = randomBytes(size);
    const file = sealFile(plaintext, ANY);
    const sealed = await read(file.stream);
    const { key } = await file.descriptor;
    assert((await tink('open', key, sealed)).equals(plaintext));
  });

  test(`a file of ${size} bytes that Tink for Python sealed opens`, async () => {
    const plaintext = randomBytes(size);
    assert((await opened(plaintext)).equals(plaintext));
  });
}

test('Tink for Python refuses a sealed file with one bit flipped', async () => {
  const file = sealFile(new Uint8Array(100), ANY);
  const sealed = await read(file.stream);
  sealed[sealed.length - 1]! ^= 1;
  const { key } = await file.descriptor;
  await assert.rejects(tink('open', key, sealed));
});

// All is as it should be but the parameters that the bytes are sealed in (FORMAT.md §13.1).
describe('a file that Tink seals', () => {
  const text = randomBytes(9_000);

  test('in the parameters of the format opens', async () => {
    assert((await opened(text, ['pli file v1', '1048576', '32', 'SHA256'])).equals(text));
  });

  for (const [what, parameters] of [
    ['with other associated data', ['pli file v2', '1048576', '32', 'SHA256']],
    ['in shorter segments', ['pli file v1', '4096', '32', 'SHA256']],
    ['with AES-128', ['pli file v1', '1048576', '16', 'SHA256']],
    ['with HKDF of SHA-512', ['pli file v1', '1048576', '32', 'SHA512']],
  ] as const) {
    test(`${what} is refused`, async () => {
      await refused('file_corrupted', () => opened(text, [...parameters]));
    });
  }
});
