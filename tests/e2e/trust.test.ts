import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { Schemas } from '@pli/client';
import { type History, Identity } from '@pli/crypto';
import decode from 'qr/decode.js';

import { register, rotate } from '../support/account.ts';
import { altered, type Impostor } from '../support/impostor.ts';
import type { TestServer } from '../support/server.ts';
import { Correspondence } from './correspondence.ts';
import type { Failure, Person } from './person.ts';
import { compares, isVerified } from './safety-number.ts';

/** What the server says of somebody. */
type Profile = Schemas['Profile'];

describe('who is who', () => {
  let correspondence: Correspondence;
  let server: TestServer;
  let impostor: Impostor;
  let alice: Person;
  let bob: Person;

  before(async () => {
    correspondence = await Correspondence.begun({ renewed: true });
    ({ server, impostor, alice, bob } = correspondence);
  });

  after(async () => await correspondence?.[Symbol.asyncDispose]());

  describe('safety numbers', () => {
    let digits: string;

    test('both see the same one, and the QR code holds its digits', async () => {
      await Promise.all([compares(alice), compares(bob)]);
      digits = await safetyNumber(alice);
      assert.match(digits, /^(\d{5} ){11}\d{5}$/);
      assert.equal(await safetyNumber(bob), digits);
      assert.equal(await scanned(alice), digits.replaceAll(' ', ''));
      await returns(bob, 'alice');
    });

    test('a pasted one is compared whatever its form', async () => {
      const { trust: t } = alice.t;
      const results = [
        [digits.replaceAll(' ', '\n'), t.same],
        [digits.replace(/\d/g, (digit) => String.fromCodePoint(0x0660 + Number(digit))), t.same],
        [digits.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10)), t.different],
        [digits.slice(6), t.incomplete(55)],
      ] as const;
      for (const [pasted, result] of results) {
        await alice.page.getByLabel(t.paste('bob')).fill(pasted);
        await alice.page.getByText(result).waitFor();
      }
    });

    test('who was compared with bears a mark, which can be taken back', async () => {
      const { trust: t } = alice.t;
      await alice.page.getByText(t.isNotVerified('bob')).waitFor();
      await alice.page.getByRole('button', { name: t.mark }).click();
      await alice.page.getByText(t.isVerified('bob')).waitFor();
      await alice.page.getByRole('button', { name: t.unmark }).click();
      await alice.page.getByText(t.isNotVerified('bob')).waitFor();
      await using tab = await alice.opensTab();
      await tab.picksConversationWith('bob');
      await tab.readsSealed('First keys', 'bob');
      assert(!(await isVerified(tab)));
      await alice.page.getByRole('button', { name: t.mark }).click();
      await tab.page.getByRole('img', { name: t.signedByVerified('bob') }).waitFor();
      assert(await isVerified(tab));
      await returns(alice, 'bob');
      assert(await isVerified(alice));
      alice.hasNoComplaint();
      tab.hasNoComplaint();
    });

    test('a mark that the other tabs could not be told of is no silent failure', async () => {
      const { trust: t } = alice.t;
      await using tab = await alice.opensTab();
      await tab.picksConversationWith('bob');
      await compares(tab);
      await tab.page.evaluate(() => {
        BroadcastChannel.prototype.postMessage = () => {
          throw new Error('no other tab can be told');
        };
      });
      for (const [action, result] of [
        [t.unmark, t.isNotVerified('bob')],
        [t.mark, t.isVerified('bob')],
      ] as const) {
        await tab.page.getByRole('button', { name: action }).click();
        await tab.page.getByText(result).waitFor();
        await tab.isTold('unexpected');
      }
    });
  });

  test('among several people there is a number for each of the others', async () => {
    await register(server.url, 'carol', 'three grey umbrellas', { recovery: false });
    await alice.opensConversationWith('bob, carol');
    await alice.page.getByRole('heading', { name: 'bob and carol' }).waitFor();
    assert(!(await isVerified(alice)), 'one of two is not all');
    await compares(alice);
    await alice.page.getByRole('heading', { name: 'carol' }).waitFor();
    await alice.page.getByRole('img', { name: alice.t.trust.code }).nth(1).waitFor();
    const numbers = await alice.page.locator('section [translate=no]').allInnerTexts();
    assert.equal(new Set(numbers).size, 2);
    await alice.picksConversationWith('bob');
  });

  describe('a server that does not tell the truth', () => {
    test('gives an older history: the one that is known stays in use', async () => {
      using _ = altersHistoryOfBob((history) => history.slice(0, 1));
      await comesBack(alice);
      await alice.page.getByText(alice.t.trust.refused('bob')).waitFor();
      await alice.writes('Sealed to those last seen');
      await bob.readsSealed('Sealed to those last seen', 'alice');
      await alice.readsSealed('First keys', 'bob');
    });

    test('gives another history: nothing is sealed, and accepting it takes a decision', async () => {
      using forger = await Identity.generate({ username: 'bob', bits: 2048 });
      let given = forger;
      using _ = altersHistoryOfBob(() => [...given.history]);
      await comesBack(alice);
      await alice.page.getByText(alice.t.trust.changed('bob')).waitFor();
      await alice.readsSealed('First keys', 'bob');
      assert(!(await isVerified(alice)));
      await alice.drafts('Not to a stranger');
      const send = alice.page.getByRole('button', { name: alice.t.conversation.send });
      assert(await send.isDisabled());
      using other = await Identity.generate({ username: 'bob', bits: 2048 });
      let compared = '';
      await decides(alice, async (offered) => {
        // Behind the question the server gives yet others: what was compared is what is accepted.
        compared = offered;
        given = other;
        await looksAgain(alice, 'bob');
        await alice.page.waitForFunction((offered) => {
          const numbers = document.querySelectorAll<HTMLElement>('section [translate=no]');
          return numbers[1]?.innerText !== offered;
        }, offered);
        given = forger;
      });
      assert.equal((await safetyNumber(alice)).replaceAll(' ', ''), compared.replace(/\s/g, ''));
      await comesBack(alice);
      await alice.seesBrokenSeal('former_identity');
      assert(!(await isVerified(alice)), 'the mark is gone');
    });

    test('gives yet another: it is a stop again, and the right one works again', async () => {
      await comesBack(alice);
      await alice.page.getByText(alice.t.trust.changed('bob')).waitFor();
      await alice.seesBrokenSeal('former_identity');
      await using tab = await alice.opensTab();
      await tab.picksConversationWith('bob');
      const stop = tab.page.getByText(tab.t.trust.changed('bob'));
      await stop.waitFor();
      await alice.page.bringToFront();
      await decides(alice);
      await stop.waitFor({ state: 'detached' });
      await tab.readsSealed('First keys', 'bob');
      await returns(alice, 'bob');
      await alice.readsSealed('First keys', 'bob');
      await alice.writes('To the right one');
      await bob.readsSealed('To the right one', 'alice');
    });

    test('gives an older history of oneself: it is not taken', async () => {
      await comesBack(alice);
      await alice.readsSealed('To the right one', 'alice');
      const lies = (alter: (history: History) => History) =>
        impostor.lieTo(
          'GET /auth/keys',
          altered<Schemas['OwnKeys']>((keys) => ({
            ...keys,
            key_history: alter(keys.key_history),
          })),
        );
      {
        using _ = lies((history) => history.slice(0, 1));
        await alice.writes('Which the server counts');
        await bob.readsSealed('Which the server counts', 'alice');
        await bob.writes('And an answer');
        await alice.readsSealed('And an answer', 'bob');
        await alice.page.getByText(alice.t.trust.ownRefused).waitFor();
      }
      using forger = await Identity.generate({ username: 'alice', bits: 2048 });
      using _ = lies(() => forger.history);
      await bob.writes('And another');
      await alice.readsSealed('And another', 'bob');
      await alice.page.getByText(alice.t.trust.ownChanged).waitFor();
      await alice.writes('Sealed to the keys in hand');
      await bob.readsSealed('Sealed to the keys in hand', 'alice');
      await alice.readsSealed('Sealed to the keys in hand', 'alice');
    });

    test('gives the keys of before the last renewal: they are not unlocked', async () => {
      await alice.signsOut();
      const old = await rotate(server.url, 'alice', alice.password);
      await alice.signsIn();
      await alice.isIn();
      await alice.signsOut();
      using _ = impostor.lieTo(
        'POST /auth/login',
        altered<Schemas['SignedIn']>((session) => ({ ...session, wrapped_keys: old })),
      );
      await alice.signsIn();
      await alice.isTold('history_rolled_back' satisfies Failure);
    });

    function altersHistoryOfBob(alter: (history: History) => History): Disposable {
      return impostor.lieTo(
        'GET /users/',
        altered<Profile>((profile) =>
          profile.username === 'bob'
            ? { ...profile, key_history: alter(profile.key_history) }
            : profile,
        ),
      );
    }
  });
});

async function returns({ page, t }: Person, name: string): Promise<void> {
  await page.getByRole('button', { name: t.trust.back(name) }).click();
}

/** Reads the safety number, group by group, once it is computed. */
async function safetyNumber({ page }: Person): Promise<string> {
  const number = page.getByRole('main').locator('section [translate=no]').first();
  const groups = number.locator('span');
  await groups.nth(11).waitFor();
  return (await groups.allInnerTexts()).join(' ');
}

/** What a camera would make of the QR code. */
async function scanned({ page, t }: Person): Promise<string> {
  const code = page.getByRole('img', { name: t.trust.code });
  const { size, path } = await code.evaluate((svg: SVGSVGElement) => ({
    size: svg.viewBox.baseVal.width,
    path: svg.querySelector('path')?.getAttribute('d') ?? '',
  }));
  const scale = 4;
  const width = size * scale;
  const data = new Uint8Array(width * width * 4).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let row = 0; row < scale; row++) {
      const start = ((Number(y) * scale + row) * width + Number(x) * scale) * 4;
      for (let at = start; at < start + scale * 4; at += 4) data.fill(0, at, at + 3);
    }
  }
  return decode({ width, height: width, data });
}

/** Loads the page anew and looks at the letters with bob. */
async function comesBack(person: Person): Promise<void> {
  await person.page.reload();
  await person.picksConversationWith('bob');
}

/** Accepts the keys that bob has now, which is not to be done by pressing Enter. */
async function decides(
  { page, t }: Person,
  meanwhile = async (_offered: string): Promise<void> => {},
): Promise<void> {
  await page.getByRole('button', { name: t.trust.decide }).click();
  await page.getByText(t.trust.replacedMeans('bob')).waitFor();
  const numbers = await page.locator('section [translate=no]').allInnerTexts();
  assert.equal(new Set(numbers).size, 2, 'the former number and the new one');
  await page.getByRole('button', { name: t.trust.accept }).click();
  await page.keyboard.press('Enter');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: t.trust.accept }).click();
  const accept = page.getByRole('button', { name: t.trust.acceptDo, exact: true });
  assert(await accept.isDisabled());
  await page.getByLabel(t.trust.acceptAsked('bob')).check();
  await meanwhile(numbers[1]!);
  await accept.click();
  await page.getByText(t.trust.accepted('bob')).waitFor();
}

/** Has a page fetch somebody's history again, as news from another tab do. */
async function looksAgain({ page }: Person, name: string): Promise<void> {
  await page.evaluate(async (name) => {
    const opening = indexedDB.open('pli');
    await new Promise((opened) => (opening.onsuccess = opened));
    const kept = opening.result.transaction('kept').objectStore('kept').get('session');
    await new Promise((read) => (kept.onsuccess = read));
    opening.result.close();
    new BroadcastChannel(`pli-people-${kept.result.account.id}`).postMessage(name);
  }, name);
}
