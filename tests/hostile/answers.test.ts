import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { Schemas } from '@pli/client';

import { CONVERSATIONS } from '../../web-demo/src/api/pages.ts';
import { type Failure, Person } from '../e2e/person.ts';
import type { Impostor } from '../support/impostor.ts';
import { altered, endless, type Lie, says } from '../support/impostor.ts';
import type { Correspondent } from './correspondent.ts';
import { Stage } from './stage.ts';

const SCRIPT = '<img src=x onerror="document.title=1"><script>document.title = 1</script>';

/** Bytes of an endless answer that may be on their way before the page hangs up. */
const PATIENCE = 48 * 1024 * 1024;

/** What a server may answer when it is asked who somebody is, and what the page must say. */
const ANSWERS: Record<string, { lie: Lie; says: Failure }> = {
  null: { lie: says('null'), says: 'bad_answer' },
  'a list': { lie: says('[]'), says: 'bad_answer' },
  'a text': { lie: says('"bob"'), says: 'bad_answer' },
  'a number beyond all bounds': { lie: says('1e999'), says: 'bad_answer' },
  'nothing at all': { lie: says(''), says: 'bad_answer' },
  'what is no JSON': { lie: says('{"id":'), says: 'bad_answer' },
  'a page of HTML': {
    lie: says(`<!doctype html>${SCRIPT}`, 200, { 'content-type': 'text/html' }),
    says: 'bad_answer',
  },
  'objects without end': { lie: says('{"a":'.repeat(20_000)), says: 'bad_answer' },
  'lists in lists': {
    lie: profile((it) => ({ ...it, key_history: nested(3_000) })),
    says: 'bad_answer',
  },
  'a script as a username': {
    lie: profile((it) => ({ ...it, username: SCRIPT })),
    says: 'bad_answer',
  },
  'a username of a megabyte': {
    lie: profile((it) => ({ ...it, username: 'b'.repeat(1 << 20) })),
    says: 'bad_answer',
  },
  'an address as an identifier': {
    lie: profile((it) => ({ ...it, id: '../../auth/logout?' })),
    says: 'bad_answer',
  },
  'a history of numbers': {
    lie: profile((it) => ({ ...it, key_history: [1, 2] })),
    says: 'bad_answer',
  },
  'a history without end': {
    lie: profile((it) => ({ ...it, key_history: Array(65).fill(it.key_history[0]) })),
    says: 'bad_answer',
  },
  'somebody else': { lie: profile((it) => ({ ...it, username: 'mallory' })), says: 'wrong_person' },
  'an error with a script for a code': { lie: problem({ code: SCRIPT }), says: 'bad_answer' },
  'an error with a sentence for a code': {
    lie: problem({ code: 'send_your_password_to_mallory_at_example_com' }),
    says: 'bad_answer',
  },
  'an error with a number for a code': { lie: problem({ code: 7 }), says: 'bad_answer' },
  'an error with scripts all around': {
    lie: problem({ code: 'user_not_found', title: SCRIPT, detail: SCRIPT, errors: SCRIPT }, 404),
    says: 'user_not_found',
  },
  'an error of 100 MB': { lie: says(' '.repeat(100 << 20), 500), says: 'bad_answer' },
  'a redirect to elsewhere': {
    lie: says('', 307, { location: 'http://127.0.0.2:9/users/lookup' }),
    says: 'unreachable',
  },
  'a redirect to itself': {
    lie: says('', 307, { location: '/users/lookup' }),
    says: 'unreachable',
  },
};

describe('a server that answers anything', () => {
  let stage: Stage;
  let impostor: Impostor;
  let alice: Person;
  let bob: Correspondent;
  let own: Correspondent;

  before(async () => {
    stage = await Stage.set();
    ({ impostor, alice, bob, own } = stage);
    await alice.signsIn();
    await alice.isIn();
  });

  after(async () => await stage?.[Symbol.asyncDispose]());

  for (const [name, { lie, says: failure }] of Object.entries(ANSWERS)) {
    test(`${name} for an answer: the page says so, and nothing comes to life`, async () => {
      using _ = impostor.lieTo('POST /users/lookup', lie);
      await alice.opensConversationWith('bob');
      await alice.isTold(failure);
      await alice.page.keyboard.press('Escape');
      assert.equal(await alice.page.locator('img, script:not([src])').count(), 0);
      assert.notEqual(await alice.page.title(), '1');
    });
  }

  test('an answer that never ends is not waited for, nor kept', async () => {
    const { lie, sent } = endless('{"id":"');
    using _ = impostor.lieTo('POST /users/lookup', lie);
    await alice.opensConversationWith('bob');
    await alice.isTold('bad_answer');
    await alice.page.keyboard.press('Escape');
    assert((await sent) < PATIENCE, `${await sent} bytes`);
  });

  describe('about the mailbox', () => {
    for (const [name, alter] of Object.entries({
      'numbers that run backwards': (inbox: Schemas['Inbox']) => ({
        ...inbox,
        entries: inbox.entries.map((it) => ({ ...it, seq: 1 })),
      }),
      'numbers that are none': (inbox: Schemas['Inbox']) => ({
        ...inbox,
        entries: inbox.entries.map((it) => ({ ...it, seq: -1.5 })),
      }),
      'a thousand entries at once': (inbox: Schemas['Inbox']) => ({
        ...inbox,
        entries: Array.from({ length: 1000 }, (_, at) => ({ ...inbox.entries[0], seq: 100 + at })),
      }),
      'no entries': (inbox: Schemas['Inbox']) => ({ ...inbox, entries: null }),
      'scripts for participants': (inbox: Schemas['Inbox']) =>
        JSON.parse(JSON.stringify(inbox).replaceAll('"bob"', JSON.stringify(SCRIPT))) as unknown,
    })) {
      test(`${name}: the page says that it makes no sense, and goes on when it does`, async () => {
        {
          using _ = impostor.lieTo('GET /messaging/inbox', altered(alter));
          await bob.sends(`Among ${name}`, own);
          await alice.page.getByRole('status').getByText(alice.t.list.odd).waitFor();
        }
        await alice.page.getByRole('status').getByText(alice.t.list.live).waitFor();
        await alice.picksConversationWith('bob');
        await alice.readsSealed(`Among ${name}`, 'bob');
      });
    }

    test('pages of a list that never end are not followed for ever', async () => {
      let followed = 0;
      const lie: Lie = ({ path }, answer) => {
        const before = Number(/before=(\d+)/.exec(path)?.[1] ?? 2 ** 50);
        followed = Math.max(followed, 2 ** 50 - before + 1);
        return says(JSON.stringify({ conversations: [], next: before - 1 }))(undefined!, answer);
      };
      using _ = impostor.lieTo('GET /messaging/conversations?', lie);
      await using elsewhere = await Person.at(impostor.url, 'alice', alice.password);
      await elsewhere.signsIn();
      await elsewhere.page.getByRole('status').getByText(alice.t.list.odd).waitFor();
      assert.equal(followed, CONVERSATIONS.mostPages);
    });

    for (const [what, piece] of [
      ['an event', 'data: x'],
      ['nothing', 'x'],
    ] as const) {
      test(`a stream of events that is ${what} without end is hung up on`, async () => {
        const { lie, sent } = endless(piece, { 'content-type': 'text/event-stream' });
        using _ = impostor.lieTo('GET /messaging/events', lie);
        await using elsewhere = await Person.at(impostor.url, 'alice', alice.password);
        await elsewhere.page.clock.install();
        const asked = elsewhere.page.waitForRequest(/\/messaging\/events/);
        await elsewhere.signsIn();
        await elsewhere.isIn();
        await asked;
        const connecting = elsewhere.page.getByRole('status').getByText(alice.t.list.connecting);
        if (what === 'nothing') await connecting.waitFor();
        await elsewhere.page.clock.fastForward(40_000);
        await elsewhere.page.getByRole('status').getByText(alice.t.list.lost).waitFor();
        await sent;
      });
    }
  });

  test('a letter that the server says it took, but not which, is not counted as sent', async () => {
    using _ = impostor.lieTo('POST /messaging/send_message', says('{"ok":true}'));
    await alice.writes('Really sent?');
    await alice.failsToSend('Really sent?', 'bad_answer');
  });

  test('200 for everything signs nobody in', async () => {
    for (const [answer, failure] of [
      ['{}', 'kdf_refused'],
      ['true', 'bad_answer'],
    ] as const) {
      using _ = impostor.lieTo('POST /auth/', says(answer));
      await using other = await Person.at(impostor.url, 'alice', alice.password);
      await other.signsIn();
      await other.isTold(failure);
    }
  });
});

function profile(alter: (it: Schemas['Profile']) => unknown): Lie {
  return altered<Schemas['Profile']>(alter);
}

function problem(members: object, status = 400): Lie {
  return says(JSON.stringify({ type: 'about:blank', status, ...members }), status, {
    'content-type': 'application/problem+json',
    'retry-after': '1e300',
  });
}

function nested(levels: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}
