import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { ElementHandle } from 'playwright-core';

import { remove } from '../support/account.ts';
import { TestServer } from '../support/server.ts';
import { Person } from './person.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('a mailbox', () => {
  let server: TestServer;
  let alice: Person;
  let bob: Person;
  let carol: Person;

  before(async () => {
    server = await TestServer.start();
    const phone = { viewport: { width: 390, height: 844 } };
    alice = await Person.at(server.url, 'alice', 'confiture d’oranges amères', 'fr-FR');
    bob = await Person.at(server.url, 'bob', 'eleven quiet locomotives', 'en-GB', phone);
    carol = await Person.at(server.url, 'carol', 'three grey umbrellas');
    await Promise.all([alice.joins(), bob.joins({ stays: true }), carol.joins()]);
  });

  after(async () => {
    for (const person of [alice, bob, carol]) await person?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('a letter to two people is one conversation for all three', async () => {
    await alice.opensConversationWith('bob, nobody@example.com');
    await alice.isTold('user_not_found');
    await alice.page.getByText('nobody@example.com :').waitFor();
    await alice.opensConversationWith('carol bob@example.com');
    await alice.writes('À vous deux, de tout cœur');
    await bob.sees(1, 'alice and carol');
    await carol.sees(1, 'alice and bob');
    await carol.picksConversationWith('alice and bob');
    await carol.readsSealed('À vous deux, de tout cœur', 'alice');
    await carol.writes('Merci !');
    await alice.readsSealed('Merci !', 'carol');
    await bob.sees(2, 'alice and carol');
  });

  test('what is read in one tab is read in the other', async () => {
    const tab = await bob.opensTab();
    await tab.sees(2, 'alice and carol');
    await bob.picksConversationWith('alice and carol');
    await bob.readsSealed('Merci !', 'carol');
    await tab.sees(0, 'alice and carol');
    await tab.page.close();
  });

  test('a letter that is deleted goes from all tabs, and from nobody else', async () => {
    const tab = await bob.opensTab();
    await tab.picksConversationWith('alice and carol');
    await tab.readsSealed('Merci !', 'carol');
    await bob.deletes('Merci !');
    await tab.misses('Merci !');
    await tab.reads('À vous deux');
    await tab.page.close();
    await alice.reads('Merci !');
  });

  test('several files are attached, pasted and dropped, and leave together', async () => {
    await alice.page.getByLabel(alice.t.conversation.attach).setInputFiles([
      { name: 'one.png', mimeType: 'image/png', buffer: PNG },
      {
        name: 'notes.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('<b onclick="x">14 jars</b>'),
      },
    ]);
    await alice.brings('paste', 'two.png', PNG);
    await alice.brings('drop', 'pots 👩‍🌾.png', PNG);
    await alice.page.getByRole('button', { name: alice.t.conversation.send }).click();
    for (const name of ['one.png', 'notes.txt', 'two.png', 'pots 👩‍🌾.png']) {
      await bob.readsSealed(name, 'alice');
    }
  });

  test('text stays text, pasted with its picture or dropped, and no file opens by itself', async () => {
    const { page, t } = alice;
    const taken = await page
      .getByRole('textbox', { name: t.conversation.letter })
      .evaluate((desk) => {
        const init = { bubbles: true, cancelable: true };
        const data = new DataTransfer();
        data.setData('text/plain', 'Quince\t14');
        const drop = new DragEvent('drop', { ...init, dataTransfer: data });
        desk.dispatchEvent(drop);
        data.items.add(new File(['x'], 'image.png', { type: 'image/png' }));
        const paste = new ClipboardEvent('paste', { ...init, clipboardData: data });
        desk.dispatchEvent(paste);
        const beside = new DragEvent('dragover', { ...init, dataTransfer: data });
        document.body.dispatchEvent(beside);
        return [drop, paste, beside].map(({ defaultPrevented }) => defaultPrevented);
      });
    assert.deepEqual(taken, [false, false, true]);
    assert.equal(await page.getByRole('button', { name: 'image.png' }).count(), 0);
  });

  test('each line of a letter runs in its own direction', async () => {
    await alice.writes('שלום\nRight away.');
    const letter = await bob.readsSealed('Right away', 'alice');
    const ends = await letter.getByText('Right away').evaluate((line) => {
      const text = line.firstChild!;
      return [text.textContent!.indexOf('R'), text.textContent!.indexOf('.')].map((at) => {
        const range = new Range();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect().left;
      });
    });
    assert(ends[0]! < ends[1]!, 'its full stop is at its right end');
  });

  test('pictures and texts are shown, and nothing in them comes to life', async () => {
    await carol.shows('one.png');
    const picture = carol.page.getByRole('img', { name: carol.t.letter.picture('one.png') });
    await picture.waitFor();
    assert.equal(await picture.evaluate((it: HTMLImageElement) => it.naturalWidth), 1);
    await carol.isAt(carol.page.getByRole('button', { name: carol.t.letter.hide }));
    await carol.shows('notes.txt');
    await carol.page
      .getByRole('region', { name: 'notes.txt' })
      .getByText('<b onclick="x">')
      .waitFor();
    assert.equal(await carol.page.locator('b').count(), 0);
    carol.hasNoComplaint();
  });

  test('search finds what is open on the page, whatever its accents', async () => {
    await alice.page.getByRole('searchbox').fill('COEUR');
    await alice.page.getByText(alice.t.list.hits(0)).waitFor();
    await alice.page.getByRole('searchbox').fill('a vous DEUX');
    await alice.page.getByRole('button', { name: 'À vous deux' }).click();
    assert.equal(await alice.page.locator('mark').innerText(), 'À vous deux');
    await alice.isAt(await alice.reads('À vous deux'));
    await alice.page.getByRole('searchbox').fill('');
  });

  test('who reads further up sees that a letter has come below', async () => {
    const letters = alice.page.getByRole('region', { name: alice.t.conversation.with('') });
    await letters.evaluate((it) => {
      const scrolled = new Promise((resolve) => it.addEventListener('scroll', resolve));
      it.scrollTo({ top: it.scrollTop > 0 ? 0 : 1 });
      return scrolled;
    });
    await bob.writes('Tout en bas');
    const below = alice.page.getByRole('button', { name: alice.t.conversation.below });
    await below.click();
    const letter = await alice.reads('Tout en bas');
    await alice.page.waitForFunction(
      (it) => document.activeElement === it && it.getBoundingClientRect().bottom < innerHeight,
      (await letter.elementHandle()) as ElementHandle<HTMLElement>,
    );
    assert.equal(await below.count(), 0);
  });

  test('an upload that is cancelled comes back to the desk', async () => {
    let begun!: () => void;
    const uploading = new Promise<void>((resolve) => (begun = resolve));
    await carol.page.route('**/files', () => begun());
    const buffer = Buffer.concat([PNG, Buffer.alloc(1 << 20)]);
    await carol.attaches({ name: 'slow.png', mimeType: 'image/png', buffer });
    await uploading;
    await carol.page.getByRole('button', { name: carol.t.letter.cancel }).click();
    await carol.misses('slow.png');
    await carol.page
      .getByRole('button', { name: carol.t.conversation.detach('slow.png') })
      .waitFor();
    await carol.page.unroute('**/files');
  });

  test('everything can be done by keyboard', async () => {
    await using keys = await Person.at(server.url, 'carol', carol.password, 'fr-FR');
    await keys.signsIn();
    await keys.isIn();
    await keys.isAt(keys.page.getByRole('heading', { name: 'Pli' }));
    const { keyboard } = keys.page;
    await keys.tabsTo(keys.t.list.newLetter);
    await keyboard.press('Enter');
    await keyboard.type('bob');
    await keyboard.press('Enter');
    await keys.page.getByRole('textbox', { name: keys.t.conversation.letter }).waitFor();
    await keyboard.type('Sans souris');
    await keyboard.press('Control+Enter');
    await keys.readsSealed('Sans souris', 'carol');
    await keyboard.type('Une autre');
    await keyboard.press('Control+Enter');
    const other = await keys.readsSealed('Une autre', 'carol');
    await keys.tabsTo(keys.t.letter.remove);
    await keyboard.press('Enter');
    await keyboard.press('Escape');
    await keys.page.locator('dialog').waitFor({ state: 'detached' });
    await keys.reads('Sans souris');
    await keyboard.press('Enter');
    await keys.isAt(keys.page.getByRole('button', { name: keys.t.letter.keep }));
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await keys.misses('Sans souris');
    await keys.isAt(other);
    keys.hasNoComplaint();
  });

  test('who has deleted the account is named, and the letter goes to the others', async () => {
    await alice.picksConversationWith('bob et carol');
    await remove(server.url, 'carol', carol.password);
    await alice.writes('Sans Carol');
    await alice.failsToSend('Sans Carol', 'receiver_not_found');
    const letter = await alice.reads('Sans Carol');
    await letter.getByText('carol :').waitFor();
    await alice.page.getByText(alice.t.trust.deleted('carol')).waitFor();
    assert.equal(await letter.getByRole('button', { name: alice.t.letter.retry }).count(), 0);
    await letter.getByRole('button', { name: alice.t.letter.takeBack }).click();
    await alice.page.getByRole('heading', { name: 'bob', exact: true }).waitFor();
    await alice.hasDraft('Sans Carol');
    await alice.page.getByRole('button', { name: alice.t.conversation.send }).click();
    await bob.page.getByRole('button', { name: bob.t.conversation.back }).click();
    await bob.picksConversationWith('alice');
    await bob.readsSealed('Sans Carol', 'alice');
  });
});
