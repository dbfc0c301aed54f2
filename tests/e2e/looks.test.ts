import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Identity } from '@pli/crypto';
import type { Locator } from 'playwright-core';

import { register, rotate } from '../support/account.ts';
import { drawn, look, reach, resize } from '../support/looks.ts';
import { TestServer } from '../support/server.ts';
import { AccountPage } from './account-page.ts';
import { type Language, Person } from './person.ts';

const PICTURE = Buffer.from(
  'R0lGODlhAQABAIAAAKMqLP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==',
  'base64',
);

/** A letter from each to the other, in their languages. */
const LETTERS = {
  'en-GB': [
    'Dear Bob,\n\nthe quince jelly is ready: fourteen jars, and the kitchen still smells of it. Come on Sunday if you can, and bring the big spoon.\n\nAlice',
    'And one line more: the cat says hello.',
  ],
  'fr-FR': [
    'Chère Alice,\n\nj’arrive dimanche par le train de midi, avec la grande cuillère. Garde-moi un pot ; l’an dernier, il n’en restait plus.\n\nBob',
    'J’oubliais : je viens avec du pain.',
  ],
} as const;

describe('every page, for everybody', () => {
  let server: TestServer;
  let alice: Person;
  let bob: Person;

  before(async () => {
    server = await TestServer.start();
    alice = await Person.at(server.url, 'alice', 'confiture d’oranges amères', 'en-GB');
    bob = await Person.at(server.url, 'bob', 'eleven quiet locomotives', 'fr-FR');
  });

  after(async () => {
    await alice?.[Symbol.asyncDispose]();
    await bob?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  for (const language of ['en-GB', 'fr-FR'] as const) {
    const who = () => (language === 'en-GB' ? alice : bob);
    const looks = async (name: string) => await look(who().page, language, name);

    test(`before signing in, ${language}`, async () => {
      const person = who();
      const { page, t } = person;
      await page.getByLabel(t.signUp.username).fill(person.name);
      await page.getByLabel(t.signUp.email).fill(person.email);
      await page.getByLabel(t.signUp.password, { exact: true }).fill('password12');
      await page.getByLabel(t.stay.label).check();
      await page
        .getByText(t.password.scores[0]!)
        .or(page.getByText(t.password.scores[1]!))
        .waitFor();
      await looks('1-sign-up');
      // Nobody has signed up by the time that the page is left.
      await page.route('**/auth/register', () => {});
      await person.asksForAnAccount();
      await page.getByRole('progressbar').waitFor();
      await looks('2-making-keys');
      await page.reload();
      await page.unroute('**/auth/register');
      await page.getByRole('link', { name: t.signIn.title }).click();
      await page.getByRole('button', { name: t.signIn.submit }).click();
      await person.isTold('incomplete');
      await looks('3-sign-in');
      await page.getByRole('link', { name: t.signIn.forgotten }).click();
      await page.getByLabel(t.recover.code).waitFor();
      await looks('4-recover');
    });

    test(`the recovery code, ${language}`, async () => {
      const person = who();
      const { page, t } = person;
      await register(server.url, person.name, person.password, { recovery: false });
      await server.grantStaff(person.name);
      await page.goto(server.url);
      await person.signsIn();
      await person.isIn();
      await page.getByText(t.recovery.missing).waitFor();
      await looks('5-nothing-yet');
      await page.getByRole('button', { name: t.recovery.make }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(t.signIn.password, { exact: true }).fill(person.password);
      await looks('6-password-again');
      await dialog.getByRole('button', { name: t.recovery.make }).click();
      const code = await person.readsRecoveryCode();
      await looks('7-recovery-code');
      await page.getByRole('button', { name: t.recovery.next }).click();
      await person.typesRecoveryCode(code.slice(0, 10));
      await person.isTold('bad_recovery_code');
      await looks('8-asked-back');
      await person.typesRecoveryCode(code);
      await person.isIn();
      await page.getByText(t.recovery.missing).waitFor({ state: 'detached' });
    });

    test(`the account and all users, ${language}`, async () => {
      const person = who();
      const { page, t } = person;
      const account = await AccountPage.of(person);
      await account.listsOthers(0);
      await looks('17-account');
      await account.changesPassword('not the password', 'correct horse battery staple');
      await account.isTold(t.account.change.title, 'wrong_password');
      await account.asksForCopy('not the password');
      await account.isTold(t.account.export.title, 'wrong_password');
      await account.deletes('nobody', person.password);
      await account.isTold(t.account.deletion.title, 'username_differs');
      await looks('18-account-forms');
      await page.getByRole('button', { name: t.list.users }).click();
      await page.getByText(t.staff.page(1, 1)).waitFor();
      await looks('19-users');
      await page.getByRole('button', { name: t.staff.withdraw.action }).first().click();
      await page.getByRole('dialog').waitFor();
      await looks('20-user-change');
      await page.keyboard.press('Escape');
      for (let back = 0; back < 2; back++) await page.goBack();
    });
  }

  test('letters are exchanged', async () => {
    await alice.opensConversationWith('bob');
    for (const text of LETTERS['en-GB']) await alice.writes(text);
    await alice.attaches({ name: 'quince.gif', mimeType: 'image/gif', buffer: PICTURE });
    await bob.picksConversationWith('alice');
    await bob.readsSealed('quince.gif', 'alice');
    for (const text of LETTERS['fr-FR']) await bob.writes(text);
    await alice.readsSealed(LETTERS['fr-FR'][1], 'bob');
  });

  for (const language of ['en-GB', 'fr-FR'] as Language[]) {
    const who = () => (language === 'en-GB' ? alice : bob);
    const looks = async (name: string) => await look(who().page, language, name);

    test(`among letters, ${language}`, async () => {
      const person = who();
      const { page, t } = person;
      await page.route('**/messaging/send_message', (route) => route.abort());
      await person.writes(`… ${person.name}`);
      await person.holds(`… ${person.name}`);
      await person.shows('quince.gif');
      await page.getByRole('img', { name: t.letter.picture('quince.gif') }).waitFor();
      await person.picks({ name: 'a.html', mimeType: 'text/html', buffer: Buffer.from('') });
      await person.picks({ name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('14') });
      await person.picks({ name: 'b.html', mimeType: 'text/html', buffer: Buffer.from('') });
      await looks('10-conversation');
      await person.readsSealed(LETTERS['en-GB'][0].slice(0, 8), 'alice');
      await page.getByRole('button', { name: t.letter.remove }).first().click();
      await page.getByRole('dialog').waitFor();
      await looks('11-delete');
      await page.keyboard.press('Escape');
      await page.getByRole('searchbox').fill('quince');
      await page.getByText(t.list.hits(2)).waitFor();
      await looks('12-search');
      await page.getByRole('searchbox').fill('');
      await page.getByRole('button', { name: t.list.newLetter }).click();
      await page.getByLabel(t.newLetter.to, { exact: true }).fill('nobody@example.com');
      await page.getByRole('button', { name: t.newLetter.submit }).click();
      await person.isTold('user_not_found');
      await looks('13-new-letter');
      for (let back = 0; back < 3; back++) await page.goBack();
      await looks('9-list');
      await page.getByRole('button', { name: t.list.signOut }).click();
      await page.getByRole('dialog').waitFor();
      await looks('14-leaving');
      await page.keyboard.press('Escape');
      await person.locks();
      await looks('15-locked');
    });

    test(`a broken seal, ${language}`, async () => {
      const person = who();
      await person.page.route('**/messaging/conversations/*', async (route) => {
        const response = await route.fetch();
        const text = await response.text();
        await route.fulfill({ response, body: text.replaceAll(/("tag":")(.)/g, tampered) });
      });
      await person.unlocks();
      await person.isIn();
      await person.picksConversationWith(person === alice ? 'bob' : 'alice');
      await person.seesBrokenSeal('decrypt_failed');
      await looks('16-broken');
    });
  }

  for (const language of ['en-GB', 'fr-FR'] as Language[]) {
    const who = () => (language === 'en-GB' ? alice : bob);
    const looks = async (name: string) => await look(who().page, language, name);

    test(`whose keys they are, ${language}`, async () => {
      const person = who();
      const other = person === alice ? bob : alice;
      const { page, t } = person;
      await rotate(server.url, person.name, person.password);
      await page.getByText(t.trust.outdated(person.name)).waitFor();
      await looks('21-outdated');
      await person.unlocks();
      await person.isIn();
      await page.getByRole('button', { name: t.list.signOut }).click();
      await page.getByRole('dialog').getByRole('button', { name: t.list.signOut }).click();
      await person.isAskedToSignIn();
      await rotate(server.url, person.name, person.password);
      await person.signsIn();
      await page.getByRole('button', { name: t.trust.noted }).waitFor();
      await looks('22-own-keys-renewed');
      await page.getByRole('button', { name: t.trust.noted }).click();
      await page.getByRole('button', { name: t.list.account }).click();
      await page.getByText(t.rotation.open).click();
      await page.getByRole('button', { name: t.rotation.submit }).click();
      await person.isTold('incomplete');
      await looks('23-new-keys');

      await rotate(server.url, other.name, other.password);
      await person.picksConversationWith(other.name);
      await page.getByRole('button', { name: t.trust.compare }).click();
      await page.getByRole('button', { name: t.trust.mark }).click();
      await page.getByText(t.trust.differ).click();
      await looks('24-safety');
      await page.getByRole('button', { name: t.trust.back(other.name) }).click();
      await page.getByRole('button', { name: t.trust.noted }).waitFor();
      await looks('25-renewed');

      using forger = await Identity.generate({ username: other.name, bits: 2048 });
      const { history } = forger;
      await page.route('**/users/*', async (route) => {
        const response = await route.fetch();
        const json = { ...((await response.json()) as object), key_history: history };
        await route.fulfill({ response, json });
      });
      await page.getByRole('button', { name: t.trust.compare }).click();
      await page.getByText(t.trust.offeredNumber).waitFor();
      await looks('26-replaced');
      await page.getByRole('button', { name: t.trust.accept }).click();
      await page.getByRole('dialog').waitFor();
      await looks('27-accepting');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: t.trust.back(other.name) }).click();
      await page.getByText(t.trust.changed(other.name)).waitFor();
      await looks('28-changed');
    });
  }
});

describe('a small window', () => {
  /** Names as long as they may be. */
  const CAROL = 'carol_by_the_river_in_the_valley';
  const DAVE = 'dave_over_the_hills_and_far_away';

  let server: TestServer;
  let alice: Person;

  before(async () => {
    server = await TestServer.start();
    for (const name of [CAROL, DAVE]) await register(server.url, name, 'three grey umbrellas');
    alice = await Person.at(server.url, 'alice', 'confiture d’oranges amères');
    await alice.joins();
    await alice.opensConversationWith(`${CAROL}, ${DAVE}`);
    for (const text of LETTERS['en-GB']) await alice.writes(text);
    await alice.readsSealed(LETTERS['en-GB'][1], 'alice');
  });

  after(async () => {
    await alice?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('holds the longest names', async () => {
    const { page, t } = alice;
    await look(page, 'en-GB', '29-long-names');
    await page.getByRole('button', { name: t.trust.compare }).click();
    await page.getByRole('button', { name: t.trust.mark }).nth(1).waitFor();
    await look(page, 'en-GB', '30-long-names-safety');
    await page.goBack();
  });

  for (const [width, height] of [
    [667, 375],
    [568, 320],
    [320, 256],
  ] as const) {
    test(`of ${width} by ${height} lets one read, write and choose`, async () => {
      const { page, t } = alice;
      await resize(page, { width, height });
      await reach(page.getByRole('article').first());
      await reach(page.getByRole('textbox', { name: t.conversation.letter }));
      await reach(page.getByRole('button', { name: t.conversation.send }));
      await page.getByRole('button', { name: t.conversation.back }).click();
      await reach(page.getByRole('navigation').getByRole('button'));
      await reach(page.getByRole('button', { name: t.list.signOut }));
      await page.goBack();
    });
  }

  test('that is low keeps the end of the letters in view', async () => {
    const { page } = alice;
    await resize(page, { width: 568, height: 320 });
    await alice.writes('A line\n'.repeat(40) + 'The end');
    const letter = await alice.readsSealed('The end', 'alice');
    await drawn(page);
    const bottom = await letter.evaluate((it) => it.getBoundingClientRect().bottom);
    assert(bottom > 0 && bottom < 320, `${bottom}`);
  });

  test('of forced colours shows what has the focus, what is chosen, and each sheet', async () => {
    const { page, t } = alice;
    await resize(page, { width: 1280, height: 800 });
    await page.emulateMedia({ forcedColors: 'active' });
    const desk = page.getByRole('textbox', { name: t.conversation.letter });
    const search = page.getByRole('searchbox');
    for (const field of [desk, search]) {
      await field.focus();
      assert(await shows(field, 'outline'));
    }
    const chosen = page.getByRole('navigation').getByRole('button').first();
    assert(await shows(chosen, 'border-left'));
    assert(await shows(page.getByRole('article').first(), 'border-left'));
    await page.screenshot({ path: 'target/screenshots/en-GB/31-forced-colours.png' });
    await page.getByRole('button', { name: t.list.lock }).click();
    const password = page.getByLabel(t.signIn.password, { exact: true });
    await alice.isAt(password);
    assert(await shows(password, 'outline'));
    // Whose it is, for those who let a password manager fill it in.
    assert.equal(await page.locator('[autocomplete=username]').inputValue(), 'alice');
  });
});

/** Whether a line around something is drawn in a colour that can be seen. */
async function shows(place: Locator, line: 'outline' | 'border-left'): Promise<boolean> {
  return await place.evaluate((it, line) => {
    const style = getComputedStyle(it);
    const colour = style.getPropertyValue(`${line}-color`);
    return style.getPropertyValue(`${line}-style`) === 'solid' && colour !== 'rgba(0, 0, 0, 0)';
  }, line);
}

function tampered(_: string, before: string, sign: string): string {
  return before + (sign === 'A' ? 'B' : 'A');
}
