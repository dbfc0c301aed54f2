import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { Person } from '../e2e/person.ts';
import { type Impostor, says, send } from '../support/impostor.ts';
import type { Correspondent } from './correspondent.ts';
import { Stage } from './stage.ts';

describe('letters that wait, in a browser of several tabs', () => {
  let stage: Stage;
  let impostor: Impostor;
  let alice: Person;
  let bob: Correspondent;
  let own: Correspondent;

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

  test('a letter that the server has taken and denies is the same one when it is sealed anew', async () => {
    const before = await bob.texts(own);
    const mismatch = JSON.stringify({ code: 'recipients_mismatch' });
    let lies = 0;
    {
      using _ = impostor.lieTo('POST /messaging/send_message', async (asked, answer) => {
        const truth = await asked.truth();
        if (lies++ > 0) send(answer, truth);
        else await says(mismatch, 409)(asked, answer);
      });
      await alice.writes('Pay the gardener');
      await alice.readsSealed('Pay the gardener', 'alice');
      await alice.writes('And the baker');
      await alice.readsSealed('And the baker', 'alice');
    }
    assert(lies > 1);
    assert.deepEqual(await bob.texts(own), [...before, 'Pay the gardener', 'And the baker']);
    assert.equal(await alice.page.getByText('Pay the gardener').count(), 1);
  });

  test('signing out in one tab warns of what waits in another', async () => {
    const tab = await comesInAgain();
    using _ = cutOff();
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
    {
      using _ = cutOff();
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
    }
    await alice.readsSealed('Left behind', 'alice');
    assert.deepEqual(await bob.texts(own), [...sent, 'Left behind']);
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
