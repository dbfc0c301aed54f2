import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { type Secret, writings } from '../support/traces.ts';
import { TestServer } from '../support/server.ts';
import { AccountPage } from './account-page.ts';
import { keptBy } from './kept.ts';
import { Person } from './person.ts';

const QUARTER = 15 * 60_000;

describe('somebody who goes and comes back', () => {
  let server: TestServer;
  let alice: Person;
  let bob: Person;
  let code: string;

  before(async () => {
    server = await TestServer.start();
    alice = await Person.at(server.url, 'alice', 'confiture d’oranges amères');
    bob = await Person.at(server.url, 'bob', 'eleven quiet locomotives', 'fr-FR');
  });

  after(async () => {
    await alice?.[Symbol.asyncDispose]();
    await bob?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  for (const password of ['carol12345', 'Marseille13!', 'soleil2026!']) {
    test(`${password} for a password, guessed within a day, is called weak and refused`, async () => {
      await using hasty = await Person.at(server.url, 'carol', password);
      await hasty.asksForAnAccount();
      await hasty.isTold('password_guessable');
      const [atOnce, easily] = hasty.t.password.scores;
      await hasty.page.getByText(new RegExp(`${atOnce}|${easily}`)).waitFor();
    });
  }

  test('a password of which nobody can say how strong it is, is said to be one', async () => {
    await using hasty = await Person.at(server.url, 'carol', 'carol12345');
    const { page, t } = hasty;
    await page.route('**/assets/strength*', (route) => route.abort());
    await page.getByLabel(t.signUp.password, { exact: true }).fill(hasty.password);
    await page.getByText(t.password.unknown).waitFor();
  });

  test('the recovery code has to be typed back before going on', async () => {
    await alice.asksForAnAccount();
    code = await alice.readsRecoveryCode();
    const heading = alice.page.getByRole('heading', { name: alice.t.recovery.title });
    await alice.page.getByRole('button', { name: alice.t.recovery.next }).click();
    await alice.page.getByRole('button', { name: alice.t.recovery.again }).press('Enter');
    assert(await heading.evaluate((it) => it === document.activeElement));
    assert.equal(await alice.readsRecoveryCode(), code);
    await alice.page.getByRole('button', { name: alice.t.recovery.next }).click();
    await alice.typesRecoveryCode(code.slice(0, -4));
    await alice.isTold('bad_recovery_code');
    await alice.typesRecoveryCode('0000-0000-0000-0000-0000-0000-0000-0000-0');
    await alice.isTold('recovery_code_differs');
    await alice.typesRecoveryCode(code.toLowerCase().replaceAll('-', ' '));
    await alice.isIn();
    await bob.joins({ stays: true });
    await alice.opensConversationWith('bob');
    await alice.writes('Before the lock');
    await bob.picksConversationWith('alice');
    await bob.readsSealed('Before the lock', 'alice');
  });

  test('who forgot the password sets a new one by the code, and the old one is dead', async () => {
    await using elsewhere = await Person.at(server.url, 'alice', 'twelve noisy umbrellas');
    await elsewhere.recovers('0000-0000-0000-0000-0000-0000-0000-0000-0', elsewhere.password);
    await elsewhere.isTold('wrong_recovery');
    await elsewhere.recovers(code, elsewhere.password);
    await elsewhere.isIn();
    await elsewhere.page.getByText(elsewhere.t.recover.done).waitFor();
    await elsewhere.page.getByRole('button', { name: elsewhere.t.trust.noted }).click();
    await elsewhere.picksConversationWith('bob');
    await elsewhere.readsSealed('Before the lock', 'alice');
    assert.equal(await elsewhere.page.getByText(elsewhere.t.recover.done).count(), 0);
    elsewhere.hasNoComplaint();
    await using former = await Person.at(server.url, 'alice', alice.password);
    await former.signsIn();
    await former.isTold('wrong_credentials');
  });

  describe('on a page that rests', () => {
    let idle: Person;

    before(async () => {
      idle = await Person.at(server.url, 'alice', 'twelve noisy umbrellas');
      await idle.page.clock.install();
      await idle.signsIn();
      await idle.isIn();
    });

    after(async () => await idle?.[Symbol.asyncDispose]());

    test('it locks after a quarter of an hour, and not while somebody is there', async () => {
      await idle.picksConversationWith('bob');
      await idle.readsSealed('Before the lock', 'alice');
      await idle.page.clock.fastForward(QUARTER - 60_000);
      await idle.drafts('Dear Bob, half of a letter \ud83d\udd4a');
      await idle.page.clock.fastForward(QUARTER - 60_000);
      await AccountPage.of(idle);
      await idle.page.goBack();
      await idle.hasDraft('Dear Bob, half of a letter \ud83d\udd4a');
      await idle.page.clock.fastForward(QUARTER);
      await idle.isLockedOut();
      await idle.misses('Before the lock');
      assert(!(await idle.page.content()).includes('half of a letter'));
    });

    test('a wrong password opens nothing, the right one everything, drafts included', async () => {
      await idle.unlocks('not the password');
      await idle.isTold('wrong_password');
      await idle.unlocks();
      await idle.isIn();
      await idle.readsSealed('Before the lock', 'alice');
      await idle.hasDraft('Dear Bob, half of a letter \ud83d\udd4a');
      idle.hasNoComplaint();
    });

    test('it opens where it was, and the list says where a draft is', async () => {
      const { list } = idle.t;
      const draft = idle.page.getByRole('navigation').getByText(list.draft, { exact: true });
      assert.equal(await draft.count(), 0, 'not of the conversation that is open');
      await idle.page.getByRole('button', { name: list.account }).click();
      await draft.waitFor();
      await idle.locks();
      await idle.unlocks();
      await idle.page.getByRole('heading', { name: idle.t.account.title, level: 1 }).waitFor();
      await draft.waitFor();
    });
  });

  describe('who stays signed in', () => {
    test('is in again after a reload, without a password', async () => {
      await bob.page.reload();
      await bob.isIn();
      await bob.picksConversationWith('alice');
      await bob.readsSealed('Before the lock', 'alice');
    });

    test('keeps nothing that reads letters by itself', async () => {
      await cutsOff(bob);
      await bob.writes('Sealed on the shelf');
      await bob.holds('Sealed on the shelf');
      const kept = await keptBy(bob.page);
      assert.match(kept, /ciphertext/, 'the search must find what is there');
      assert.match(kept, /extractable: false/);
      assert.doesNotMatch(kept, /extractable: true/);
      const secrets: Secret[] = [
        bob.password,
        'Sealed on the shelf',
        'refresh',
        'eyJ0eXAiOiJydCtqd3Qi',
      ].map((text) => ({ name: text, bytes: Buffer.from(text) }));
      for (const { name, bytes } of secrets) {
        for (const [way, needle] of writings(bytes)) {
          assert(!kept.includes(needle.toString('latin1')), `${name}, ${way}`);
        }
      }
    });

    test('a letter that waits outlives a reload, sealed, and leaves by itself', async () => {
      bob.page.once('dialog', (dialog) => void dialog.accept());
      await bob.page.reload();
      await bob.isIn();
      await bob.picksConversationWith('alice');
      await bob.holds('Sealed on the shelf');
      await bob.page.unroute('**/messaging/send_message');
      await using reader = await Person.at(server.url, 'alice', 'twelve noisy umbrellas');
      await reader.signsIn();
      await reader.picksConversationWith('bob');
      await reader.readsSealed('Sealed on the shelf', 'bob');
      assert.equal(await reader.page.getByText('Sealed on the shelf').count(), 1);
    });

    test('two tabs share one stream of events, and the second takes over', async () => {
      const streams: string[] = [];
      bob.page.context().on('request', (request) => {
        if (request.url().endsWith('/messaging/events')) streams.push(request.url());
      });
      const tab = await bob.opensTab();
      await tab.isIn();
      await tab.picksConversationWith('alice');
      await using writer = await Person.at(server.url, 'alice', 'twelve noisy umbrellas');
      await writer.signsIn();
      await writer.picksConversationWith('bob');
      await writer.writes('To both tabs');
      await tab.readsSealed('To both tabs', 'alice');
      await bob.readsSealed('To both tabs', 'alice');
      assert.deepEqual(streams, [], 'the first tab has the stream already');
      await bob.page.close();
      await writer.writes('To the one that is left');
      await tab.readsSealed('To the one that is left', 'alice');
      assert.equal(streams.length, 1);
      tab.hasNoComplaint();
      await tab.locks();
      await tab.unlocks();
      await tab.isIn();
      await tab.page.reload();
      await tab.isIn();
      await leavesLetterOf('carol', tab);
      await tab.signsOut();
      const kept = await keptBy(tab.page);
      assert.doesNotMatch(kept, /wrappedKeys|ciphertext/);
      assert.match(kept, /by carol/, 'whoever else writes here keeps what waits');
      await tab.page.reload();
      await tab.isAskedToSignIn();
    });
  });
});

/** Puts a letter into the queue, as somebody else leaves it who writes in the same browser. */
async function leavesLetterOf(account: string, person: Person): Promise<void> {
  await person.page.evaluate(async (account) => {
    const opening = indexedDB.open('pli');
    await new Promise((opened) => (opening.onsuccess = opened));
    const transaction = opening.result.transaction('queue', 'readwrite');
    transaction.objectStore('queue').put({ id: 'x', account, envelope: `by ${account}` }, 'x');
    await new Promise((done) => (transaction.oncomplete = done));
    opening.result.close();
  }, account);
}

/** Lets no letter leave. */
async function cutsOff(person: Person): Promise<void> {
  await person.page.route('**/messaging/send_message', (route) => route.abort());
}
