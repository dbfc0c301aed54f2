import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { createPliClient } from '@pli/client';
import { type FileDescriptor, openFile, sealFile } from '@pli/crypto';
import { type DetailedError, Upload, type UploadOptions } from 'tus-js-client';

import { Cable } from '../support/cable.ts';
import { TestServer } from '../support/server.ts';

const MIB = 1 << 20;
const PLAINTEXT = randomBytes(24 * MIB + 17);

let server: TestServer;
let cable: Cable;
let headers: { Authorization: string };
let path: string;
let sealed: Buffer;
let descriptor: FileDescriptor;

before(async () => {
  server = await TestServer.start();
  cable = await Cable.before(server.url);
  const credentials = { email: 'alice@example.org', password: 'x'.repeat(43) };
  const client = createPliClient({ baseUrl: server.url });
  await client.POST('/auth/register', { body: { username: 'alice', ...credentials } });
  const { data } = await client.POST('/auth/login', { body: credentials });
  headers = { Authorization: `Bearer ${data!.access_token}` };

  const file = sealFile(PLAINTEXT, { name: 'a.bin', mediaType: 'application/x', policy: 'any' });
  sealed = Buffer.from(await new Response(file.stream).arrayBuffer());
  descriptor = await file.descriptor;
  path = join(server.folder, 'sealed');
  await writeFile(path, sealed);
});

after(async () => {
  await cable?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

interface Run {
  upload: Upload;
  /** Resolves with the error that ended it, or with nothing. */
  ended: Promise<Error | DetailedError | undefined>;
  /** What was asked, with the offset that was sent or told. */
  requests: string[];
}

/** An upload of the sealed file, which is not started yet. */
function run(options: Partial<UploadOptions> = {}): Run {
  const requests: string[] = [];
  let end!: (error?: Error) => void;
  const ended = new Promise<Error | undefined>((resolve) => (end = resolve));
  const upload = new Upload(createReadStream(path), {
    endpoint: `${cable.url}/files`,
    headers,
    retryDelays: null,
    metadata: { filename: 'a.bin', filetype: 'application/x' },
    onError: end,
    onSuccess: () => end(),
    onAfterResponse: (request, response) => {
      const offset = request.getHeader('Upload-Offset') ?? response.getHeader('Upload-Offset');
      requests.push(`${request.getMethod()} ${offset ?? ''} ${response.getStatus()}`);
    },
    ...options,
  });
  return { upload, ended, requests };
}

async function download(upload: Upload): Promise<Buffer> {
  const id = upload.url!.split('/').at(-1)!;
  const answer = await fetch(`${server.url}/messaging/download_file/${id}`, { headers });
  assert.equal(answer.status, 200);
  return Buffer.from(await answer.arrayBuffer());
}

test('tus-js-client uploads a sealed file, which opens again', async () => {
  const { upload, ended, requests } = run();
  upload.start();
  assert.equal(await ended, undefined);
  assert.deepEqual(requests, ['POST 0 201', 'PATCH 0 204']);
  const stored = await download(upload);
  assert(stored.equals(sealed));
  const opened = new Response(openFile(descriptor, stored, { policy: 'any' }));
  assert(Buffer.from(await opened.arrayBuffer()).equals(PLAINTEXT));
});

test('an upload that the network cuts is resumed by another instance from the stored URL', async () => {
  const first = run();
  cable.cutAfter(10 * MIB);
  first.upload.start();
  assert.match(String(await first.ended), /failed to upload chunk/);

  const second = run({ uploadUrl: first.upload.url! });
  second.upload.start();
  assert.equal(await second.ended, undefined);
  const [asked, sent, ...more] = second.requests;
  const offset = Number(/^HEAD (\d+) 200$/.exec(asked!)?.[1]);
  // What the server had not read yet goes with the connection.
  assert(offset > 0 && offset <= 10 * MIB, `${asked}`);
  assert.equal(sent, `PATCH ${offset} 204`);
  assert.deepEqual(more, []);
  assert((await download(second.upload)).equals(sealed));
});

test('an upload that is cut again and again goes on by itself', async () => {
  let cuts = 0;
  const { upload, ended, requests } = run({
    retryDelays: [0, 10, 10, 10],
    onShouldRetry: () => {
      if (++cuts < 4) cable.cutAfter(5 * MIB);
      return true;
    },
  });
  cable.cutAfter(5 * MIB);
  upload.start();
  assert.equal(await ended, undefined);
  assert.equal(cuts, 4);
  assert.equal(requests.filter((request) => request.startsWith('HEAD')).length, 4);
  assert((await download(upload)).equals(sealed));
});

test('three uploads at once, each in chunks that begin with its creation', async () => {
  const runs = [1, 2, 3].map((chunk) =>
    run({ chunkSize: chunk * 3 * MIB, uploadDataDuringCreation: true }),
  );
  for (const { upload } of runs) upload.start();
  for (const { upload, ended, requests } of runs) {
    assert.equal(await ended, undefined);
    assert.match(requests[0]!, /^POST \d+ 201$/);
    assert((await download(upload)).equals(sealed));
  }
  assert.equal(new Set(runs.map(({ upload }) => upload.url)).size, 3);
});

test('an upload through POST alone, where PATCH is not let through', async () => {
  const { upload, ended, requests } = run({ overridePatchMethod: true });
  upload.start();
  assert.equal(await ended, undefined);
  assert.deepEqual(requests, ['POST 0 201', 'POST 0 204']);
  assert((await download(upload)).equals(sealed));
});

test('an upload that is aborted for good is gone', async () => {
  let started!: () => void;
  const sending = new Promise<void>((resolve) => (started = resolve));
  const { upload } = run({ chunkSize: MIB, onChunkComplete: () => started() });
  upload.start();
  await sending;
  await upload.abort(true);
  const head = await fetch(upload.url!, { method: 'HEAD', headers });
  assert.equal(head.status, 404);
});

test('an upload whose length is not known is refused with the reason', async () => {
  const { upload, ended } = run({ uploadLengthDeferred: true });
  upload.start();
  const error = (await ended) as DetailedError;
  assert.equal(error.originalResponse!.getStatus(), 400);
  const problem = JSON.parse(error.originalResponse!.getBody()) as { code: string };
  assert.equal(problem.code, 'unsupported_tus_extension');
});
