import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { Locator } from 'playwright-core';

import { AccountPage } from '../e2e/account-page.ts';
import { Person } from '../e2e/person.ts';
import { admits, register } from '../support/account.ts';
import { CUTS, type Impostor, says } from '../support/impostor.ts';
import { Stage } from './stage.ts';

const PASSWORD = 'confiture d’oranges amères';
const OTHER = 'marmelade de citrons verts';

describe('a network that is cut while somebody sees to the account', () => {
  let stage: Stage;
  let impostor: Impostor;
  let alice: Person;
  let account: AccountPage;
  let password = PASSWORD;

  before(async () => {
    stage = await Stage.set();
    ({ impostor, alice } = stage);
    await alice.signsIn(PASSWORD, { stays: true });
    await alice.picksConversationWith('bob');
  });

  after(async () => await stage?.[Symbol.asyncDispose]());

  for (const cut of CUTS) {
    test(`the session is renewed, cut ${cut}: it goes on, and the letter leaves once`, async () => {
      // The event stream, once live, sends what waits: until it has been seen to wait, nothing leaves.
      using kept = impostor.lieTo('POST /messaging/send_message', (_, answer) => {
        answer.destroy();
      });
      const expired = impostor.lieTo('POST /messaging/send_message', (asked, answer) => {
        expired[Symbol.dispose]();
        const problem = { type: 'about:blank', title: '', status: 401, code: 'token_expired' };
        return says(JSON.stringify(problem), 401)(asked, answer);
      });
      using cutting = impostor.cutsAt(1, cut, /^\/auth\/refresh/);
      await alice.writes(`Renewed ${cut}`);
      await alice.holds(`Renewed ${cut}`);
      assert(cutting.done);
      kept[Symbol.dispose]();
      await alice.page.evaluate(() => dispatchEvent(new Event('online')));
      await alice.readsSealed(`Renewed ${cut}`, 'alice');
      await alice.page.reload();
      await alice.picksConversationWith('bob');
      await alice.readsSealed(`Renewed ${cut}`, 'alice');
    });
  }

  for (const cut of CUTS) {
    test(`another password, cut ${cut} at each call: the page says which one is in force`, async () => {
      account = await AccountPage.of(alice);
      const { change } = alice.t.account;
      for (let call = 1; ; call++) {
        const wanted = password === PASSWORD ? OTHER : PASSWORD;
        using cutting = impostor.cutsAt(call, cut, /^\/auth\/(keys|change_password|login)/);
        await account.changesPassword(password, wanted);
        const isChanged = await isDone(account.section(change.title), change.done);
        assert.equal(await admits(stage.server.url, 'alice', wanted), isChanged, `call ${call}`);
        if (isChanged) password = wanted;
        if (!cutting.done) break;
        assert(call < 9);
      }
      await alice.page.reload();
      await alice.isIn();
    });
  }

  for (const cut of CUTS) {
    test(`new keys, cut ${cut} at each call: those in use are those that the server has`, async () => {
      account = await AccountPage.of(alice);
      for (let call = 1; ; call++) {
        using cutting = impostor.cutsAt(call, cut, /^\/auth\/keys/);
        await account.renewsKeys(password);
        await isDone(account.renewal, alice.t.rotation.done);
        if (!cutting.done) break;
        assert(call < 9);
      }
      await alice.picksConversationWith('bob');
      await alice.writes(`With keys cut ${cut}`);
      await alice.readsSealed(`With keys cut ${cut}`, 'alice');
      await alice.page.reload();
      await alice.picksConversationWith('bob');
      await alice.readsSealed(`With keys cut ${cut}`, 'alice');
      await alice.readsSealed(`Renewed ${CUTS[0]}`, 'alice');
    });
  }

  for (const cut of CUTS) {
    test(`the account deleted, cut ${cut} at each call: the page says whether it is gone`, async () => {
      for (let call = 1; ; call++) {
        const name = `${cut}-${call}`.replaceAll(' ', '-');
        await register(stage.server.url, name, PASSWORD);
        await using leaver = await Person.at(impostor.url, name, PASSWORD);
        await leaver.signsIn();
        await leaver.isIn();
        account = await AccountPage.of(leaver);
        using cutting = impostor.cutsAt(call, cut, /^\/auth\/(keys|delete_account|login)/);
        await account.deletes(name, PASSWORD);
        const { deletion, deleted } = leaver.t.account;
        const isGone = leaver.page.getByText(deleted(name));
        const told = account.section(deletion.title).getByRole('alert');
        await told.or(isGone).waitFor();
        assert.equal(await admits(stage.server.url, name, PASSWORD), await told.isVisible());
        if (!(await isGone.isVisible())) await account.deletes(name, PASSWORD);
        await isGone.waitFor();
        assert(!(await admits(stage.server.url, name, PASSWORD)));
        if (!cutting.done) break;
        assert(call < 9);
      }
    });
  }
});

/** Waits until a section says that something is done, or why it is not; tells which. */
async function isDone(section: Locator, done: string): Promise<boolean> {
  const success = section.getByRole('status').getByText(done);
  await section.getByRole('alert').or(success).waitFor();
  return await success.isVisible();
}
