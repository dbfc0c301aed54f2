import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { Route } from 'playwright-core';

import { remove, rotate } from '../support/account.ts';
import type { TestServer } from '../support/server.ts';
import { AccountPage } from './account-page.ts';
import { Correspondence } from './correspondence.ts';
import { Person } from './person.ts';
import { compares, isVerified } from './safety-number.ts';

describe('new keys', () => {
  let correspondence: Correspondence;
  let server: TestServer;
  let alice: Person;
  let bob: Person;

  before(async () => {
    correspondence = await Correspondence.begun();
    ({ server, alice, bob } = correspondence);
    await compares(alice);
    await alice.page.getByRole('button', { name: alice.t.trust.mark }).click();
    await alice.page.getByText(alice.t.trust.isVerified('bob')).waitFor();
    await alice.picksConversationWith('bob');
  });

  after(async () => await correspondence?.[Symbol.asyncDispose]());

  describe('of one’s own accord', () => {
    let elsewhere: Person;

    before(async () => {
      elsewhere = await Person.at(server.url, 'bob', bob.password);
      await elsewhere.signsIn();
      await elsewhere.isIn();
      await elsewhere.picksConversationWith('alice');
      await elsewhere.readsSealed('First keys', 'bob');
      await elsewhere.drafts('Half a letter');
    });

    after(async () => await elsewhere?.[Symbol.asyncDispose]());

    test('are not made with a wrong password', async () => {
      await renews(bob, 'not the password');
      await bob.isTold('wrong_password');
    });

    test('are signed with the former ones, and the contact is told once', async () => {
      await renews(bob);
      await isRenewed(bob);
      await bob.picksConversationWith('alice');
      await bob.writes('With other keys');
      const letter = await alice.readsSealed('With other keys', 'bob');
      await letter.getByText(alice.t.letter.key(2)).waitFor();
      await letter.getByText(alice.t.letter.current).waitFor();
      const former = await alice.readsSealed('First keys', 'bob');
      await former.getByText(alice.t.letter.former).waitFor();
      assert(await isVerified(alice), 'the mark stays');
      const notice = alice.page.getByText(told(alice.t.trust.renewed('bob', '')));
      await notice.waitFor();
      await using tab = await alice.opensTab();
      await tab.picksConversationWith('bob');
      await tab.page.getByText(told(alice.t.trust.renewed('bob', ''))).waitFor();
      await alice.page.getByRole('button', { name: alice.t.trust.noted }).click();
      await notice.waitFor({ state: 'detached' });
      const there = tab.page.getByText(told(alice.t.trust.renewed('bob', '')));
      await there.waitFor({ state: 'detached' });
      await tab.page.reload();
      await tab.picksConversationWith('bob');
      await tab.readsSealed('With other keys', 'bob');
      assert.equal(await there.count(), 0);
      assert(await isVerified(tab));
    });

    test('have to be unlocked on the other device, which keeps what was being written', async () => {
      await elsewhere.isLockedOut();
      await elsewhere.page.getByText(elsewhere.t.trust.outdated('bob')).waitFor();
      await alice.writes('Sealed to the new ones');
      await elsewhere.unlocks();
      await elsewhere.isIn();
      await elsewhere.picksConversationWith('alice');
      await elsewhere.readsSealed('Sealed to the new ones', 'alice');
      await elsewhere.readsSealed('Before anything', 'alice');
      await elsewhere.hasDraft('Half a letter');
      const own = elsewhere.page.getByText(told(elsewhere.t.trust.ownRenewed('')));
      assert.equal(await own.count(), 0, 'the locked page has told of it');
      elsewhere.hasNoComplaint();
    });

    test('are taken up by the other tabs of a session that is kept', async () => {
      await using tab = await alice.opensTab();
      await tab.picksConversationWith('bob');
      await alice.page.bringToFront();
      await renews(alice);
      await isRenewed(alice);
      await tab.page.bringToFront();
      await bob.writes('To both tabs');
      await tab.readsSealed('To both tabs', 'bob');
      await tab.writes('From the other tab');
      await bob.readsSealed('From the other tab', 'alice');
      await tab.page.reload();
      await tab.picksConversationWith('bob');
      await tab.readsSealed('To both tabs', 'bob');
      tab.hasNoComplaint();
    });

    test('are in use when the answer to them got lost', async () => {
      const path = '**/auth/keys';
      await alice.page.route(path, async (route) => {
        if (route.request().method() !== 'PUT') return await route.continue();
        await route.fetch();
        await route.abort();
      });
      await renews(alice);
      await isRenewed(alice);
      await alice.page.unroute(path);
    });

    test('are in use as soon as the server can say that it has them, and not before', async () => {
      for (const arrives of [false, true]) {
        await doubts(arrives);
        await alice.picksConversationWith('bob');
        await alice.writes(`In doubt, ${arrives}`);
        const letter = await bob.readsSealed(`In doubt, ${arrives}`, 'alice');
        await letter.getByText(bob.t.letter.key(arrives ? 4 : 3)).waitFor();
      }
    });

    for (const [others, late, number] of [
      ['are being', false, 6],
      ['have been', true, 8],
    ] as const) {
      test(`in doubt, they are taken up though others ${others} made already`, async () => {
        await doubts(true);
        if (late) await learnsLate();
        await renews(alice);
        await bob.writes(`While others ${others} made`);
        await isRenewed(alice);
        await alice.page.unroute('**/auth/keys');
        await alice.picksConversationWith('bob');
        await alice.readsSealed(`While others ${others} made`, 'bob');
        await alice.writes(`With key ${number}`);
        const letter = await bob.readsSealed(`With key ${number}`, 'alice');
        await letter.getByText(bob.t.letter.key(number)).waitFor();
      });
    }

    /** New keys are made of which the network says nothing, neither on handing in nor later. */
    async function doubts(arrives: boolean): Promise<void> {
      const path = '**/auth/keys';
      let made = false;
      await alice.page.route(path, async (route) => {
        if (route.request().method() !== 'PUT' && !made) return await route.continue();
        if (!made && arrives) await route.fetch();
        made = true;
        await route.abort();
      });
      await renews(alice);
      await alice.isTold('keys_in_doubt');
      await alice.page.unroute(path);
    }

    /** A look at the keys that the server has ends only when others are about to be handed in. */
    async function learnsLate(): Promise<void> {
      let looked = false;
      await alice.page.route('**/auth/keys', async (route) => {
        looked ||= route.request().method() === 'PUT';
        if (looked) return await route.continue();
        const response = await route.fetch();
        const { held = [] } = await alice.page.evaluate(() => navigator.locks.query());
        if (!looked && held.some(({ name }) => name?.startsWith('pli-keys-'))) {
          looked = true;
          await alice.page.waitForFunction(async () => {
            const { held = [], pending = [] } = await navigator.locks.query();
            const [looks, waits] = [held, pending].map((locks) =>
              locks.some(({ name }) => name?.startsWith('pli-keys-')),
            );
            return waits || !looks;
          });
        }
        await route.fulfill({ response });
      });
    }
  });

  describe('at a bad moment', () => {
    test('locking while they are handed in leaves a page that goes on', async () => {
      const handedIn = new Promise<Route>((resolve) => {
        void alice.page.route('**/auth/keys', async (route) => {
          if (route.request().method() === 'PUT') resolve(route);
          else await route.continue();
        });
      });
      await renews(alice);
      const handingIn = await handedIn;
      await alice.locks();
      await handingIn.abort();
      await alice.page.unroute('**/auth/keys');
      await alice.unlocks();
      await alice.picksConversationWith('bob');
      await bob.writes('After the lock');
      await alice.readsSealed('After the lock', 'bob');
    });

    test('those of another device, made at the same time, win and have to be unlocked', async () => {
      await alice.page.route('**/auth/keys', async (route) => {
        if (route.request().method() === 'PUT') {
          await rotate(server.url, 'alice', alice.password);
        }
        await route.continue();
      });
      await renews(alice);
      await alice.isLockedOut();
      await alice.page.getByText(alice.t.trust.outdated('alice')).waitFor();
      await alice.page.unroute('**/auth/keys');
      await alice.unlocks();
      await alice.picksConversationWith('bob');
      await bob.writes('After the race');
      await alice.readsSealed('After the race', 'bob');
    });
  });

  test('the recovery code of before opens the new keys', async () => {
    await using forgetful = await Person.at(server.url, 'bob', 'twelve noisy umbrellas');
    await forgetful.recovers(correspondence.code, forgetful.password);
    await forgetful.isIn();
    await forgetful.picksConversationWith('alice');
    await forgetful.readsSealed('Sealed to the new ones', 'alice');
    await forgetful.readsSealed('Before anything', 'alice');
    await remove(server.url, 'bob', forgetful.password);
  });

  test('who has deleted the account is not written to, and what was written can be read', async () => {
    await alice.page.reload();
    await alice.picksConversationWith('bob');
    await alice.readsSealed('With other keys', 'bob');
    await alice.page.getByText(alice.t.trust.deleted('bob')).waitFor();
    await alice.drafts('Too late');
    const send = alice.page.getByRole('button', { name: alice.t.conversation.send });
    assert(await send.isDisabled());
  });
});

/** Asks for new keys, on the account's page. */
async function renews(person: Person, typed = person.password): Promise<void> {
  const account = await AccountPage.of(person);
  await account.renewsKeys(typed);
}

async function isRenewed({ page, t }: Person): Promise<void> {
  await page.getByText(t.rotation.done).waitFor();
}

/** The beginning of a sentence that goes on with a date. */
function told(sentence: string): string {
  return sentence.slice(0, sentence.search(/ (on|since|le|depuis)\b/) + 1).trim();
}
