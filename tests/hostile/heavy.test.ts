import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';

import type { Person } from '../e2e/person.ts';
import type { Correspondent } from './correspondent.ts';
import { Stage } from './stage.ts';

/** Signs that a letter may put on the page before anybody asks for more of it. */
const AT_ONCE = 6_000;

describe('somebody who writes to hold the page up', () => {
  let stage: Stage;
  let alice: Person;
  let bob: Correspondent;
  let own: Correspondent;

  before(async () => {
    stage = await Stage.set();
    ({ alice, bob, own } = stage);
    await alice.signsIn();
    await alice.isIn();
    await alice.picksConversationWith('bob');
    await alice.readsSealed('The first', 'bob');
  });

  /** What weighs on the page can be deleted. */
  afterEach(async () => {
    const { page, t } = alice;
    const letters = page.getByRole('article');
    for (let count = await letters.count(); count > 1; count--) {
      await letters.last().getByRole('button', { name: t.letter.remove }).click();
      await page.getByRole('dialog').getByRole('button', { name: t.letter.remove }).click();
      await letters.nth(count - 1).waitFor({ state: 'detached' });
    }
  });

  after(async () => await stage?.[Symbol.asyncDispose]());

  for (const [name, text] of Object.entries({
    'marks without end on one sign': 'Marks a' + '\u0301'.repeat(150_000),
    'a line of writing in two directions': 'Marks ' + 'שa1'.repeat(100_000),
    'hundreds of thousands of lines': 'Marks' + '\n'.repeat(300_000),
  })) {
    test(`${name}: little is laid out at once`, async () => {
      await bob.sends(text, own);
      const letter = await alice.readsSealed('Marks', 'bob');
      assert((await letter.textContent())!.length < AT_ONCE);
    });
  }

  test('marks that pile up are cut, and said to be', async () => {
    await bob.sends('Marks a' + '\u0301'.repeat(31) + 'e\u0301 \u0928\u093f', own);
    const letter = await alice.readsSealed('Marks', 'bob');
    const kept = 'Marks a' + '\u0301'.repeat(30) + '\uFFFDe\u0301 \u0928\u093f';
    assert.equal(await letter.locator('p[dir=auto]').textContent(), kept);
  });

  test('a long letter can be read to its end, by keyboard too', async () => {
    const { t } = alice;
    const lines = Array.from({ length: 9_000 }, (_, n) => `Line ${n} 😀`);
    await bob.sends(lines.join('\n') + '😀'.repeat(10_000), own);
    const letter = await alice.readsSealed('Line 0 ', 'bob');
    const more = letter.getByRole('button', { name: t.letter.more });
    while ((await more.count()) > 0) {
      const pieces = letter.locator('p[dir=auto]');
      const shown = await pieces.count();
      await more.press('Enter');
      await alice.isAt(pieces.nth(shown));
    }
    const pieces = await letter.locator('p[dir=auto]').allTextContents();
    // Where a line is longer than a piece, its pieces stand below each other.
    const text = lines.join('\n') + '😀'.repeat(10_000);
    assert.equal(pieces.join('\n').replaceAll('\n', ''), text.replaceAll('\n', ''));
    assert(pieces.every((piece) => !/\p{Cs}/u.test(piece)));
  });

  test('a text that is shown is laid out in pieces too', async () => {
    const bytes = new TextEncoder().encode('A list\n' + 'word '.repeat(200_000));
    await bob.sendsFile(bytes, { name: 'list.txt', mediaType: 'text/plain' }, own);
    await alice.shows('list.txt');
    const shown = alice.page.getByRole('region', { name: 'list.txt' });
    await shown.getByText('A list').waitFor();
    assert((await shown.textContent())!.length < AT_ONCE);
    await shown.getByRole('button', { name: alice.t.letter.more }).click();
    await shown.locator('p').nth(10).waitFor();
  });

  test('a picture of more pixels than memory is not drawn', async () => {
    const { page, t } = alice;
    const bomb = png(20_000);
    assert(bomb.length < 64 * 1024);
    await bob.sendsFile(bomb, { name: 'bomb.png', mediaType: 'image/png' }, own);
    await alice.shows('bomb.png');
    await alice.isTold('picture_too_large');
    assert.equal(await page.getByRole('img', { name: t.letter.picture('bomb.png') }).count(), 0);
    await bob.sendsFile(png(2_000), { name: 'quince.png', mediaType: 'image/png' }, own);
    await alice.shows('quince.png');
    await page.getByRole('img', { name: t.letter.picture('quince.png') }).waitFor();
  });

  test('a text of one’s own that is too long stays on the desk, which says so', async () => {
    const text = 'x'.repeat(300_000);
    await alice.writes(text);
    await alice.isTold('letter_too_long');
    await alice.hasDraft(text);
    assert.equal(await alice.page.getByRole('article').count(), 1);
    await alice.writes('A short one');
    await alice.readsSealed('A short one', 'alice');
  });
});

/** A square picture of one colour. */
function png(side: number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head[8] = 1; // One bit a pixel.
  const lines = deflateSync(Buffer.alloc(side * (side / 8 + 1)));
  const parts = [part('IHDR', head), part('IDAT', lines), part('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]);
}

function part(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
