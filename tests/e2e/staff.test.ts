import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { createPliClient } from '@pli/client';
import type { Locator } from 'playwright-core';

import { register } from '../support/account.ts';
import { TestServer } from '../support/server.ts';
import { Person } from './person.ts';

/** Accounts beside alice's and bob's: together they fill a page and begin a second. */
const OTHERS = 19;
/** What these prove themselves with. */
const SECRET = 'x'.repeat(43);

describe('the page of staff', () => {
  let server: TestServer;
  let alice: Person;
  let bob: Person;
  const t = () => alice.t.staff;

  before(async () => {
    server = await TestServer.start();
    alice = await Person.at(server.url, 'alice', 'confiture d’oranges amères');
    bob = await Person.at(server.url, 'bob', 'eleven quiet locomotives', 'fr-FR');
    await register(server.url, 'alice', alice.password);
    await bob.joins();
    const api = createPliClient({ baseUrl: server.url });
    // One after the other: the list is in the order in which they came.
    for (let n = 0; n < OTHERS; n++) {
      const username = `carol-${n}`;
      const body = { username, email: `${username}@example.com`, password: SECRET };
      assert.equal((await api.POST('/auth/register', { body })).response.status, 201);
    }
    await server.grantStaff('alice');
    await alice.signsIn();
    await alice.isIn();
  });

  after(async () => {
    await alice?.[Symbol.asyncDispose]();
    await bob?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('is there for staff alone', async () => {
    const { page } = bob;
    assert.equal(await page.getByRole('button', { name: bob.t.list.users }).count(), 0);
    // Whoever finds the way there nevertheless is told.
    await page.evaluate(() => {
      history.pushState({ name: 'users' }, '');
      history.pushState(null, '');
      history.back();
    });
    await bob.isTold('not_staff');
    await page.goBack();
  });

  test('lists everybody, page by page', async () => {
    const { page } = alice;
    await page.getByRole('button', { name: alice.t.list.users }).click();
    await page.getByText(t().page(1, 2)).waitFor();
    await page.getByText(t().total(OTHERS + 2)).waitFor();
    const rows = page.getByRole('row').filter({ has: page.getByRole('rowheader') });
    assert.equal(await rows.count(), 20);
    assert.match(await rows.nth(1).innerText(), /bob[^]*bob@example\.com/);
    await page.getByRole('button', { name: t().next }).click();
    await page.getByText(t().page(2, 2)).waitFor();
    assert.equal(await rows.count(), 1);
    assert(await page.getByRole('button', { name: t().next }).isDisabled());
    await page.getByRole('button', { name: t().previous }).click();
    await page.getByText(t().page(1, 2)).waitFor();
  });

  test('does not let the last member of staff go', async () => {
    const dialog = await asks('alice', 'withdraw');
    await dialog.getByRole('button', { name: t().withdraw.action }).click();
    await dialog.getByRole('alert').getByText(alice.t.failures.last_staff).waitFor();
    await dialog.getByRole('button', { name: t().cancel }).click();
    await row('alice').getByText(t().isStaff, { exact: true }).waitFor();
  });

  test('signs out whom it deactivates, and lets them in again', async () => {
    const { deactivate, reactivate } = t();
    await (await asks('bob', 'deactivate')).getByRole('button', { name: t().cancel }).click();
    await row('bob').getByText(t().isActive).waitFor();
    await confirms('bob', 'deactivate');
    await alice.page.getByRole('status').getByText(deactivate.done('bob')).waitFor();
    await bob.isAskedToSignIn();
    await bob.signsIn();
    await bob.isTold('wrong_credentials');
    await confirms('bob', 'reactivate');
    await alice.page.getByRole('status').getByText(reactivate.done('bob')).waitFor();
    await row('bob').getByText(t().isActive).waitFor();
  });

  test('makes staff, who are told when it is over', async () => {
    const { page } = bob;
    await confirms('bob', 'grant');
    await row('bob').getByText(t().isStaff, { exact: true }).waitFor();
    await bob.signsIn();
    const way = page.getByRole('button', { name: bob.t.list.users });
    await way.click();
    await page.getByText(bob.t.staff.page(1, 2)).waitFor();
    await confirms('bob', 'withdraw');
    await page.getByRole('button', { name: bob.t.staff.next }).click();
    await bob.isTold('not_staff');
    await way.waitFor({ state: 'detached' });
    assert.equal(await page.getByText('carol-1@example.com').count(), 0);
  });

  test('says that an account has gone meanwhile', async () => {
    const api = createPliClient({ baseUrl: server.url });
    const login = await api.POST('/auth/login', { body: { email: 'carol-3', password: SECRET } });
    const headers = { Authorization: `Bearer ${login.data!.access_token}` };
    await api.POST('/auth/delete_account', { body: { current_password: SECRET }, headers });
    const dialog = await asks('carol-3', 'deactivate');
    await dialog.getByRole('button', { name: t().deactivate.action }).click();
    await dialog.getByRole('alert').getByText(alice.t.failures.account_not_found).waitFor();
    await dialog.getByRole('button', { name: t().cancel }).click();
  });

  test('closes for who withdraws from it', async () => {
    await confirms('bob', 'grant');
    const dialog = await asks('alice', 'withdraw');
    await dialog.getByText(t().own).waitFor();
    await dialog.getByRole('button', { name: t().withdraw.action }).click();
    await alice.isTold('not_staff');
    assert.equal(await alice.page.getByRole('button', { name: alice.t.list.users }).count(), 0);
    alice.hasNoComplaint();
    bob.hasNoComplaint();
  });

  /** What stands of somebody on alice's page. */
  function row(name: string): Locator {
    return alice.page
      .getByRole('row')
      .filter({ has: alice.page.getByText(`${name}@example.com`, { exact: true }) });
  }

  type Change = 'grant' | 'withdraw' | 'deactivate' | 'reactivate';

  /** Alice is asked about a change, and what it means. */
  async function asks(name: string, change: Change): Promise<Locator> {
    await row(name).getByRole('button', { name: t()[change].action }).click();
    const dialog = alice.page.getByRole('dialog', { name: t()[change].question(name) });
    await dialog.getByText(t()[change].meaning).waitFor();
    return dialog;
  }

  async function confirms(name: string, change: Change): Promise<void> {
    const dialog = await asks(name, change);
    await dialog.getByRole('button', { name: t()[change].action }).click();
    await dialog.waitFor({ state: 'detached' });
  }
});
