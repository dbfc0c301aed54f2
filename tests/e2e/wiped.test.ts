import { after, before, describe, test } from 'node:test';

import { register } from '../support/account.ts';
import { look } from '../support/looks.ts';
import { TestServer } from '../support/server.ts';
import { Person } from './person.ts';

describe('a server that has lost everything', () => {
  let server: TestServer;
  let alice: Person;

  before(async () => {
    server = await TestServer.start();
    alice = await Person.at(server.url, 'alice', 'confiture d’oranges amères', 'fr-FR');
    await alice.joins();
    await alice.signsOut();
  });

  after(async () => {
    await alice?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('lets somebody sign up again under the name of before', async () => {
    await losesEverything();
    await alice.signsUp();
    await alice.signsOut();
    await alice.signsIn();
    await alice.isIn();
    await alice.signsOut();
  });

  test('lets somebody in whose account was made anew elsewhere, after saying so', async () => {
    const { page, t } = alice;
    await losesEverything();
    await register(server.url, 'alice', alice.password);
    await alice.signsIn();
    await isAsked();
    await look(page, 'fr', 'own-keys-replaced');
    await page.getByRole('button', { name: t.trust.anewNot }).click();
    await alice.signsIn();
    await saysSo();
    await alice.isIn();
    await alice.signsOut();
    await alice.signsIn();
    await alice.isIn();
    await alice.signsOut();
  });

  test('lets somebody in by the code of an account that was made anew elsewhere', async () => {
    await losesEverything();
    const code = await register(server.url, 'alice', alice.password);
    await alice.recovers(code, 'eight brown umbrellas');
    await saysSo();
    await alice.isIn();
  });

  async function isAsked(): Promise<void> {
    await alice.isTold('own_keys_replaced');
    await alice.page.getByRole('button', { name: alice.t.trust.anew }).click();
  }

  async function saysSo(): Promise<void> {
    const { page, t } = alice;
    await isAsked();
    await page.getByLabel(t.trust.anewSure).check();
    await page.getByRole('button', { name: t.trust.anewDo }).click();
  }

  /** Begins again with nothing, at the same address. */
  async function losesEverything(): Promise<void> {
    await server[Symbol.asyncDispose]();
    server = await TestServer.start({ PLI_LISTEN: new URL(server.url).host });
  }
});
