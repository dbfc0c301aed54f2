import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { createPliClient, type Schemas } from '@pli/client';
import { loginSecret, recoverySecret } from '@pli/crypto';
import type { Request, Route } from 'playwright-core';

import type {} from '../../web-demo/src/saving/picked.ts';
import { register } from '../support/account.ts';
import { Impostor } from '../support/impostor.ts';
import { TestServer } from '../support/server.ts';
import { writings } from '../support/traces.ts';
import { AccountPage } from './account-page.ts';
import { keptBy } from './kept.ts';
import { Person } from './person.ts';

const OLD = 'confiture d’oranges amères';
const NEW = 'twelve noisy umbrellas';
const NEWER = 'marmelade of a fourteenth jar';
const DRAFT = 'Half of a letter, \ud83d\udd4a';

describe('the page of one’s account', () => {
  let server: TestServer;
  let impostor: Impostor;
  let alice: Person;
  let bob: Person;
  let code: string;
  let account: AccountPage;
  /** What the browsers have sent, with all its headers. */
  const sent: string[] = [];

  /** Somebody at a browser whose requests are noted. */
  const at = async (name: string, password: string, url = server.url) => {
    const person = await Person.at(url, name, password);
    person.page.context().on('request', (request) => sent.push(noted(request)));
    return person;
  };

  before(async () => {
    server = await TestServer.start();
    impostor = await Impostor.before(server.url);
    alice = await at('alice', OLD, impostor.url);
    bob = await at('bob', 'eleven quiet locomotives');
    code = await register(server.url, 'alice', OLD);
    await bob.joins();
    await alice.signsIn(OLD, { stays: true });
    await alice.isIn();
    await alice.opensConversationWith('bob');
    await alice.writes('Before everything');
    await alice.readsSealed('Before everything', 'alice');
    await alice.drafts(DRAFT);
  });

  after(async () => {
    await alice?.[Symbol.asyncDispose]();
    await bob?.[Symbol.asyncDispose]();
    await impostor?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('comes whole when the network is back, and says meanwhile what it waits for', async () => {
    const { page, t } = alice;
    const heading = page.getByRole('heading', { name: t.account.title, level: 1 });
    const retry = page.getByRole('button', { name: t.later.retry });
    await page.context().setOffline(true);
    await page.getByRole('button', { name: t.list.account, exact: true }).click();
    await alice.isTold('unreachable');
    await alice.isAt(heading);
    await page.context().setOffline(false);
    await page.route('**/assets/Account-*', (route) => route.abort());
    await retry.click();
    await alice.isTold('page_failed');
    await page.unroute('**/assets/Account-*');
    await retry.click();
    const facts = page.getByRole('term').first().locator('..');
    assert.equal(await facts.evaluate((it) => getComputedStyle(it).display), 'grid');
    await alice.isAt(heading);
    await page.goBack();
  });

  describe('where one is signed in', () => {
    let elsewhere: Person;

    before(async () => {
      elsewhere = await at('alice', OLD);
      await elsewhere.signsIn();
      await elsewhere.picksConversationWith('bob');
      await elsewhere.readsSealed('Before everything', 'alice');
      await elsewhere.drafts(DRAFT);
    });

    after(async () => await elsewhere?.[Symbol.asyncDispose]());

    test('says which device this is, and why another could not be signed out', async () => {
      account = await AccountPage.of(alice);
      await account.listsOthers(1);
      await alice.page.route('**/auth/sessions/*', (route) => route.abort());
      await account.endsFirstOther();
      await account.isTold(alice.t.account.devices.title, 'unreachable');
      await alice.page.unroute('**/auth/sessions/*');
      await account.listsOthers(1);
    });

    test('ends there at once, and what was typed there is still there', async () => {
      await account.endsFirstOther();
      await account.listsOthers(0);
      await elsewhere.page.getByText(elsewhere.t.signIn.ended).waitFor();
      await elsewhere.signsIn();
      await elsewhere.picksConversationWith('bob');
      await elsewhere.hasDraft(DRAFT);
    });

    test('ends everywhere else', async () => {
      const third = await signedIn(server, 'alice', OLD);
      await alice.page.goBack();
      account = await AccountPage.of(alice);
      await account.listsOthers(2);
      await account.endsAllOthers();
      await account.listsOthers(0);
      await elsewhere.isAskedToSignIn();
      assert.equal((await third.GET('/auth/whoami')).response.status, 401);
    });
  });

  describe('another password', () => {
    test('is not taken with a wrong one, a short one or one that is guessed', async () => {
      const { title } = alice.t.account.change;
      await account.changesPassword('not the password', NEW);
      await account.isTold(title, 'wrong_password');
      await account.changesPassword(OLD, 'too short');
      await account.isTold(title, 'password_too_short');
      await account.changesPassword(OLD, 'alice12345');
      await account.isTold(title, 'password_guessable');
    });

    test('ends every other session, and this one goes on in all its tabs', async () => {
      const tab = await alice.opensTab();
      await tab.picksConversationWith('bob');
      await tab.readsSealed('Before everything', 'alice');
      const elsewhere = await signedIn(server, 'alice', OLD);
      await alice.page.goBack();
      account = await AccountPage.of(alice);
      await account.listsOthers(1);
      await alice.page.route('**/auth/change_password', answeredLate);
      await account.changesPassword(OLD, NEW);
      await account.hasChangedPassword();
      await alice.page.unroute('**/auth/change_password');
      await account.listsOthers(0);
      assert.equal((await elsewhere.GET('/auth/whoami')).response.status, 401);
      await assert.rejects(signedIn(server, 'alice', OLD), /wrong_credentials/);
      await signedIn(server, 'alice', NEW);
      await tab.writes('From the other tab');
      await bob.picksConversationWith('alice');
      await bob.readsSealed('From the other tab', 'alice');
      await alice.page.goBack();
      await alice.hasDraft(DRAFT);
      await alice.writes(DRAFT);
      await bob.readsSealed(DRAFT, 'alice');
      await tab.page.reload();
      await tab.isIn();
      tab.hasNoComplaint();
      await tab[Symbol.asyncDispose]();
    });

    test('leaves the recovery code in force', async () => {
      assert.equal(await opens(server, code), 200);
    });

    test('goes on where the answer got lost, whatever had come of it', async () => {
      const { change } = alice.t.account;
      const { page } = alice;
      account = await AccountPage.of(alice);
      const form = account.section(change.title);
      // It never came to the server, and there is no way to ask.
      await page.route(/change_password|login/, (route) => route.abort());
      await account.changesPassword(NEW, NEWER);
      await account.isTold(change.title, 'password_unsettled');
      await form.getByRole('button', { name: change.settle }).click();
      await account.isTold(change.title, 'password_unsettled');
      await page.unroute(/change_password|login/);
      await form.getByRole('button', { name: change.settle }).click();
      await account.isTold(change.title, 'password_unchanged');
      // It came, and the answer did not.
      await page.route('**/auth/change_password', async (route) => {
        await route.fetch();
        await route.abort();
      });
      await account.changesPassword(NEW, NEWER);
      await account.hasChangedPassword();
      // Neither did the answer to the question what had come of it.
      await page.route('**/auth/login', (route) => route.abort(), { times: 1 });
      await account.changesPassword(NEWER, NEW);
      await account.isTold(change.title, 'password_unsettled');
      await form.getByRole('button', { name: change.settle }).click();
      await account.hasChangedPassword();
      await page.unroute('**/auth/change_password');
      await alice.page.goBack();
      await alice.writes('After three passwords');
      await bob.readsSealed('After three passwords', 'alice');
      await page.reload();
      await alice.isIn();
      await assert.rejects(signedIn(server, 'alice', NEWER), /wrong_credentials/);
    });
  });

  test('a new recovery code can be kept in three ways, and makes the old one worthless', async () => {
    const { page, t } = alice;
    account = await AccountPage.of(alice);
    await account.makesRecovery('not the password');
    await alice.isTold('wrong_password');
    await account.makesRecovery(NEW);
    const shown = await alice.readsRecoveryCode();
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    await page.evaluate(() => {
      // In place of the browser's own window, which no test can answer.
      window.print = () => (document.title = 'printed');
    });
    await button(t.recovery.print).click();
    assert.equal(await page.title(), 'printed');
    await page.emulateMedia({ media: 'print' });
    const paper = await page.getByRole('main').innerText();
    assert(paper.includes(t.recovery.fileTitle('alice', new URL(impostor.url).host)), paper);
    assert(paper.replace(/\s/g, '').includes(shown) && !paper.includes(t.recovery.save), paper);
    await page.emulateMedia({ media: null });
    const download = await account.begins(() => button(t.recovery.save).click());
    assert.equal(download.suggestedFilename(), 'pli-alice.txt');
    assert((await readFile(await download.path(), 'utf8')).split('\n').includes(shown));
    await page.context().grantPermissions([]);
    await button(t.recovery.copy).click();
    await alice.isTold('copy_refused');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await button(t.recovery.copy).click();
    await button(t.recovery.copied).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), shown);
    assert.equal(await opens(server, code), 200, 'the old one holds until the new one is kept');
    await alice.keepsRecoveryCode();
    await page.getByRole('heading', { name: t.account.title, level: 1 }).waitFor();
    assert.equal(await opens(server, code), 401);
    assert.equal(await opens(server, shown), 200);
  });

  describe('a copy of everything', () => {
    before(async () => {
      // Without a window of the browser's own, the copy goes through the service worker.
      await alice.page.evaluate(() => delete window.showSaveFilePicker);
    });

    test('is not given for a wrong password', async () => {
      await account.asksForCopy('not the password');
      await account.isTold(alice.t.account.export.title, 'wrong_password');
    });

    test('holds the letters as the server has them, and nothing of what is in them', async () => {
      const { name, text } = await account.savesCopy(NEW);
      assert.equal(name, 'pli-alice.json');
      const copy = JSON.parse(text) as Schemas['Export'];
      assert.equal(copy.account.email, alice.email);
      assert.equal(copy.entries.length, 4);
      assert(copy.entries.every(({ message }) => message?.envelope.ciphertext));
      assert(copy.wrapped_keys && copy.recovery_wrapped_keys);
      for (const secret of ['Before everything', DRAFT, NEW]) {
        assert.deepEqual(writtenIn(text, secret), []);
      }
    });

    test('is given up by who has had enough', async () => {
      const { stopped, hungUp } = impostor.stallsAt('POST /auth/export');
      const { title } = alice.t.account.export;
      const download = await account.begins(() => account.asksForCopy(NEW));
      await stopped;
      const form = account.section(title);
      await form.getByText('kB').waitFor();
      await form.getByRole('button', { name: alice.t.letter.cancel }).click();
      await hungUp;
      assert.notEqual(await download.failure(), null);
      await form.getByRole('button', { name: alice.t.account.export.submit }).waitFor();
    });

    test('that broke off is not taken for a whole one', async () => {
      const { stopped } = impostor.stallsAt('POST /auth/export');
      const download = await account.begins(() => account.asksForCopy(NEW));
      await stopped;
      impostor.cut();
      await account.isTold(alice.t.account.export.title, 'export_cut');
      assert.notEqual(await download.failure(), null);
    });

    test('is given up where the browser takes nothing more of it', async () => {
      await alice.page.evaluate(() => {
        const { set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage')!;
        Object.defineProperty(MessagePort.prototype, 'onmessage', {
          set(listener: (event: MessageEvent) => void) {
            let asked = 0;
            set!.call(this, (event: MessageEvent) => {
              if (event.data !== 'more' || ++asked === 1) listener(event);
            });
          },
        });
      });
      const { title, submit } = alice.t.account.export;
      const download = await account.begins(() => account.asksForCopy(NEW));
      const form = account.section(title);
      await form.getByText('kB').waitFor();
      await form.getByRole('button', { name: alice.t.letter.cancel }).click();
      await form.getByRole('button', { name: submit }).waitFor();
      assert.notEqual(await download.failure(), null);
    });

    test('is put together in memory where the service worker is never asked for it', async () => {
      await alice.page.evaluate(() => {
        Object.defineProperty(HTMLIFrameElement.prototype, 'src', { set() {} });
      });
      const { text } = await account.savesCopy(NEW);
      assert.equal((JSON.parse(text) as Schemas['Export']).account.email, alice.email);
    });
  });

  describe('deleting it', () => {
    test('takes the right name and the right password', async () => {
      const { title } = alice.t.account.deletion;
      await account.deletes('bob', NEW);
      await account.isTold(title, 'username_differs');
      await account.deletes('alice', 'not the password');
      await account.isTold(title, 'wrong_password');
      await alice.page.route('**/auth/delete_account', (route) => route.abort());
      await account.deletes('alice', NEW);
      await account.isTold(title, 'unreachable');
      await alice.page.unroute('**/auth/delete_account');
    });

    test('leaves nothing of it here, and its old letters open for others', async () => {
      const tab = await alice.opensTab();
      await tab.isIn();
      await account.deletes(' Alice ', NEW);
      for (const page of [alice.page, tab.page]) {
        await page.getByText(alice.t.account.deleted('alice')).waitFor();
      }
      assert.doesNotMatch(await keptBy(alice.page), /alice|ciphertext|wrappedKeys/);
      await tab[Symbol.asyncDispose]();
      await alice.signsIn(NEW);
      await alice.isTold('wrong_credentials');
      await bob.page.reload();
      await bob.signsIn();
      await bob.picksConversationWith('alice');
      await bob.readsSealed('Before everything', 'alice');
    });

    test('is told truly where the answer got lost', async () => {
      await using carol = await at('carol', OLD);
      await carol.joins();
      account = await AccountPage.of(carol);
      await carol.page.route('**/auth/delete_account', async (route) => {
        await route.fetch();
        await route.abort();
      });
      await carol.page.route('**/auth/login', (route) => route.abort(), { times: 1 });
      await account.deletes('carol', OLD);
      await carol.page.getByText(carol.t.account.deleted('carol')).waitFor();
    });
  });

  test('no typed password has left a page', () => {
    const all = sent.join('\n');
    assert.match(all, /auth.change_password.*"current_password":/s, 'the search must find much');
    for (const typed of [OLD, NEW, NEWER, 'not the password', bob.password]) {
      assert.deepEqual(writtenIn(all, typed), []);
    }
    bob.hasNoComplaint();
  });
});

/** Holds an answer back until the page has heard otherwise that its session has ended. */
async function answeredLate(route: Route, request: Request): Promise<void> {
  const heard = request
    .frame()
    .page()
    .waitForResponse(
      (other) => other.url().endsWith('/messaging/events') && other.status() === 401,
    );
  const response = await route.fetch();
  await heard;
  await route.fulfill({ response });
}

/** A client that has signed in. */
async function signedIn(server: TestServer, name: string, typed: string) {
  const api = createPliClient({ baseUrl: server.url });
  const { data: kdf } = await api.POST('/auth/kdf', { body: { email: name } });
  const body = { email: name, password: await loginSecret(typed, kdf!) };
  const { data, error } = await api.POST('/auth/login', { body });
  if (error) throw new Error(error.code);
  const headers = { Authorization: `Bearer ${data.access_token}` };
  return createPliClient({ baseUrl: server.url, headers });
}

/** The ways in which something is written in a text. */
function writtenIn(text: string, secret: string): string[] {
  const bytes = Buffer.from(text);
  return [...writings(Buffer.from(secret))]
    .filter(([, needle]) => bytes.includes(needle))
    .map(([way]) => `${secret}, ${way}`);
}

/** The status with which the server answers a recovery code of alice's. */
async function opens(server: TestServer, code: string): Promise<number> {
  const body = { email: 'alice', recovery_secret: await recoverySecret(code) };
  const api = createPliClient({ baseUrl: server.url });
  return (await api.POST('/auth/recovery_keys', { body })).response.status;
}

function noted(request: Request): string {
  return [request.url(), JSON.stringify(request.headers()), request.postData()].join('\n');
}
