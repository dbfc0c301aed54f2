import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  isVerified,
  keepPin,
  markPin,
  pinOf,
  replacePin,
  tellPin,
} from '../../web-demo/src/pins.ts';
import type { History } from '../../web-demo/src/vault/types.ts';

/** Histories by their payloads: what they say has been verified before they get here. */
const history = (...payloads: string[]): History =>
  payloads.map((payload) => ({ payload, signatures: [] }));

// Node has no IndexedDB, like a browser that stores nothing: the pins of a visit are all there is.
before(() => {
  globalThis.reportError = () => {};
});

test('a pin grows, and is not shortened or exchanged by who has seen less', async () => {
  await keepPin('alice', 'bob', history('a', 'b'));
  for (const other of [history('a'), history('x'), history('a', 'x', 'y')]) {
    const { history: kept } = await keepPin('alice', 'bob', other);
    assert.deepEqual(kept, history('a', 'b'));
  }
  await keepPin('alice', 'bob', history('a', 'b', 'c'));
  assert.deepEqual((await pinOf('alice', 'bob'))?.history, history('a', 'b', 'c'));
  assert.equal(await pinOf('carol', 'bob'), undefined, 'every account has its own');
});

test('the reader is told of what came since, and not of what was there at first', async () => {
  const first = await keepPin('alice', 'dave', history('a', 'b'));
  assert.equal(first.told, 2);
  const grown = await keepPin('alice', 'dave', history('a', 'b', 'c'));
  assert.equal(grown.told, 2);
  await tellPin('alice', 'dave');
  assert.equal((await pinOf('alice', 'dave'))?.told, 3);
});

test('a mark holds for what was compared and what goes on from it', async () => {
  const verified = async () => isVerified((await pinOf('alice', 'carol'))!);
  await keepPin('alice', 'carol', history('a'));
  assert(!(await verified()));
  await markPin('alice', 'carol', history('x'));
  assert(!(await verified()), 'another tab has accepted something else meanwhile');
  await markPin('alice', 'carol', history('a'));
  await keepPin('alice', 'carol', history('a', 'b'));
  assert(await verified());
  await replacePin('alice', 'carol', history('a', 'x'));
  assert(!(await verified()), 'accepting takes the mark away, even of a common beginning');
  await markPin('alice', 'carol', history('a', 'x'));
  assert(await verified());
  await markPin('alice', 'carol', undefined);
  assert(!(await verified()));
});
