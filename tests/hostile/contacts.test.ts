import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { Schemas } from '@pli/client';
import { Contact, type History, Identity } from '@pli/crypto';

import { Person } from '../e2e/person.ts';
import { altered, Impostor, says } from '../support/impostor.ts';
import { TestServer } from '../support/server.ts';
import { Correspondent } from './correspondent.ts';

/** The histories that a server may have at hand. */
interface Histories {
  /** Of bob, as alice has seen it: with one rotation. */
  seen: History;
  /** Of bob, before that. */
  old: History;
  /** With bob's first keys, and others than his after them. */
  forked: History;
  /** Of somebody else who goes by bob's name. */
  replaced: History;
  /** Of carol. */
  ofCarol: History;
}

/** What a server gives for bob's history, and what comes of a letter to him. */
const LIES: Record<
  string,
  { gives: (from: Histories) => History; warns: 'changed' | 'refused'; stops?: true }
> = {
  'an older history': { gives: ({ old }) => old, warns: 'refused' },
  'a history with one statement altered': {
    gives: ({ seen }) => {
      const [first, last] = structuredClone(seen) as [History[0], History[0]];
      return [first, { ...last, payload: first.payload }];
    },
    warns: 'refused',
  },
  'no history': { gives: () => [], warns: 'refused' },
  'carol’s history': { gives: ({ ofCarol }) => ofCarol, warns: 'refused' },
  'a forked history': {
    gives: ({ forked }) => forked,
    warns: 'changed',
    stops: true,
  },
  'a history of somebody else': {
    gives: ({ replaced }) => replaced,
    warns: 'changed',
    stops: true,
  },
};

describe('a server that gives other keys out as bob’s', () => {
  let server: TestServer;
  let impostor: Impostor;
  let alice: Person;
  let bob: Correspondent;
  let own: Correspondent;
  let mallory: Identity;
  const histories = {} as Histories;

  before(async () => {
    server = await TestServer.start();
    impostor = await Impostor.before(server.url);
    const carol = await Correspondent.at(server.url, 'carol', 'three grey umbrellas');
    bob = await Correspondent.at(server.url, 'bob', 'eleven quiet locomotives');
    own = await Correspondent.at(server.url, 'alice', 'confiture d’oranges amères');
    histories.ofCarol = carol.identity.history;
    histories.old = bob.identity.history;
    // A thief of bob's first keys goes on from them in a way of their own.
    const stolen = await bob.identity.lock('a password of the thief');
    mallory = await Identity.unlock(stolen.wrappedKeys, 'a password of the thief');
    await mallory.rotate({ bits: 2048 });
    histories.forked = mallory.history;
    await bob.rotates();
    histories.seen = bob.identity.history;
    using other = await Identity.generate({ username: 'bob', bits: 2048 });
    histories.replaced = other.history;

    alice = await Person.at(impostor.url, 'alice', 'confiture d’oranges amères');
    await alice.signsIn();
    await alice.isIn();
    await alice.opensConversationWith('bob');
    await alice.writes('With the keys that are bob’s');
    await alice.readsSealed('With the keys that are bob’s', 'alice');
  });

  after(async () => {
    mallory?.destroy();
    await alice?.[Symbol.asyncDispose]();
    await impostor?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  for (const [name, { gives, warns, stops }] of Object.entries(LIES)) {
    test(`${name}: the page warns, and seals nothing to what is not bob’s`, async () => {
      const lie = altered<Schemas['Profile']>((it) => ({ ...it, key_history: gives(histories) }));
      using _ = impostor.lieTo(`GET /users/${bob.id}`, lie);
      // The pins outlive the session.
      await alice.signsOut();
      await alice.signsIn();
      await alice.isIn();
      await alice.picksConversationWith('bob');
      await alice.page.getByText(alice.t.trust[warns]('bob')).waitFor();
      if (stops) {
        await alice.drafts(`Given ${name}`);
        const send = alice.page.getByRole('button', { name: alice.t.conversation.send });
        assert(await send.isDisabled());
        await alice.drafts('');
      } else {
        await alice.writes(`Given ${name}`);
        await alice.readsSealed(`Given ${name}`, 'alice');
      }
    });
  }

  test('what was sealed went to bob’s own keys, and nothing else was', async () => {
    const texts = await bob.texts(own);
    const kept = Object.entries(LIES).filter(([, { stops }]) => !stops);
    const expected = kept.map(([name]) => `Given ${name}`);
    assert.deepEqual(texts, ['With the keys that are bob’s', ...expected]);
    const from = await Contact.from(own.identity.history, { username: 'alice' });
    const { data } = await bob.api.GET('/messaging/inbox', {
      params: { query: { after: 0, limit: 200 } },
    });
    for (const { message } of data!.entries) {
      const opening = mallory.open(message!.envelope, from, { id: message!.message_id });
      await assert.rejects(opening, { code: 'not_a_recipient' });
    }
  });

  test('keys that bob really changes are taken, and the letter goes', async () => {
    await bob.rotates();
    await alice.signsOut();
    await alice.signsIn();
    await alice.isIn();
    await alice.picksConversationWith('bob');
    await alice.writes('To the newest keys');
    await alice.readsSealed('To the newest keys', 'alice');
    assert.equal((await bob.texts(own)).at(-1), 'To the newest keys');
    alice.hasNoComplaint();
  });

  test('a browser that was made to forget still knows whom the page has seen', async () => {
    // As `Clear-Site-Data` does, where a browser follows it.
    const session = await alice.page.context().newCDPSession(alice.page);
    const { origin } = new URL(impostor.url);
    await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
    await alice.page.waitForFunction(async () => {
      const databases = await indexedDB.databases();
      return localStorage.length === 0 && databases.length === 0;
    });
    const forked = altered<Schemas['Profile']>((it) => ({ ...it, key_history: histories.forked }));
    using _ = impostor.lieTo(`GET /users/${bob.id}`, forked);
    const problem = { type: 'about:blank', title: 'No', status: 409, code: 'recipients_mismatch' };
    const type = { 'content-type': 'application/problem+json' };
    using __ = impostor.lieTo('POST /messaging/send', says(JSON.stringify(problem), 409, type));
    await alice.writes('Not to a thief');
    await alice.failsToSend('Not to a thief', 'identity_changed');
    await alice.page.getByText(alice.t.trust.changed('bob')).waitFor();
    const { payload } = mallory.history.at(-1)!;
    const [{ kid }] = JSON.parse(Buffer.from(payload, 'base64url').toString()).keys;
    assert(!Buffer.concat(impostor.heard).includes(kid), 'something was sealed to the thief');
  });

  test('to somebody seen for the first time, nothing is sealed with another’s keys', async () => {
    const lie = altered<Schemas['Profile']>((it) => ({ ...it, key_history: histories.replaced }));
    using _ = impostor.lieTo('GET /users/', lie);
    await alice.opensConversationWith('carol');
    await alice.isTold('bad_history');
  });
});
