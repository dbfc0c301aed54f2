import assert from 'node:assert/strict';
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type {} from '../../web-demo/src/saving/picked.ts';
import { Cable } from '../support/cable.ts';
import { TestServer } from '../support/server.ts';
import { Person } from './person.ts';

const MIB = 1 << 20;
const SIZE = 256 * MIB;
const NAME = 'Atlas (l’édition « 1911 »).pdf';

describe('a file of 256 MiB', () => {
  let server: TestServer;
  let cable: Cable;
  let alice: Person;
  let bob: Person;
  let folder: string;
  let hash: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pli-large-'));
    server = await TestServer.start();
    cable = await Cable.before(server.url);
    alice = await Person.at(cable.url, 'alice', 'confiture d’oranges amères');
    bob = await Person.at(server.url, 'bob', 'eleven quiet locomotives', 'fr-FR');
    hash = await writeLarge(join(folder, NAME));
    await Promise.all([alice.joins(), bob.joins()]);
  });

  after(async () => {
    await alice?.[Symbol.asyncDispose]();
    await bob?.[Symbol.asyncDispose]();
    await cable?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('is uploaded while the page goes on, and goes on where the network cut it', async () => {
    const offsets: number[] = [];
    alice.page.on('request', (request) => {
      const offset = request.headers()['upload-offset'];
      if (request.method() === 'PATCH' && offset !== undefined) offsets.push(Number(offset));
    });
    await alice.opensConversationWith('bob');
    const cutting = cable.cutAfter(100 * MIB);
    await alice.attaches(join(folder, NAME));
    await alice.writes('And meanwhile a text');
    await bob.picksConversationWith('alice');
    await bob.readsSealed('And meanwhile a text', 'alice');
    const letter = bob.page.getByRole('article').filter({ hasText: NAME });
    await letter.waitFor({ timeout: 180_000 });
    assert(cutting.done);
    const sent = offsets.map((offset, n) => (offsets[n + 1] ?? SIZE) - offset);
    assert(
      sent.every((bytes) => bytes >= 0),
      `never further back than what the server has: ${offsets}`,
    );
  });

  test('goes to the disk through the service worker', async () => {
    await bob.page.evaluate(() => delete window.showSaveFilePicker);
    const download = await bob.downloads(NAME);
    assert.equal(download.suggestedFilename(), NAME);
    await bob.hasSaved(NAME);
    assert.equal(await hashOf(await download.path()), hash);
    const worker = bob.page.context().serviceWorkers()[0];
    assert.equal(new URL(worker!.url()).pathname, '/save-worker.js');
    bob.hasNoComplaint();
  });

  test('goes to the disk through memory where there is no service worker', async () => {
    await bob.page.evaluate(() => {
      Object.defineProperty(navigator, 'serviceWorker', { value: undefined, configurable: true });
    });
    const download = await bob.downloads(NAME);
    assert.equal(download.suggestedFilename(), NAME);
    assert.equal(await hashOf(await download.path()), hash);
  });

  test('goes into a file that was picked, and not before it is whole', async () => {
    await alice.page.evaluate(() => {
      // In place of the browser's own window, which no test can answer: a file of the page's. At
      // first it takes one piece, and the next not before somebody has had enough.
      let full = true;
      window.showSaveFilePicker = async ({ suggestedName }) => {
        const folder = await navigator.storage.getDirectory();
        const handle = await folder.getFileHandle(suggestedName, { create: true });
        if (!full) return handle;
        full = false;
        const writable = await handle.createWritable();
        const enough = new AbortController();
        const given = new Promise<void>((_, reject) => {
          enough.signal.addEventListener('abort', reject);
        });
        let pieces = 0;
        const slow = {
          async write(bytes: BufferSource) {
            await (pieces++ === 0 ? writable.write(bytes) : given);
          },
          async abort() {
            enough.abort();
            await writable.abort();
          },
        };
        return Object.assign(handle, {
          createWritable() {
            return Promise.resolve(slow);
          },
        });
      };
    });
    const letter = await alice.reads(NAME);
    const save = letter.getByRole('button', { name: alice.t.letter.save });
    await save.click();
    await letter.getByRole('button', { name: alice.t.letter.cancel }).click();
    await save.and(alice.page.locator('[aria-disabled=false]')).waitFor();
    assert.equal(await sizeOfPicked(alice), 0);
    await save.click();
    await alice.hasSaved(NAME);
    assert.equal(await sizeOfPicked(alice), SIZE);
    const tail = await alice.page.evaluate(async (name) => {
      const folder = await navigator.storage.getDirectory();
      const file = await (await folder.getFileHandle(name)).getFile();
      return await file.slice(-6).text();
    }, NAME);
    assert.equal(tail, '%%EOF\n');
  });
});

async function sizeOfPicked(person: Person): Promise<number> {
  return await person.page.evaluate(async (name) => {
    const folder = await navigator.storage.getDirectory();
    return (await (await folder.getFileHandle(name)).getFile()).size;
  }, NAME);
}

/** Writes what begins and ends like a PDF; gives its SHA-256. */
async function writeLarge(path: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  const piece = randomFillSync(Buffer.alloc(MIB));
  for (let at = 0; at < SIZE; at += MIB) {
    piece.writeUInt32BE(at, 64);
    if (at === 0) piece.write('%PDF-1.7\n');
    if (at === SIZE - MIB) piece.write('%%EOF\n', MIB - 6);
    hash.update(piece);
    await file.write(piece);
  }
  await file.close();
  return hash.digest('hex');
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
