import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import type { Schemas } from '@pli/client';
import type { Page } from 'playwright-core';

import { Impostor } from '../support/impostor.ts';
import { TestServer } from '../support/server.ts';
import { type Failure, Person } from './person.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const PICTURE = Buffer.concat([PNG, randomFillSync(Buffer.alloc(3 << 20))]);

describe('when something is wrong, the page says what', () => {
  let server: TestServer;
  let alice: Person;
  let bob: Person;

  before(async () => {
    server = await TestServer.start();
    alice = await Person.at(server.url, 'alice', 'confiture d’oranges amères');
    bob = await Person.at(server.url, 'bob', 'eleven quiet locomotives', 'fr-FR');
    await Promise.all([alice.joins(), bob.joins()]);
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

  test('entries of a sign-up, each in its place', async () => {
    await using carol = await Person.at(server.url, 'Carô X', 'carol12345');
    const { page, t } = carol;
    const [name, email, password] = [t.signUp.username, t.signUp.email, t.signUp.password];
    const isAtFault = async (label: string, failure: Failure) => {
      const entry = page.getByLabel(label, { exact: true });
      const invalid = page.locator('[aria-invalid=true]').and(entry);
      await invalid.waitFor();
      const described = await invalid.getAttribute('aria-describedby');
      const told = page.locator(`[id="${described?.split(' ').at(-1)}"]`);
      assert.equal(await told.innerText(), t.failures[failure]);
    };
    await page.getByRole('button', { name: t.signUp.submit }).click();
    for (const label of [name, email, password]) await isAtFault(label, 'missing');
    await carol.asksForAnAccount('carol@example.com');
    await isAtFault(name, 'username_invalid');
    await isAtFault(password, 'password_guessable');
    await page.waitForFunction(() => document.activeElement?.matches('[autocomplete=username]'));
    assert.equal(await page.locator('[aria-invalid]').count(), 2, 'the address is in order');
  });

  test('nothing: what was typed is there after a look elsewhere', async () => {
    await using carol = await Person.at(server.url, 'carol', 'three grey umbrellas');
    const { page, t } = carol;
    const address = page.getByLabel(t.signUp.email);
    await address.fill(carol.email);
    await page.getByRole('link', { name: t.signIn.title }).click();
    await page.getByLabel(t.signIn.name).fill('caroline');
    await page.getByRole('link', { name: t.signIn.forgotten }).click();
    assert.equal(await page.getByLabel(t.signIn.name).inputValue(), 'caroline');
    await page.getByRole('link', { name: t.signUp.title }).click();
    assert.equal(await address.inputValue(), carol.email);

    const to = bob.page.getByLabel(bob.t.newLetter.to, { exact: true });
    await bob.page.getByRole('button', { name: bob.t.list.newLetter, exact: true }).click();
    await to.fill('somebody');
    await bob.page.goBack();
    await to.waitFor({ state: 'detached' });
    await bob.page.goForward();
    assert.equal(await to.inputValue(), 'somebody');
  });

  test('an unknown address', async () => {
    await bob.opensConversationWith('nobody@example.com');
    await bob.isTold('user_not_found');
    await bob.page.keyboard.press('Escape');
  });

  test('a server that answers with someone else than was asked for', async () => {
    await bob.page.route('**/users/lookup', async (route) => {
      await route.continue({ postData: JSON.stringify({ email: 'alice' }) });
    });
    await bob.opensConversationWith('persephone');
    await bob.isTold('wrong_person');
    await bob.page.unroute('**/users/lookup');
  });

  test('a sign-up whose answer was lost, then other addresses and answers', async () => {
    await using carol = await Person.at(server.url, 'carol', 'three grey umbrellas');
    await carol.page.route(
      '**/auth/register',
      async (route) => {
        await route.fetch();
        await route.abort();
      },
      { times: 1 },
    );
    await carol.asksForAnAccount('carol@exmaple.com');
    await carol.isTold('unreachable');

    await carol.page.route('**/auth/login', async (route) => {
      const response = await route.fetch();
      const json = (await response.json()) as Schemas['SignedIn'];
      json.account.username = 'mallory';
      await route.fulfill({ response, json });
    });
    await carol.asksForAnAccount();
    await carol.isTold('wrong_account');
    await carol.page.unroute('**/auth/login');

    await carol.asksForAnAccount();
    await carol.keepsRecoveryCode();
    await carol.isIn();
    await carol.isToldOfAddress('carol@exmaple.com');
  });

  test('a file that is not allowed, told at once or when it has been read', async () => {
    const buffer = Buffer.from('<svg onload="alert(1)"/>');
    for (const [name, mimeType, failure] of [
      ['unknown.xyz', '', 'file_refused'],
      [`${'é'.repeat(126)}.txt`, 'text/plain', 'file_name_too_long'],
      ['page.html', 'text/html', 'file_refused'],
      ['jars\u202etxt.txt', 'text/plain', 'file_name_misleading'],
      ['jars\u061ctxt.txt', 'text/plain', 'file_name_misleading'],
    ] as const) {
      await alice.picks({ name, mimeType, buffer });
      await alice.isTold(failure);
    }
    await alice.attaches({ name: 'holiday.png', mimeType: 'image/png', buffer });
    await alice.failsToSend('holiday.png', 'file_refused');
  });

  test('a server that can not be reached: the letter waits and leaves by itself', async () => {
    await alice.page.context().setOffline(true);
    await alice.writes('Written in a tunnel');
    await alice.holds('Written in a tunnel');
    await alice.page.context().setOffline(false);
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
    await alice.attaches({ name: 'quince.png', mimeType: 'image/png', buffer: PICTURE });
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

  test('a file of a kind that the system does not know goes by its name', async () => {
    const buffer = Buffer.from('14 jars, labelled');
    await alice.attaches({ name: 'no\u200btes.txt', mimeType: '', buffer });
    const saved = await bob.saves('no\ufffdtes.txt');
    assert.equal(saved.name, 'no\ufffdtes.txt');
    assert.deepEqual(saved.bytes, buffer);
  });

  describe('on a connection that stalls', () => {
    let impostor: Impostor;
    let remote: Person;

    before(async () => {
      impostor = await Impostor.before(server.url);
      remote = await Person.at(impostor.url, 'bob', bob.password, 'fr-FR');
      await remote.page.clock.install();
    });

    after(async () => {
      await remote?.[Symbol.asyncDispose]();
      await impostor?.[Symbol.asyncDispose]();
    });

    test('a conversation does not look empty while the mailbox is being listed', async () => {
      let list!: () => void;
      const told = new Promise<void>((resolve) => (list = resolve));
      await remote.page.route('**/messaging/conversations?*', async (route) => {
        await told;
        await route.continue();
      });
      await remote.signsIn();
      await remote.isIn();
      await remote.opensConversationWith('alice');
      await remote.waitsForLetters();
      list();
      await remote.readsSealed('Written in a tunnel', 'alice');
    });

    test('letters come after one that stopped in the middle', async () => {
      const { stopped } = impostor.stallsAt('GET /messaging/inbox');
      await alice.writes('Stuck on the way');
      await stopped;
      await remote.page.clock.fastForward(30_000);
      await remote.readsSealed('Stuck on the way', 'alice');
    });

    test('letters leave after one whose answer stopped in the middle', async () => {
      const { stopped } = impostor.stallsAt('POST /messaging/send_message');
      await remote.writes('Whose answer stops');
      await stopped;
      await remote.writes('Right behind it');
      await remote.readsSealed('Whose answer stops', 'bob');
      await remote.page.clock.fastForward(30_000);
      await alice.readsSealed('Right behind it', 'bob');
    });

    test(
      'a file that turned out altered is not waited for, and can be had again',
      { timeout: 60_000 },
      async () => {
        const { hungUp } = impostor.stallsAt('GET /messaging/download_file/', (sealed) => {
          sealed[1 << 16]! ^= 1;
          return sealed.subarray(0, 2 << 20);
        });
        await remote.failsToSave('quince.png', 'file_corrupted');
        await hungUp;
        assert((await remote.saves('quince.png')).bytes.equals(PICTURE), 'the saved file differs');
      },
    );

    test('the next visit begins with signing in', async () => {
      await remote.page.reload();
      await remote.isAskedToSignIn();
    });
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
      const request = route.request();
      if (request.method() !== 'GET' || request.url().includes('/events')) {
        return await route.continue();
      }
      const answer = await route.fetch();
      const body = (await answer.json()) as { entries?: Entry[] };
      const { entries = [] } = body;
      for (const { message } of entries) if (message !== undefined) alter(message, entries);
      await route.fulfill({ response: answer, json: body });
    });
  }
});
