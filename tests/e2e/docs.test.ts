import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import type { Locator, Page } from 'playwright-core';

import { Browser } from '../support/browser.ts';
import { installed } from '../support/installed.ts';
import { TestServer } from '../support/server.ts';

/** Somebody who clicks through Swagger UI. */
class Visitor {
  constructor(private readonly page: Page) {}

  private async unfold(tag: string, operation: string): Promise<Locator> {
    const block = this.page.locator(`#operations-${tag}-${operation}`);
    if (!(await block.getByRole('button', { name: 'Execute' }).isVisible())) {
      await block.locator('.opblock-summary-control').click();
    }
    return block;
  }

  /** Executes an operation with one of its prepared bodies; gives status and body of the answer. */
  async executes(tag: string, operation: string, example?: string) {
    const block = await this.unfold(tag, operation);
    if (example !== undefined) {
      const bodies = block.locator('.opblock-section-request-body .examples-select-element');
      await bodies.selectOption(example);
    }
    const clear = block.getByRole('button', { name: 'Clear' });
    if (await clear.isVisible()) await clear.click();
    await block.getByRole('button', { name: 'Execute' }).click();
    const answer = block.locator('.live-responses-table .response');
    await answer.waitFor();
    const status = Number(await answer.locator('.response-col_status').innerText());
    const body = await answer.locator('.highlight-code code').first().innerText();
    return { status, body: JSON.parse(body) };
  }

  /** Hands in an access token, in place of the one before. */
  async authorizes(token: string): Promise<void> {
    await this.page.locator('.auth-wrapper .authorize').first().click();
    const access = this.page.locator('.auth-container').filter({ hasText: 'access_token' }).first();
    const logout = access.getByRole('button', { name: 'Remove authorization' });
    if (await logout.isVisible()) await logout.click();
    assert.equal(await access.locator('input:focus').count(), 1, 'it waits for this token');
    await this.page.keyboard.insertText(token);
    await this.page.keyboard.press('Enter');
    await access.getByRole('button', { name: 'Remove authorization' }).waitFor();
    await this.page.locator('.modal-ux .close-modal').click();
  }
}

test('one can register, sign in, write a letter and list users by clicking in Swagger UI', async () => {
  await using server = await TestServer.start();
  await using browser = await Browser.open(`${server.url}/docs`);
  const visitor = new Visitor(browser.page);

  for (const name of ['alice', 'bob', 'carol']) {
    const { status, body } = await visitor.executes('auth', 'register', name);
    assert.equal(status, 201);
    assert.equal(body.username, name);
  }
  const alice = await visitor.executes('auth', 'login', 'alice');
  assert.equal(alice.status, 200);
  assert.equal((await visitor.executes('messaging', 'send_message', 'letter')).status, 401);
  await visitor.authorizes(alice.body.access_token);
  const sent = await visitor.executes('messaging', 'send_message', 'letter');
  assert.equal(sent.status, 200);
  assert.equal(sent.body.message_id, '0191b2c3-0000-7000-8000-000000000001');
  const refused = await visitor.executes('users', 'all_users');
  assert.deepEqual([refused.status, refused.body.code], [403, 'not_staff']);
  const signedOut = await visitor.executes('auth', 'logout');
  assert.equal(signedOut.status, 200);

  const folder = join(server.folder, 'data');
  const grant = ['staff', '--data-dir', folder, 'grant', 'carol'];
  await promisify(execFile)(installed('PLI_TEST_SERVER'), grant, { cwd: server.folder });
  const carol = await visitor.executes('auth', 'login', 'carol');
  await visitor.authorizes(carol.body.access_token);
  const listed = await visitor.executes('users', 'all_users');
  assert.equal(listed.status, 200);
  const names = listed.body.users.map((user: { username: string }) => user.username);
  assert.deepEqual(names, ['alice', 'bob', 'carol']);
  assert.deepEqual(browser.complaints, []);
});
