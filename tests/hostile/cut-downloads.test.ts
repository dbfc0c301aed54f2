import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import type { Request } from 'playwright-core';

import type {} from '../../web-demo/src/saving/picked.ts';
import { type Failure, Person } from '../e2e/person.ts';
import { type Asked, type Impostor, type Lie, send, type Truth } from '../support/impostor.ts';
import { Stage } from './stage.ts';

const CALL = 'GET /messaging/download_file/';
const MIB = 1 << 20;
const SHORT = numbered(3 * MIB);
/** Such a file does not go through memory. */
const LONG = numbered(33 * MIB);

/** What a server gives for the rest of a file, and what the page says of it. */
const RESTS: Record<string, { alter: (rest: Truth, asked: Asked) => Truth; says: Failure }> = {
  'with a bit turned': {
    alter: (rest) => ({ ...rest, body: turned(rest.body) }),
    says: 'file_corrupted',
  },
  'too short': {
    alter: (rest) => ({ ...rest, body: rest.body.subarray(0, -1) }),
    says: 'file_corrupted',
  },
  'too long': {
    alter: (rest) => ({ ...rest, body: Buffer.concat([rest.body, Buffer.from('more')]) }),
    says: 'file_corrupted',
  },
  'from another place': {
    alter: (rest) => ({
      ...rest,
      body: Buffer.concat([rest.body.subarray(1000), rest.body.subarray(0, 1000)]),
    }),
    says: 'file_corrupted',
  },
  'as another range': {
    alter: (rest) => headed(rest, { 'content-range': rangeOf(rest, (from) => from - 1) }),
    says: 'bad_answer',
  },
  'as that of a larger file': {
    alter: (rest) => headed(rest, { 'content-range': `${rest.headers['content-range']}0` }),
    says: 'bad_answer',
  },
  'without saying which range it is': {
    alter: (rest) => headed(rest, { 'content-range': undefined }),
    says: 'bad_answer',
  },
  'of another version': {
    alter: (rest) => headed(rest, { etag: '"another"' }),
    says: 'bad_answer',
  },
  'as a whole file': {
    alter: (rest) => ({ ...rest, status: 200 }),
    says: 'bad_answer',
  },
};

describe('a download that is cut', { timeout: 300_000 }, () => {
  let stage: Stage;
  let impostor: Impostor;
  let alice: Person;
  let saved = 0;

  before(async () => {
    stage = await Stage.set();
    const { bob, own } = stage;
    ({ impostor, alice } = stage);
    await bob.sendsFile(SHORT, { name: 'short.txt', mediaType: 'text/plain' }, own);
    await bob.sendsFile(LONG, { name: 'long.txt', mediaType: 'text/plain' }, own);
    await alice.signsIn();
    await alice.isIn();
    await alice.picksConversationWith('bob');
    alice.page.on('download', () => saved++);
  });

  after(async () => await stage?.[Symbol.asyncDispose]());

  test('goes on where it was cut, through memory', async () => {
    using cut = cutting(2 * MIB, 1, honestly, {}, reading(SHORT));
    assert((await alice.saves('short.txt')).bytes.equals(SHORT));
    await alice.hasSaved('short.txt');
    const [whole, rest] = cut.ranges;
    assert.deepEqual([cut.ranges.length, whole], [2, undefined]);
    assert(from(rest) > 0 && from(rest) <= 2 * MIB, `with what has not come yet: ${rest}`);
  });

  test('goes on where it was cut when it is to be shown', async () => {
    using cut = cutting(2 * MIB);
    await alice.shows('short.txt');
    const letter = await alice.reads('short.txt');
    await letter.getByText(SHORT.subarray(0, 60).toString()).waitFor();
    assert.equal(cut.ranges.length, 2);
    await letter.getByRole('button', { name: alice.t.letter.hide }).click();
  });

  test('goes on where it was cut into a file that was picked', async () => {
    await alice.page.evaluate(() => {
      // In place of the browser's own window, which no test can answer: a file of the page's.
      window.showSaveFilePicker = async ({ suggestedName }) => {
        const folder = await navigator.storage.getDirectory();
        return await folder.getFileHandle(suggestedName, { create: true });
      };
    });
    using cut = cutting(20 * MIB);
    const letter = await alice.reads('long.txt');
    await letter.getByRole('button', { name: alice.t.letter.save }).click();
    await alice.hasSaved('long.txt');
    assert.equal(cut.ranges.length, 2);
    const text = await alice.page.evaluate(async () => {
      const folder = await navigator.storage.getDirectory();
      return await (await (await folder.getFileHandle('long.txt')).getFile()).text();
    });
    assert(LONG.equals(Buffer.from(text)));
  });

  test('goes on where it was cut through the service worker, as often as it gets on', async () => {
    await alice.page.evaluate(() => delete window.showSaveFilePicker);
    using cut = cutting(3 * MIB, Infinity, honestly, {}, reading(LONG));
    const download = await alice.downloads('long.txt');
    await alice.hasSaved('long.txt');
    assert(LONG.equals(await readFile(await download.path())));
    assert(cut.ranges.length > 8);
  });

  for (const [name, { alter, says }] of Object.entries(RESTS)) {
    test(`is not saved with a rest ${name}`, async () => {
      const before = saved;
      using cut = cutting(2 * MIB, 1, async (asked, answer) => {
        const rest = await asked.truth();
        assert.equal(rest.status, 206);
        send(answer, alter(rest, asked));
      });
      await alice.failsToSave('short.txt', says);
      assert.equal(cut.ranges.length, 2);
      assert.equal(saved, before);
    });
  }

  test('does not go on when the server has not said which file it is', async () => {
    using cut = cutting(2 * MIB, 1, undefined, { etag: undefined });
    await alice.failsToSave('short.txt', 'unreachable');
    assert.equal(cut.ranges.length, 1);
  });

  test('is given up when hardly anything comes any more, and waits for nothing when cancelled', async () => {
    await using patient = await Person.at(impostor.url, 'alice', alice.password);
    await patient.page.clock.install();
    await patient.signsIn();
    await patient.isIn();
    await patient.picksConversationWith('bob');
    using cut = cutting(1000, Infinity);
    const letter = await patient.reads('short.txt');
    const told = letter.getByRole('alert').getByText(patient.t.failures.unreachable);
    // What the page waits for of the server takes real time, in which its clock stands still.
    let asked = 0;
    const underWay = new Set<Request>();
    patient.page.on('request', (it) => {
      if (!it.url().includes('/download_file/')) return;
      asked++;
      underWay.add(it);
    });
    patient.page.on('requestfailed', (it) => underWay.delete(it));
    await letter.getByRole('button', { name: patient.t.letter.save }).click();
    while (!(await told.isVisible()))
      if (underWay.size === 0) await patient.page.clock.runFor(1000);
    assert.equal(cut.ranges.length, 6);
    await letter.getByRole('button', { name: patient.t.letter.save }).click();
    await letter.getByRole('button', { name: patient.t.letter.cancel }).click();
    await letter.getByRole('progressbar').waitFor({ state: 'detached' });
    const before = asked;
    assert(before < 12);
    await patient.page.clock.runFor(60_000);
    assert.equal(await told.count(), 0);
    assert.equal(asked, before);
  });

  test('as it was, it is saved', async () => {
    assert((await alice.saves('short.txt')).bytes.equals(SHORT));
  });

  /**
   * Cuts downloads after so many bytes and when `ready`, so many times; then the rest comes as
   * `rest` wants.
   */
  function cutting(
    bytes: number,
    times = 1,
    rest: Lie = honestly,
    head = {},
    ready = async () => {},
  ) {
    const ranges: (string | undefined)[] = [];
    const lie: Lie = async (asked, answer) => {
      ranges.push(asked.headers.range);
      if (ranges.length > times) return await rest(asked, answer);
      const { status, headers, body } = headed(await asked.truth(), head);
      if (body.length <= bytes) return send(answer, { status, headers, body });
      answer.writeHead(status, headers);
      await new Promise((written) => answer.write(body.subarray(0, bytes), written));
      await ready();
      answer.destroy();
    };
    return { ranges, [Symbol.dispose]: impostor.lieTo(CALL, lie)[Symbol.dispose] };
  }

  /** Each time, waits until the page has read 64 KiB more of a file: the unread is lost by a cut. */
  function reading(file: Buffer): () => Promise<void> {
    let least = 0;
    return async () => {
      const bar = await alice.page.getByRole('progressbar').elementHandle();
      const there = await alice.page.waitForFunction(
        ([bar, least]) => (bar as HTMLProgressElement).value > least && bar.value,
        [bar as unknown as HTMLProgressElement, least] as const,
      );
      least = Number(await there.jsonValue()) + 65_536 / file.length;
    };
  }
});

const honestly: Lie = async ({ truth }, answer) => send(answer, await truth());

/** The first byte that a `Range` asks for. */
function from(range = ''): number {
  return Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
}

/** The `Content-Range` of an answer, with another beginning. */
function rangeOf({ headers }: Truth, alter: (from: number) => number): string {
  return headers['content-range']!.replace(/\d+/, (from) => String(alter(Number(from))));
}

/** The same answer under another head. */
function headed(truth: Truth, head: Record<string, string | undefined>): Truth {
  const headers = { ...truth.headers, ...head };
  for (const name in headers) if (headers[name] === undefined) delete headers[name];
  return { ...truth, headers };
}

function turned(body: Buffer): Buffer {
  const harmed = Buffer.from(body);
  harmed[100]! ^= 1;
  return harmed;
}

/** A text of so many bytes, no two lines of which are the same. */
function numbered(size: number): Buffer {
  const lines = Array.from({ length: size / 16 }, (_, n) => `Jar ${String(n).padStart(11, '0')}\n`);
  return Buffer.from(lines.join(''));
}
