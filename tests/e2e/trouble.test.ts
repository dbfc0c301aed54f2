import { randomFillSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import type { Schemas } from '@pli/client';
import type { Page } from 'playwright-core';

import { TestServer } from '../support/server.ts';
import { Person } from './person.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('when something is wrong, the page says what', () => {
  let server: TestServer;
  let alice: Person;
  let bob: Person;

  before(async () => {
    server = await TestServer.start();
    alice = await Person.at(server.url, 'alice', 'confiture d’oranges amères');
    bob = await Person.at(server.url, 'bob', 'eleven quiet locomotives', 'fr-FR');
    await Promise.all([alice.signsUp(), bob.signsUp()]);
    await alice.opensConversationWith(bob.email);
  });

  after(async () => {
    await alice?.[Symbol.asyncDispose]();
    await bob?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('a wrong password', async () => {
    await using mallory = await Person.at(server.url, 'alice', 'not the password');
    await mallory.signsIn();
    await mallory.isTold('wrong_credentials');
  });

  test('a name that is taken', async () => {
    await using other = await Person.at(server.url, 'bob', 'another bob altogether');
    await other.asksForAnAccount('another@example.com');
    await other.isTold('username_taken');
  });

  test('an unknown address', async () => {
    await bob.opensConversationWith('nobody@example.com');
    await bob.isTold('user_not_found');
    await bob.page.keyboard.press('Escape');
  });

  test('a kind of file that is not allowed', async () => {
    await alice.attaches({
      name: 'holiday.png',
      mimeType: 'image/png',
      buffer: Buffer.from('<svg onload="alert(1)"/>'),
    });
    await alice.failsToSend('holiday.png', 'file_refused');
    await alice.attaches({
      name: 'page.html',
      mimeType: 'text/html',
      buffer: Buffer.from('<p>hello'),
    });
    await alice.failsToSend('page.html', 'file_refused');
  });

  test('a server that can not be reached: the letter is kept and leaves later', async () => {
    await alice.page.context().setOffline(true);
    await alice.writes('Written in a tunnel');
    await alice.failsToSend('Written in a tunnel', 'unreachable');
    await alice.page.context().setOffline(false);
    await alice.triesAgain('Written in a tunnel');
    await bob.picksConversationWith('alice');
    await bob.readsSealed('Written in a tunnel', 'alice');
  });

  test('an altered envelope is shown as a broken seal, not dropped', async () => {
    await using elsewhere = await Person.at(server.url, 'bob', bob.password, 'fr-FR');
    await altersInbox(elsewhere.page);
    await elsewhere.signsIn();
    await elsewhere.isIn();
    await elsewhere.picksConversationWith('alice');
    await elsewhere.seesBrokenSeal('decrypt_failed');
  });

  test('an altered or truncated file is not saved', async () => {
    const picture = Buffer.concat([PNG, randomFillSync(Buffer.alloc(3 << 20))]);
    await alice.attaches({ name: 'quince.png', mimeType: 'image/png', buffer: picture });
    await bob.reads('quince.png');
    for (const harm of [
      (sealed: Buffer) => sealed.subarray(0, 2 << 20),
      (sealed: Buffer) => {
        sealed[sealed.length - 20]! ^= 1;
        return sealed;
      },
    ]) {
      await bob.page.route('**/messaging/download_file/*', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ status: 200, body: harm(await answer.body()) });
      });
      await bob.failsToSave('quince.png', 'file_corrupted');
      await bob.page.unroute('**/messaging/download_file/*');
    }
  });

  test('a letter that was not sent by whom the server says', async () => {
    await using elsewhere = await Person.at(server.url, 'bob', bob.password, 'fr-FR');
    await altersInbox(elsewhere.page, (message, entries) => {
      // Bob's own account is named as the sender of what Alice wrote.
      message.sender = entries.flatMap((e) => e.message?.receivers ?? [])[0]!;
    });
    await elsewhere.signsIn();
    await elsewhere.isIn();
    await elsewhere.picksConversationWith('alice');
    await elsewhere.seesBrokenSeal('wrong_sender');
  });

  type Entry = Schemas['Entry'];
  type Message = NonNullable<Entry['message']>;

  /** A server, or someone in its place, that alters every message on its way. */
  async function altersInbox(
    page: Page,
    alter = (message: Message, _entries: Entry[]) => {
      const { ciphertext } = message.envelope;
      message.envelope.ciphertext = (ciphertext[0] === 'A' ? 'B' : 'A') + ciphertext.slice(1);
    },
  ): Promise<void> {
    await page.route('**/messaging/**', async (route) => {
      if (route.request().url().includes('/events')) return await route.continue();
      const answer = await route.fetch();
      const body = (await answer.json()) as { entries?: Entry[] };
      const { entries = [] } = body;
      for (const { message } of entries) if (message !== undefined) alter(message, entries);
      await route.fulfill({ response: answer, json: body });
    });
  }
});
