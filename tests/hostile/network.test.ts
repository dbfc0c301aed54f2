import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { Locator } from 'playwright-core';

import { Person } from '../e2e/person.ts';
import { CUTS, type Impostor } from '../support/impostor.ts';
import type { Correspondent } from './correspondent.ts';
import { Stage } from './stage.ts';

/** The calls of a journey. What goes on beside it, in this page or another one, is not cut. */
const SIGNING_UP = /^\/auth\/(register|login)/;
const SIGNING_IN = /^\/auth\/(kdf|login)/;
const RECOVERING = /^\/auth\/(recovery_keys|reset_password|whoami)/;
const LOGOUT = /^\/auth\/logout/;

describe('a network that is cut at any moment', () => {
  let stage: Stage;
  let impostor: Impostor;
  let alice: Person;
  let bob: Correspondent;
  let own: Correspondent;
  /** What has been written in each direction, and not deleted: to be found once in the end. */
  const sent: string[] = [];
  const received: string[] = [];

  /** What alice does, and how it shows that it is done. */
  const journeys: Record<string, { does: (name: string) => Promise<void>; most: number }> = {
    'A letter sent': {
      most: 3,
      async does(name) {
        sent.push(name);
        await alice.writes(name);
        await comesToBe(async () => (await delivered(name)) === 1);
      },
    },
    'A file sent': {
      most: 5,
      async does(name) {
        const file = `${name}.txt`;
        sent.push(file);
        await alice.attaches({ name: file, mimeType: 'text/plain', buffer: Buffer.from(name) });
        await comesToBe(async () => (await delivered(file)) === 1);
      },
    },
    'A letter received and read': {
      most: 3,
      async does(name) {
        received.push(name);
        await bob.sends(name, own);
        await comesToBe(async () => (await delivered(name)) === 1);
      },
    },
    'A letter deleted': {
      most: 4,
      async does(name) {
        await bob.sends(name, own);
        await comesToBe(async () => (await delivered(name)) === 1);
        await comesToBe(async () => {
          const letter = alice.page.getByRole('article').filter({ hasText: name });
          if ((await letter.count()) === 0) return true;
          const remove = { name: alice.t.letter.remove };
          const dialog = alice.page.getByRole('dialog');
          // What was deleted though the answer got lost may go while somebody reaches for it.
          const missed = (button: Locator) =>
            button.click({ timeout: 2_000 }).catch(() => 'missed');
          const asked = await dialog.isVisible();
          if (!asked && (await missed(letter.getByRole('button', remove)))) return false;
          if (await missed(dialog.getByRole('button', remove))) return false;
          await dialog.waitFor({ state: 'detached' });
          const told = letter.getByRole('alert');
          await Promise.race([told.waitFor(), letter.waitFor({ state: 'detached' })]);
          return (await letter.count()) === 0;
        });
      },
    },
  };

  before(async () => {
    stage = await Stage.set();
    ({ impostor, alice, bob, own } = stage);
    received.push('The first');
    await alice.signsIn(alice.password, { stays: true });
    await alice.isIn();
    await alice.picksConversationWith('bob');
    await alice.readsSealed('The first', 'bob');
  });

  after(async () => await stage?.[Symbol.asyncDispose]());

  test('what was cut is there once in the end, wherever it was cut', async (t) => {
    for (const [journey, { does, most }] of Object.entries(journeys)) {
      for (const cut of CUTS) {
        await t.test(`${journey}, cut ${cut} of each of its calls`, async () => {
          let broken = 0;
          for (let call = 1; call <= most; call++) {
            using cutting = impostor.cutsAt(call, cut);
            await does(`${journey} ${cut} ${call}`.replaceAll(' ', '-'));
            if (cutting.done) broken++;
          }
          assert(broken >= 1, 'something must have been cut');
        });
      }
    }

    await t.test('the server has everything once, and so has the page after a reload', async () => {
      assert.deepEqual((await bob.texts(own)).sort(), [...sent].sort());
      assert.deepEqual((await own.texts(bob)).sort(), [...received].sort());
      await alice.page.reload();
      await alice.isIn();
      await alice.picksConversationWith('bob');
      for (let pages = 0; pages < 10; pages++) {
        const earlier = alice.page.getByRole('button', { name: alice.t.conversation.earlier });
        await alice.reads(received.at(-1)!);
        if ((await earlier.count()) === 0) break;
        const before = await alice.page.getByRole('article').count();
        await earlier.click();
        await comesToBe(async () => (await alice.page.getByRole('article').count()) > before);
      }
      for (const text of [...sent, ...received]) assert.equal(await delivered(text), 1, text);
    });
  });

  test('signing up and recovering: one account with the keys that the page holds, whenever it was cut', async () => {
    await using carol = await Person.at(impostor.url, 'carol', 'three grey umbrellas');
    for (const call of [1, 2]) {
      for (const cut of CUTS) {
        using cutting = impostor.cutsAt(call, cut, SIGNING_UP);
        await carol.asksForAnAccount();
        await carol.isTold('unreachable');
        assert(cutting.done);
      }
    }
    await carol.asksForAnAccount();
    const code = await carol.readsRecoveryCode();
    await carol.page.getByRole('button', { name: carol.t.recovery.next }).click();
    // The answer has no body, and so no middle.
    for (const cut of CUTS.slice(0, 2)) {
      using _ = impostor.cutsAt(1, cut, /^\/auth\/recovery$/);
      await carol.typesRecoveryCode(code);
      await carol.isTold('unreachable');
    }
    await carol.typesRecoveryCode(code);
    await carol.isIn();
    await carol.opensConversationWith('bob');
    await carol.writes('From a new account');
    await carol.readsSealed('From a new account', 'carol');
    await carol.signsOut();
    // The code that the page showed is the one in force, and stays it until it has done its work.
    for (const call of [1, 2, 3]) {
      for (const cut of CUTS) {
        using cutting = impostor.cutsAt(call, cut, RECOVERING);
        await carol.recovers(code, 'nine brown umbrellas');
        await carol.isTold('unreachable');
        assert(cutting.done);
      }
    }
    await carol.recovers(code, 'nine brown umbrellas');
    await carol.isIn();
    await carol.signsOut();
    await carol.signsIn('nine brown umbrellas');
    await carol.isIn();
  });

  test('signing in and out: no attempt harms the next', async () => {
    await using elsewhere = await Person.at(impostor.url, 'alice', alice.password);
    for (const call of [1, 2]) {
      for (const cut of CUTS) {
        using cutting = impostor.cutsAt(call, cut, SIGNING_IN);
        await elsewhere.signsIn();
        await elsewhere.isTold('unreachable');
        assert(cutting.done);
      }
    }
    for (const cut of CUTS) {
      await elsewhere.signsIn();
      await elsewhere.isIn();
      await elsewhere.page.getByRole('status').getByText(elsewhere.t.list.live).waitFor();
      using cutting = impostor.cutsAt(1, cut, LOGOUT);
      const failed = elsewhere.page.waitForEvent('requestfailed', (it) =>
        LOGOUT.test(new URL(it.url()).pathname),
      );
      await elsewhere.signsOut();
      await failed;
      assert(cutting.done);
    }
    await elsewhere.signsIn();
    await elsewhere.isIn();
  });

  /** How many letters with this in them have been delivered, as the page shows it. */
  async function delivered(text: string): Promise<number> {
    const letters = alice.page.getByRole('article').filter({ hasText: text });
    const seals = alice.page.getByRole('img', { name: /./ });
    return await letters.filter({ has: seals }).count();
  }

  /** Waits for something, while the browser says again and again that there is a network. */
  async function comesToBe(what: () => Promise<boolean>): Promise<void> {
    const patience = Date.now() + 20_000;
    while (!(await what())) {
      assert(Date.now() < patience, 'it does not come to be');
      await alice.page.evaluate(async () => {
        dispatchEvent(new Event('online'));
        await new Promise((resolve) => setTimeout(resolve, 50));
      });
    }
  }
});
