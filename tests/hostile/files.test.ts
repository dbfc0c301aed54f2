import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { Schemas } from '@pli/client';
import { sealFile } from '@pli/crypto';

import type {} from '../../web-demo/src/saving/picked.ts';
import { type Failure, Person } from '../e2e/person.ts';
import { altered, endless, type Impostor, type Lie, says, send } from '../support/impostor.ts';
import { Correspondent } from './correspondent.ts';
import { Stage } from './stage.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=`ran`"/>';
const HTML = '<!doctype html><script>document.title="ran"</script>';
const PDF = '%PDF-1.7\n1 0 obj <</OpenAction <</S /JavaScript /JS (app.alert(1))>>>> endobj';

const PATIENCE = 48 * 1024 * 1024;

/** What a server does to the bytes of a file. */
const HARMS: Record<string, (sealed: Buffer, other: Buffer) => Buffer> = {
  'a bit turned': (sealed) => {
    const harmed = Buffer.from(sealed);
    harmed[60]! ^= 1;
    return harmed;
  },
  'its end cut off': (sealed) => sealed.subarray(0, -1),
  'something added': (sealed) => Buffer.concat([sealed, Buffer.from('more')]),
  'another file in its place': (_, other) => other,
  'a page of HTML in its place': () => Buffer.from(HTML),
};

/** Files of somebody whose app lets everything through. */
const HOSTILE_FILES: [name: string, mediaType: string, content: string][] = [
  ['picture.png', 'image/png', SVG],
  ['page.png', 'image/png', HTML],
  ['page.html', 'text/html', HTML],
  ['drawing.svg', 'image/svg+xml', SVG],
  ['picture.png.html', 'image/png', PNG.toString('latin1')],
  ['program.exe', 'application/pdf', PDF],
  ['notes.txt', 'text/html', HTML],
];

/** What a server answers to an upload. */
const UPLOADS: Record<string, { call: string; lie: Lie; says: Failure }> = {
  'a place elsewhere': {
    call: 'POST /files',
    lie: created('http://127.0.0.2:9/files/0191b2c3-0000-7000-8000-000000000001'),
    says: 'bad_answer',
  },
  'a place that is none of an upload': {
    call: 'POST /files',
    lie: created('/auth/logout'),
    says: 'bad_answer',
  },
  'more than was sent': { call: 'PATCH /files/', lie: took(() => 2 ** 40), says: 'bad_answer' },
  'no progress': { call: 'PATCH /files/', lie: took(() => 0), says: 'bad_answer' },
  'less than nothing': { call: 'PATCH /files/', lie: took(() => -5), says: 'bad_answer' },
  'no number': { call: 'PATCH /files/', lie: took(() => 'all' as never), says: 'bad_answer' },
  'a conflict without end': {
    call: 'PATCH /files/',
    lie: says(JSON.stringify({ code: 'wrong_offset' }), 409),
    says: 'bad_answer',
  },
  'an answer without end': {
    call: 'PATCH /files/',
    lie: endless('x').lie,
    says: 'bad_answer',
  },
};

describe('a server that meddles with files', () => {
  let stage: Stage;
  let impostor: Impostor;
  let alice: Person;
  let bob: Correspondent;
  let own: Correspondent;
  let mallory: Correspondent;
  /** Of bob’s letter with `quince.png`. */
  let quince: string;

  before(async () => {
    stage = await Stage.set();
    ({ impostor, alice, bob, own } = stage);
    mallory = await Correspondent.at(stage.server.url, 'mallory', 'seven crooked candles');
    quince = await bob.sendsFile(PNG, { name: 'quince.png', mediaType: 'image/png' }, own);
    await bob.sendsFile(Buffer.from(PDF), { name: 'paper.pdf', mediaType: 'application/pdf' }, own);
    for (const [name, mediaType, content] of HOSTILE_FILES) {
      const bytes = Buffer.from(content, 'latin1');
      await bob.sendsFile(bytes, { name, mediaType, policy: 'any' }, own);
    }
    await bob.sends(`${HTML}${SVG}`, own);
    await alice.signsIn();
    await alice.isIn();
    await alice.picksConversationWith('bob');
    await alice.reads('quince.png');
  });

  after(async () => await stage?.[Symbol.asyncDispose]());

  for (const [name, harm] of Object.entries(HARMS)) {
    test(`a file with ${name} is not saved`, async () => {
      const lie: Lie = async ({ truth }, answer) => {
        const { headers, body } = await truth();
        const other = Buffer.from(body).reverse();
        send(answer, { status: 200, headers, body: harm(body, other) });
      };
      using _ = impostor.lieTo('GET /messaging/download_file/', lie);
      await alice.failsToSave('quince.png', 'file_corrupted');
    });
  }

  test('a file of which nothing comes is not saved', async () => {
    const lie = says('', 200, { 'content-type': 'application/octet-stream' });
    using _ = impostor.lieTo('GET /messaging/download_file/', lie);
    await alice.failsToSave('quince.png', 'bad_answer');
  });

  test('a file that goes on for ever is hung up on', async () => {
    const { lie, sent } = endless('more', { 'content-type': 'application/octet-stream' });
    using _ = impostor.lieTo('GET /messaging/download_file/', lie);
    await alice.failsToSave('quince.png', 'file_corrupted');
    assert((await sent) < PATIENCE);
  });

  test('a file of another letter is not saved as this one’s', async () => {
    const { data } = await own.api.GET('/messaging/inbox', {
      params: { query: { after: 0, limit: 200 } },
    });
    const [, paper] = data!.entries.flatMap(({ message }) => message?.file_id ?? []);
    const lie = altered<Schemas['EntryPage']>((page) => {
      for (const { message } of page.entries) if (message?.file_id) message.file_id = paper;
      return page;
    });
    using _ = impostor.lieTo('GET /messaging/conversations/', lie);
    await using elsewhere = await Person.at(impostor.url, 'alice', alice.password);
    await elsewhere.signsIn();
    await elsewhere.isIn();
    await elsewhere.picksConversationWith('bob');
    await elsewhere.failsToSave('quince.png', 'file_corrupted');
    assert((await elsewhere.saves('paper.pdf')).bytes.equals(Buffer.from(PDF)));
  });

  test('a file that mallory sends under the id of bob’s letter is not saved as bob’s', async () => {
    const call = { name: 'quince.png', mediaType: 'image/png' };
    const { stream, descriptor } = sealFile(Buffer.concat([PNG, Buffer.from('forged')]), call);
    const sealed = Buffer.from(await new Response(stream as BodyInit).arrayBuffer());
    const file = await descriptor;
    const { envelope } = await mallory.identity.seal({ file }, [await own.contact], { id: quince });
    const lie = altered<Schemas['Inbox']>((inbox) => {
      for (const { message } of inbox.entries) {
        if (message) Object.assign(message, { message_id: quince, envelope });
      }
      return inbox;
    });
    using _ = impostor.lieTo('GET /messaging/inbox', lie);
    await mallory.sendsFile(PNG, call, own);
    await alice.sees(1, 'mallory');
    using __ = impostor.lieTo(
      'GET /messaging/download_file/',
      says(sealed, 200, { 'content-type': 'application/octet-stream' }),
    );
    await alice.failsToSave('quince.png', 'file_corrupted');
  });

  test('as it was, it is saved', async () => {
    assert((await alice.saves('quince.png')).bytes.equals(PNG));
  });

  for (const [name, mediaType] of HOSTILE_FILES) {
    test(`${name} as ${mediaType}, which is something else, is neither shown nor saved`, async () => {
      const letters = alice.page.getByRole('article').filter({ hasText: name });
      for (let at = 0; at < (await letters.count()); at++) {
        const letter = letters.nth(at);
        if (!(await letter.innerText()).split('\n').includes(name)) continue;
        const show = letter.getByRole('button', { name: alice.t.letter.show, exact: true });
        const save = letter.getByRole('button', { name: alice.t.letter.save });
        await ((await show.count()) > 0 ? show : save).click();
        await letter.getByRole('alert').getByText(alice.t.failures.file_refused).waitFor();
      }
      assert.notEqual(await alice.page.title(), 'ran');
    });
  }

  test('a PDF is saved and never shown', async () => {
    const letter = await alice.reads('paper.pdf');
    const show = letter.getByRole('button', { name: alice.t.letter.show, exact: true });
    assert.equal(await show.count(), 0);
    const [download] = await Promise.all([
      alice.page.waitForEvent('download'),
      letter.getByRole('button', { name: alice.t.letter.save }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'paper.pdf');
  });

  test('a text that is HTML is read as text', async () => {
    await alice.readsSealed(HTML, 'bob');
    assert.equal(await alice.page.getByRole('article').locator('script, svg[onload]').count(), 0);
    assert.notEqual(await alice.page.title(), 'ran');
    alice.hasNoComplaint();
  });

  test('a page that comes where a large file should runs nothing', async () => {
    const large = Buffer.alloc((32 << 20) + 1, 'Jars. ');
    await bob.sendsFile(large, { name: 'pantry.txt', mediaType: 'text/plain' }, own);
    // Lets the server answer what it should answer itself.
    const worker = `addEventListener('install', () => skipWaiting());
      addEventListener('message', ({ ports: [port] }) => port?.postMessage('ready'));`;
    const page = '<!doctype html><script>parent.document.title = "ran"</script>';
    using _ = impostor.lieTo(
      'GET /save-worker.js',
      says(worker, 200, { 'content-type': 'text/javascript' }),
    );
    using __ = impostor.lieTo('GET /save/', says(page, 200, { 'content-type': 'text/html' }));
    await alice.page.evaluate(() => delete window.showSaveFilePicker);
    const letter = await alice.reads('pantry.txt');
    const [refusal] = await Promise.all([
      alice.page.waitForEvent('console', (it) => /\/save\/.* sandboxed/.test(it.text())),
      letter.getByRole('button', { name: alice.t.letter.save }).click(),
    ]);
    assert.equal(refusal.type(), 'error');
    assert.notEqual(await alice.page.title(), 'ran');
    await alice.hasSaved('pantry.txt');
  });

  for (const [name, { call, lie, says: failure }] of Object.entries(UPLOADS)) {
    test(`an upload that the server answers with ${name} is not counted as sent`, async () => {
      using _ = impostor.lieTo(call, lie);
      const file = `${name.replaceAll(' ', '-')}.png`;
      await alice.attaches({ name: file, mimeType: 'image/png', buffer: PNG });
      await alice.failsToSend(file, failure);
      const letter = await alice.reads(file);
      await letter.getByRole('button', { name: alice.t.letter.takeBack }).click();
      await alice.page.getByRole('button', { name: alice.t.conversation.detach(file) }).click();
    });
  }

  test('nothing has asked anybody else', () => {
    const elsewhere = alice.complaints.filter((it) => it.startsWith('a request to'));
    assert.deepEqual(elsewhere, []);
  });
});

function created(location: string): Lie {
  return says('{}', 201, { location, 'tus-resumable': '1.0.0' });
}

function took(offset: () => number): Lie {
  return (_, answer) => {
    answer.writeHead(204, { 'upload-offset': offset(), 'tus-resumable': '1.0.0' }).end();
  };
}
