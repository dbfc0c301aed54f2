import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { ElementHandle, Page } from 'puppeteer-core';

import { fr as t } from '../../web-demo/src/strings/fr.ts';
import { Host } from '../runtimes/browsers.ts';
import { TestServer } from '../support/server.ts';
import { Person } from './person.ts';

/** Keys are made, and pages drawn, while much else is being done. */
const PATIENCE = 120_000;

describe('somebody with Firefox', () => {
  let server: TestServer;
  let firefox: Host;
  let page: Page;
  let alice: Person;

  before(async () => {
    server = await TestServer.start();
    firefox = await Host.start('Firefox');
    page = await firefox.open(server.url);
    page.setDefaultTimeout(PATIENCE);
    alice = await Person.at(server.url, 'alice', 'confiture d’oranges amères');
    await alice.joins();
  });

  after(async () => {
    await firefox?.[Symbol.asyncDispose]();
    await alice?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('signs up in French, keeps the recovery code, and stays signed in', async () => {
    if ((await page.$eval('html', (html) => html.lang)) !== 'fr') await press('Français');
    await fill(t.signUp.username, 'bob');
    await fill(t.signUp.email, 'bob@example.com');
    await fill(t.signUp.password, 'onze locomotives silencieuses');
    await page.locator('input[type=checkbox]').click();
    await press(t.signUp.submit);
    await page.locator('[translate=no] .group').wait();
    const groups = await page.$$eval('[translate=no] .group', (them) =>
      them.map(({ textContent }) => textContent),
    );
    await press(t.recovery.next);
    await fill(t.recovery.code, groups.join(''));
    await press(t.recovery.confirm);
    await sees(t.list.empty);
    await page.reload();
    await sees(t.list.live);
  });

  test('writes to somebody with Chromium, and gets an answer', async () => {
    await press(t.list.newLetter);
    await fill(t.newLetter.to, 'alice');
    await press(t.newLetter.submit);
    await page.locator('textarea').fill('Bonjour de Firefox');
    await press(t.conversation.send);
    await alice.picksConversationWith('bob');
    await alice.readsSealed('Bonjour de Firefox', 'bob');
    await alice.writes('Hello from Chromium');
    await sees('Hello from Chromium');
    await page.locator(`svg[aria-label="${t.letter.signedBy('alice')}"]`).wait();
  });

  test('files go both ways, and are looked at', async () => {
    const picker = await page.locator('input[type=file]').waitHandle();
    const picked = join(server.folder, 'gelée de coing.txt');
    await writeFile(picked, 'Quatorze pots');
    await (picker as ElementHandle<HTMLInputElement>).uploadFile(picked);
    await press(t.conversation.send);
    const saved = await alice.saves('gelée de coing.txt');
    assert.equal(saved.bytes.toString(), 'Quatorze pots');
    const buffer = Buffer.from('Fourteen jars');
    await alice.attaches({ name: 'jelly.txt', mimeType: 'text/plain', buffer });
    const letter = '//article[contains(., "jelly.txt")]';
    await page
      .locator(`::-p-xpath(${letter}//button[normalize-space()="${t.letter.show}"])`)
      .click();
    await sees('Fourteen jars');
  });

  test('a file too large for memory goes to the disk through the service worker', async () => {
    const buffer = Buffer.alloc(33 << 20, 'Fifteen jars. ');
    await alice.attaches({ name: 'pantry.txt', mimeType: 'text/plain', buffer });
    const letter = '//article[contains(., "pantry.txt")]';
    await page
      .locator(`::-p-xpath(${letter}//button[normalize-space()="${t.letter.save}"])`)
      .click();
    await page.locator(`::-p-xpath(${letter}//*[normalize-space()="${t.letter.saved}"])`).wait();
    // The browser has all of it, and is about to give it its name.
    const saved = join(firefox.downloads, 'pantry.txt');
    const size = async () => (await stat(saved).catch(() => undefined))?.size ?? 0;
    const patience = Date.now() + PATIENCE;
    while ((await size()) < buffer.length) {
      assert(Date.now() < patience, 'it does not appear');
      await page.evaluate(async () => await new Promise((resolve) => setTimeout(resolve, 50)));
    }
    assert((await readFile(saved)).equals(buffer));
  });

  /** Fills in the field with this label. */
  async function fill(label: string, text: string): Promise<void> {
    const field = `//label[normalize-space()="${label}"]/following::input[1]`;
    await page.locator(`::-p-xpath(${field})`).fill(text);
  }

  async function press(name: string): Promise<void> {
    await page.locator(`::-p-xpath(//button[normalize-space()="${name}"])`).click();
  }

  async function sees(text: string): Promise<void> {
    await page.locator(`::-p-xpath(//*[normalize-space(text())="${text}"])`).wait();
  }
});
