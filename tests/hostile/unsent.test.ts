import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import type { Schemas } from '@pli/client';

import type { Person } from '../e2e/person.ts';
import type { Impostor } from '../support/impostor.ts';
import { altered, says } from '../support/impostor.ts';
import type { Correspondent } from './correspondent.ts';
import { Stage } from './stage.ts';

describe('what has not been sent when a server lies', () => {
  let stage: Stage;
  let impostor: Impostor;
  let alice: Person;
  let bob: Correspondent;
  let own: Correspondent;

  before(async () => {
    stage = await Stage.set();
    ({ impostor, alice, bob, own } = stage);
  });

  after(async () => await stage?.[Symbol.asyncDispose]());

  test('a draft waits for its account when the server gives it another identity', async () => {
    await comesIn();
    await alice.drafts('Half of a letter');
    await isThrownOut();
    {
      const lie = altered<Schemas['SignedIn']>((it) => {
        return { ...it, account: { ...it.account, id: randomUUID() } };
      });
      using _ = impostor.lieTo('POST /auth/login', lie);
      await comesIn();
      await alice.hasDraft('');
      await alice.signsOut();
    }
    await comesIn();
    await alice.hasDraft('Half of a letter');
  });

  test('a draft that can’t be taken out stays until it can', async () => {
    const { page } = alice;
    await alice.locks();
    await page.evaluate(() => {
      const parse = JSON.parse.bind(JSON);
      JSON.parse = (text: string) => {
        if (!text.includes('Half of a letter')) return parse(text) as unknown;
        JSON.parse = parse;
        throw new TypeError('out of memory');
      };
    });
    await alice.unlocks();
    await alice.isTold('unexpected');
    await alice.isLockedOut();
    await alice.unlocks();
    await alice.isIn();
    await alice.picksConversationWith('bob');
    await alice.hasDraft('Half of a letter');
  });

  test('keys are wiped on locking even if what was written can’t be put away', async () => {
    const { page } = alice;
    await alice.drafts('Half of a letter');
    // The worker of before the lock is wiped; that it has ended is heard a moment later.
    const patience = Date.now() + 60_000;
    while (page.workers().length > 1) {
      assert(Date.now() < patience, 'one worker remains');
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
    const wiped = page.workers()[0]!;
    const gone = wiped.waitForEvent('close');
    await page.evaluate(() => {
      const stringify = JSON.stringify.bind(JSON);
      JSON.stringify = (value: unknown, ...rest: []) => {
        const text = stringify(value, ...rest) as string | undefined;
        if (!text?.includes('Half of a letter')) return text!;
        JSON.stringify = stringify;
        throw new TypeError('out of memory');
      };
    });
    await alice.locks();
    await gone;
    await alice.unlocks();
    await alice.isIn();
    await alice.signsOut();
  });

  test('a letter that is sealed anew is sent once, after a reload too', async () => {
    await comesIn({ stays: true });
    {
      const taken = JSON.stringify({ code: 'message_id_taken' });
      using _ = impostor.lieTo('POST /messaging/send_message', says(taken, 409));
      await alice.writes('Only once, please');
      await alice.failsToSend('Only once, please', 'message_id_taken');
    }
    const letter = await alice.reads('Only once, please');
    await letter.getByRole('button', { name: alice.t.letter.retry }).click();
    await alice.readsSealed('Only once, please', 'alice');
    await alice.page.reload();
    await alice.isIn();
    await alice.picksConversationWith('bob');
    await alice.writes('And this after it');
    await alice.readsSealed('And this after it', 'alice');
    assert.deepEqual(await bob.texts(own), ['Only once, please', 'And this after it']);
  });

  /** Signs in and goes to the letters with bob. */
  async function comesIn(how: { stays?: boolean } = {}): Promise<void> {
    await alice.signsIn(alice.password, how);
    await alice.picksConversationWith('bob');
    await alice.readsSealed('The first', 'bob');
  }

  /** The server ends the session. */
  async function isThrownOut(): Promise<void> {
    const ended = JSON.stringify({ code: 'session_ended' });
    using _ = impostor.lieTo('GET /auth/refresh', says(ended, 401));
    using __ = impostor.lieTo('GET /messaging/', says(ended, 401));
    await alice.page.evaluate(() => dispatchEvent(new Event('offline')));
    await alice.isAskedToSignIn();
  }
});
