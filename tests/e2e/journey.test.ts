import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { createPliClient } from '@pli/client';
import { Contact, type FileDescriptor, Identity, stretch } from '@pli/crypto';

import { TestServer } from '../support/server.ts';
import { type Secret, traces, writings } from '../support/traces.ts';
import { unwrap } from '../support/unwrap.ts';
import { Person } from './person.ts';

const HELLO = 'Dear Bob, the “quince” jelly is ready: 14 jars';
const ANSWER = 'Chère Alice, j’arrive dès demain à l’aube';
const FILE_NAME = 'Recette secrète — gelée de coing.pdf';
const PDF = Buffer.concat([
  Buffer.from('%PDF-1.7\n'),
  randomFillSync(Buffer.alloc((20 << 20) - 15)),
  Buffer.from('%%EOF\n'),
]);

describe('two people, one in English at a laptop and one in French at a phone', () => {
  let server: TestServer;
  let alice: Person;
  let bob: Person;

  before(async () => {
    server = await TestServer.start();
    alice = await Person.at(server.url, 'alice', 'confiture d’oranges amères');
    const phone = { viewport: { width: 390, height: 844 } };
    bob = await Person.at(server.url, 'bob', 'eleven quiet locomotives', 'fr-FR', phone);
  });

  after(async () => {
    await alice?.[Symbol.asyncDispose]();
    await bob?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('they sign up', async () => {
    await Promise.all([alice.signsUp(), bob.signsUp()]);
  });

  test('a text goes both ways and arrives live', async () => {
    await alice.opensConversationWith(bob.email);
    await alice.writes(HELLO);
    await bob.picksConversationWith('alice');
    await bob.readsSealed(HELLO, 'alice');
    await bob.writes(ANSWER);
    await alice.readsSealed(ANSWER, 'bob');
  });

  test('a PDF of 20 MiB arrives as it was', async () => {
    await alice.attaches({ name: FILE_NAME, mimeType: 'application/pdf', buffer: PDF });
    const saved = await bob.saves(FILE_NAME);
    assert.equal(saved.name, FILE_NAME);
    assert(saved.bytes.equals(PDF), 'the saved file differs');
  });

  test('the password alone opens everything in another browser', async () => {
    await using elsewhere = await Person.at(server.url, 'alice', alice.password);
    await elsewhere.signsIn();
    await elsewhere.isIn();
    await elsewhere.picksConversationWith('bob');
    await elsewhere.readsSealed(HELLO, 'alice');
    await elsewhere.readsSealed(ANSWER, 'bob');
    await elsewhere.reads(FILE_NAME);
    elsewhere.hasNoComplaint();
  });

  test('the pages had nothing to complain of', () => {
    alice.hasNoComplaint();
    bob.hasNoComplaint();
  });

  test('neither database, files nor log hold anything secret', async () => {
    const held = await heldBy(server, [alice, bob]);
    await server.stop();
    for (const [name, bytes] of held.visible) {
      const found = await traces(server.folder, [{ name, bytes }]);
      assert.notDeepEqual(found, [], `the search must find what is there: ${name}`);
    }
    assert.deepEqual(await traces(server.folder, held.secrets), []);
    await provesItself(server.folder, held.secrets);
  });
});

/** Everything secret that went through the two browsers, and some of what the server does see. */
async function heldBy(server: TestServer, people: Person[]) {
  const secrets: Secret[] = [
    ...[HELLO, ANSWER, FILE_NAME].map((text) => ({ name: text, bytes: Buffer.from(text) })),
    ...[9, 10 << 20, PDF.length - 64].map((at) => ({
      name: `the file at ${at}`,
      bytes: PDF.subarray(at, at + 48),
    })),
  ];
  const visible = new Map<string, Uint8Array>();
  for (const { name, email, password } of people) {
    const client = createPliClient({ baseUrl: server.url });
    const kdf = (await client.POST('/auth/kdf', { body: { email } })).data!;
    const stretched = await stretch(password, kdf);
    const { data: login } = await client.POST('/auth/login', {
      body: { email, password: stretched.loginSecret },
    });
    const headers = { Authorization: `Bearer ${login!.access_token}` };
    const { keys } = await unwrap(login!.wrapped_keys!, password);
    secrets.push(
      { name: `${name}'s password`, bytes: Buffer.from(password) },
      { name: `${name}'s login secret`, bytes: Buffer.from(stretched.loginSecret) },
      { name: `${name}'s access token`, bytes: Buffer.from(login!.access_token) },
      { name: `${name}'s refresh token`, bytes: Buffer.from(login!.refresh_token) },
    );
    for (const key of keys) {
      for (const member of ['k', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const) {
        if (key[member] === undefined) continue;
        const bytes = Buffer.from(key[member], 'base64url');
        secrets.push({ name: `${name}'s ${key.use ?? key.kid} ${member}`, bytes });
      }
    }
    visible.set(`${name}'s kid`, Buffer.from(keys[0]!.kid!));

    // The file's key: what the package reads from the same letters in Node.
    using identity = await Identity.unlock(login!.wrapped_keys!, stretched, { username: name });
    const inbox = await client.GET('/messaging/inbox', { headers });
    for (const { message } of inbox.data!.entries) {
      if (message?.content_type !== 'file') continue;
      const profile = await client.GET('/users/{user_id}', {
        params: { path: { user_id: message.sender.id } },
        headers,
      });
      const from = await Contact.from(profile.data!.key_history!, {
        username: message.sender.username,
      });
      const letter = await identity.open(message.envelope, from, { id: message.message_id });
      const { key } = (letter as { file: FileDescriptor }).file;
      secrets.push({ name: 'the file key', bytes: Buffer.from(key, 'base64url') });
      visible.set('an envelope', Buffer.from(message.envelope.tag));
      const sealed = await fetch(`${server.url}/messaging/download_file/${message.file_id}`, {
        headers,
      });
      visible.set('a sealed file', (await sealed.bytes()).subarray(5 << 20, (5 << 20) + 64));
    }
  }
  return { secrets, visible };
}

/** The search finds each secret in each way of writing it, were it among the server's files. */
async function provesItself(folder: string, secrets: Secret[]): Promise<void> {
  const planted = join(folder, 'data', 'planted');
  for (const secret of secrets) {
    for (const [way, needle] of writings(secret.bytes)) {
      await mkdir(planted, { recursive: true });
      const around = [randomFillSync(Buffer.alloc(999)), needle, Buffer.from('"}')];
      await writeFile(join(planted, 'file'), Buffer.concat(around));
      const found = await traces(planted, [secret]);
      assert(found.includes(`${secret.name}, ${way} in file`), `${secret.name} as ${way}`);
    }
  }
  await rm(planted, { recursive: true });
}
