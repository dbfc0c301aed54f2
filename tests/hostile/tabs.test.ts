import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { Schemas } from '@pli/client';

import { keptBy } from '../e2e/kept.ts';
import type { Person } from '../e2e/person.ts';
import { altered, type Impostor, type Lie, says, send } from '../support/impostor.ts';
import { Correspondent } from './correspondent.ts';
import { Stage } from './stage.ts';

describe('letters that wait, in a browser of several tabs', () => {
  let stage: Stage;
  let impostor: Impostor;
  let alice: Person;
  let bob: Correspondent;
  let own: Correspondent;
  /** While a letter is left behind. */
  let cut: Disposable | undefined;

  before(async () => {
    stage = await Stage.set();
    ({ impostor, alice, bob, own } = stage);
    await alice.signsIn(alice.password, { stays: true });
    await alice.picksConversationWith('bob');
    await alice.readsSealed('The first', 'bob');
  });

  after(async () => await stage?.[Symbol.asyncDispose]());

  test('what is taken back in one tab leaves from none', async () => {
    let tab: Person;
    {
      using _ = cutOff();
      await alice.writes('Better not');
      await alice.holds('Better not');
      tab = await comesInAgain();
      await takesBack('Better not');
      await alice.hasDraft('Better not');
    }
    await tab.writes('Instead');
    await tab.readsSealed('Instead', 'alice');
    assert.deepEqual(await bob.texts(own), ['Instead']);
    await alice.drafts('');
    await tab.page.close();
  });

  test('a letter is sent once, though its reader has new keys since it was sealed', async () => {
    let tab: Person;
    {
      using _ = cutOff();
      await alice.writes('Once');
      await alice.holds('Once');
      tab = await comesInAgain();
      await bob.rotates();
    }
    for (const { page } of [alice, tab])
      await page.evaluate(() => dispatchEvent(new Event('online')));
    await alice.writes('In one tab');
    await alice.readsSealed('In one tab', 'alice');
    await tab.writes('In the other');
    await tab.readsSealed('In the other', 'alice');
    const expected = ['Instead', 'Once', 'In one tab', 'In the other'];
    assert.deepEqual(await bob.texts(own), expected);
    await tab.page.close();
  });

  test('a tab that closes leaves its letter to those that were there before it', async () => {
    const tab = await comesInAgain();
    {
      using _ = cutOff();
      await tab.writes('The tab is gone');
      await tab.holds('The tab is gone');
      await tab.page.close();
      await alice.holds('The tab is gone');
    }
    await alice.readsSealed('The tab is gone', 'alice');
  });

  test('a letter that had left when its tab closed is there once in the others', async () => {
    const tab = await comesInAgain();
    await tab.page.route('**/messaging/send_message', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await tab.page.route('**/messaging/inbox*', (route) => route.abort());
    await tab.writes('Left before');
    await tab.holds('Left before');
    await alice.readsSealed('Left before', 'alice');
    assert.match(await keptBy(alice.page), /"envelope"/);
    await tab.page.close();
    const patience = Date.now() + 60_000;
    while (/"envelope"/.test(await keptBy(alice.page))) assert(Date.now() < patience, 'it is kept');
    await alice.readsSealed('Left before', 'alice');
  });

  test('a letter that the server has taken and denies is the same one when it is sealed anew', async () => {
    const before = await bob.texts(own);
    const mismatch = JSON.stringify({ code: 'recipients_mismatch' });
    let lies = 0;
    let again = () => {};
    const sealedAnew = new Promise<void>((resolve) => (again = resolve));
    {
      using _ = impostor.lieTo('POST /messaging/send_message', async (asked, answer) => {
        const truth = await asked.truth();
        if (lies++ === 0) return await says(mismatch, 409)(asked, answer);
        send(answer, truth);
        again();
      });
      using __ = impostor.lieTo('GET /messaging/inbox', async ({ truth }, answer) => {
        await sealedAnew;
        send(answer, await truth());
      });
      await alice.writes('Pay the gardener');
      await alice.readsSealed('Pay the gardener', 'alice');
      await alice.writes('And the baker');
      await alice.readsSealed('And the baker', 'alice');
    }
    assert.equal(lies, 3);
    assert.deepEqual(await bob.texts(own), [...before, 'Pay the gardener', 'And the baker']);
    await alice.page.reload();
    await alice.picksConversationWith('bob');
    await alice.readsSealed('And the baker', 'alice');
    assert.equal(await alice.page.getByText('Pay the gardener').count(), 1);
  });

  test('signing out in one tab warns of what waits in another', async () => {
    const tab = await comesInAgain();
    cut = cutOff();
    await alice.writes('Left behind');
    await alice.holds('Left behind');
    await tab.page.getByRole('button', { name: tab.t.list.signOut }).click();
    const warning = tab.page.getByRole('dialog', { name: tab.t.leave.title });
    await warning.getByRole('button', { name: tab.t.leave.stay }).click();
    await tab.page.close();
  });

  test('a letter that was left behind leaves, though its writer stays signed in no more', async () => {
    const { page } = alice;
    const sent = await bob.texts(own);
    page.once('dialog', (dialog) => void dialog.accept());
    await page.goto('about:blank');
    await endSessions();
    await page.goto(impostor.url);
    await alice.isAskedToSignIn();
    await page.getByRole('status').getByText(alice.t.signIn.ended).waitFor();
    page.once('dialog', (dialog) => void dialog.accept());
    await page.reload();
    await alice.signsIn();
    await alice.picksConversationWith('bob');
    await alice.holds('Left behind');
    cut?.[Symbol.dispose]();
    await alice.readsSealed('Left behind', 'alice');
    assert.deepEqual(await bob.texts(own), [...sent, 'Left behind']);
  });

  test('a letter that had left, taken back when its answer was lost, is told of', async () => {
    const notice = alice.page.getByRole('status').getByText(alice.t.conversation.leftBefore);
    {
      using _ = impostor.lieTo('POST /messaging/send_message', async ({ truth }, answer) => {
        await truth();
        answer.destroy();
      });
      using __ = impostor.lieTo('GET /messaging/inbox', (_, answer) => void answer.destroy());
      await alice.writes('Gone already');
      await alice.holds('Gone already');
      await takesBack('Gone already');
      await alice.hasDraft('Gone already');
      assert.equal(await notice.count(), 0);
    }
    await alice.page.evaluate(() => dispatchEvent(new Event('online')));
    await notice.waitFor();
    await alice.readsSealed('Gone already', 'alice');
    await alice.page.getByRole('button', { name: alice.t.trust.noted }).last().click();
    await notice.waitFor({ state: 'detached' });
    await alice.drafts('');
  });

  test('a broken letter does not take the one away whose number it bears', async () => {
    const { page } = alice;
    let id = '';
    const hear: Lie = ({ body }, answer) => {
      id = (JSON.parse(String(body)) as Schemas['NewMessage']).message_id;
      answer.destroy();
    };
    {
      using _ = impostor.lieTo('POST /messaging/send_message', hear);
      await alice.writes('Still to go');
      await alice.holds('Still to go');
      const lie = altered<Schemas['Inbox']>((inbox) => {
        const { last_seq, entries } = inbox;
        const like = latest.entries.find(({ message }) => message?.sender.username === 'alice')!;
        const message = { ...like.message!, message_id: id };
        entries.push({ ...like, seq: last_seq + 1, message });
        return { ...inbox, last_seq: last_seq + 1 };
      });
      const { data } = await own.api.GET('/messaging/inbox', {
        params: { query: { after: 0, limit: 200 } },
      });
      const latest = data!;
      using __ = impostor.lieTo('GET /messaging/inbox', lie);
      await bob.sends('Something to fetch', own);
      await alice.seesBrokenSeal('wrong_id');
      await alice.holds('Still to go');
    }
    page.once('dialog', (dialog) => void dialog.accept());
    await page.reload();
    await alice.signsIn();
    await alice.picksConversationWith('bob');
    await alice.readsSealed('Something to fetch', 'bob');
  });

  test('a list that could not be fetched is not taken for an empty one', async () => {
    const { page, t } = alice;
    {
      using _ = impostor.lieTo('GET /messaging', (_, answer) => void answer.destroy());
      await page.reload();
      await alice.signsIn(alice.password, { stays: true });
      await page.getByRole('status').getByText(t.list.lost).waitFor();
      await page.getByText(t.list.listing).waitFor();
      assert.equal(await page.getByText(t.list.empty).count(), 0);
    }
    await alice.picksConversationWith('bob');
    await alice.readsSealed('Something to fetch', 'bob');
  });

  test('the way back does not lead to somebody else after a reload', async () => {
    const { page, t } = alice;
    const carol = await Correspondent.at(stage.server.url, 'carol', 'three grey umbrellas');
    await carol.sends('To the top', own);
    await alice.sees(1, 'carol');
    await page.reload();
    await alice.sees(1, 'carol');
    await page.evaluate(() => {
      addEventListener('popstate', () => (document.documentElement.dataset['went'] = 'back'));
    });
    await page.goBack();
    await page.locator('[data-went=back]').waitFor();
    await page.getByText(t.conversation.choose).waitFor();
    await alice.sees(1, 'carol');
    await page.reload();
  });

  test('who signs out without a network is out in all tabs, and told what the server does not know', async () => {
    const { page, t } = alice;
    const tab = await alice.opensTab();
    await tab.picksConversationWith('bob');
    await tab.drafts('Half of a letter');
    await page.context().setOffline(true);
    await alice.signsOut();
    await page.getByRole('status').getByText(t.signIn.untold).waitFor();
    await tab.page.getByRole('status').getByText(t.signIn.ended).waitFor();
    await tab.isAskedToSignIn();
    await page.context().setOffline(false);
    await tab.signsIn();
    await tab.picksConversationWith('bob');
    await tab.hasDraft('Half of a letter');
    await tab.drafts('');
    await tab.signsOut();
    await tab.page.close();
  });

  test('one account that locks leaves another signed in that stays so', async () => {
    const tab = await alice.opensTab();
    await alice.signsIn();
    await alice.isIn();
    await tab.signsIn('three grey umbrellas', { name: 'carol', stays: true });
    await tab.isIn();
    await alice.locks();
    await alice.unlocks();
    await alice.isIn();
    await alice.signsOut();
    await tab.page.reload();
    await tab.isIn();
  });

  /** Signs every browser of alice out. */
  async function endSessions(): Promise<void> {
    const { data } = await own.api.GET('/auth/sessions');
    for (const { id: session_id, is_current } of data!.sessions) {
      if (is_current) continue;
      await own.api.DELETE('/auth/sessions/{session_id}', { params: { path: { session_id } } });
    }
  }

  /** No letter reaches the server. */
  function cutOff(): Disposable {
    return impostor.lieTo('POST /messaging/send_message', (_, answer) => void answer.destroy());
  }

  /** Opens another tab on the letters with bob. */
  async function comesInAgain(): Promise<Person> {
    const tab = await alice.opensTab();
    await tab.picksConversationWith('bob');
    await tab.readsSealed('The first', 'bob');
    return tab;
  }

  async function takesBack(text: string): Promise<void> {
    const letter = await alice.reads(text);
    await letter.getByRole('button', { name: alice.t.letter.takeBack }).click();
  }
});
