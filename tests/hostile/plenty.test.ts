import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import type { Schemas } from '@pli/client';

import { Person } from '../e2e/person.ts';
import type { Impostor } from '../support/impostor.ts';
import { altered, type Lie, says, send } from '../support/impostor.ts';
import type { TestServer } from '../support/server.ts';
import type { Correspondent } from './correspondent.ts';
import { Stage } from './stage.ts';

/** What the page's own things may take, in bytes. */
const HEAP = 64 * 1024 * 1024;

/** Times that are of the right form, and none. */
const TIMES = ['2026-01-01T23:59:60Z', '2026-13-01T00:00:00Z', '9999-99-99T99:99:99Z'];

describe('a server that has too much of everything', () => {
  let stage: Stage;
  let server: TestServer;
  let impostor: Impostor;
  let alice: Person;
  let own: Correspondent;

  before(async () => {
    stage = await Stage.set();
    ({ server, impostor, alice, own } = stage);
    await server.grantStaff('alice');
    await alice.signsIn();
    await alice.isIn();
    await alice.picksConversationWith('bob');
    await alice.readsSealed('The first', 'bob');
  });

  after(async () => await stage?.[Symbol.asyncDispose]());

  test('events without end, while the mailbox is slow, do not fill the memory', async () => {
    await using elsewhere = await Person.at(impostor.url, 'alice', own.password);
    await elsewhere.signsIn();
    await elsewhere.isIn();
    const tab = await elsewhere.opensTab();
    await tab.signsIn();
    await tab.page.getByRole('status').getByText(tab.t.list.live).waitFor();
    using _ = impostor.lieTo('GET /messaging/inbox', (_, answer) => {
      answer.writeHead(200, { 'content-type': 'application/json' }).write(' ');
    });
    const { lie, taken } = pouring('event: mailbox\ndata: 1\n\n', 4 * 1024 * 1024);
    using __ = impostor.lieTo('GET /messaging/events', lie);
    await elsewhere.page.evaluate(() => dispatchEvent(new Event('offline')));
    await taken;
    for (const { page } of [elsewhere, tab]) assert((await heap(page)) < HEAP);
  });

  test('thousands of conversations of hundreds do not hold the page up', async () => {
    const crowd = Array.from({ length: 255 }, (_, n) => person(`member-${n}`));
    let pages = 0;
    const lie: Lie = (asked, answer) => {
      const last = 1e6 - ++pages * 200;
      const conversations = Array.from({ length: 200 }, (_, n) => ({
        id: randomUUID(),
        last_seq: last - n,
        unread: 1,
        participants: [...crowd, person(`last-${pages}-${n}`)],
      }));
      return says(JSON.stringify({ conversations, next: last - 200 }))(asked, answer);
    };
    using _ = impostor.lieTo('GET /messaging/conversations?', lie);
    await using elsewhere = await Person.at(impostor.url, 'alice', own.password);
    await elsewhere.signsIn();
    const late = Date.now() + 60_000;
    let slowest = 0;
    while (pages < 8) {
      const asked = Date.now();
      assert(asked < late, `${pages} pages of the list in a minute`);
      await elsewhere.page.evaluate(() => new Promise(requestAnimationFrame));
      slowest = Math.max(slowest, Date.now() - asked);
    }
    assert(slowest < 10_000, `${slowest} ms`);
  });

  test('devices and users that come twice are there once', async () => {
    const { page, t } = alice;
    const twice = altered<{ sessions?: unknown[]; users?: unknown[] }>((it) => ({
      ...it,
      ...(it.sessions && { sessions: [...it.sessions, ...it.sessions] }),
      ...(it.users && { users: [...it.users, ...it.users] }),
    }));
    using _ = impostor.lieTo('GET /auth/sessions', twice);
    using __ = impostor.lieTo('GET /users/all', twice);
    await page.getByRole('button', { name: t.list.account }).click();
    await page.getByText(t.account.devices.here).waitFor();
    assert.equal(await page.getByText(t.account.devices.here).count(), 1);
    await page.getByRole('button', { name: t.list.users }).click();
    await page.getByRole('rowheader', { name: 'bob' }).waitFor();
    assert.equal(await page.getByRole('rowheader').count(), 2);
    alice.hasNoComplaint();
  });

  for (const time of TIMES) {
    test(`${time} for a time breaks no page`, async () => {
      const lie: Lie = async ({ truth }, answer) => {
        const { status, headers, body } = await truth();
        const times = /"((?:created|used)_at)":"[^"]+"/g;
        send(answer, { status, headers, body: String(body).replace(times, `"$1":"${time}"`) });
      };
      using _ = impostor.lieTo('POST /auth/login', lie);
      using __ = impostor.lieTo('GET /auth/', lie);
      using ___ = impostor.lieTo('GET /users/all', lie);
      await using elsewhere = await Person.at(impostor.url, 'alice', own.password);
      const { page, t } = elsewhere;
      await elsewhere.signsIn();
      await page.getByRole('button', { name: t.list.account }).click();
      await page.getByText(t.account.devices.since('–')).first().waitFor();
      await page.getByRole('button', { name: t.list.users }).click();
      await page.getByRole('rowheader', { name: 'bob' }).waitFor();
      elsewhere.hasNoComplaint();
    });
  }
});

function person(username: string): Schemas['Person'] {
  return { id: randomUUID(), username };
}

/** What the page's scripts hold, in bytes. */
async function heap(page: Person['page']): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}

/** The same events again and again; tells when so many bytes of them have been taken. */
function pouring(piece: string, bytes: number): { lie: Lie; taken: Promise<void> } {
  let enough!: () => void;
  const taken = new Promise<void>((resolve) => (enough = resolve));
  let count = 0;
  const lie: Lie = (_, answer) => {
    const block = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)));
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    const pour = () => {
      while (count < bytes && !answer.destroyed) {
        count += block.length;
        if (!answer.write(block)) return;
      }
      enough();
    };
    answer.on('drain', pour);
    pour();
  };
  return { lie, taken };
}
