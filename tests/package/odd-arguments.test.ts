import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  Contact,
  type FileDescriptor,
  type History,
  Identity,
  type Kdf,
  loginSecret,
  openFile,
  openFileRange,
  PliError,
  recoverySecret,
  safetyNumber,
  sealFile,
  stretch,
  verify,
} from '@pli/crypto';

import { vectors } from '../support/vectors.ts';

// Whatever stands in place of an argument, a call answers, or throws a PliError that blames the
// argument: never anything else, and never `internal`.

const { kdf, password, people } = vectors<{
  kdf: Kdf;
  password: string;
  people: Record<'alice', { history: History; wrappedKeys: string }>;
}>('people.json');

const stretched = await stretch(password, kdf);
const { history, wrappedKeys } = people.alice;
const alice = await Identity.unlock(wrappedKeys, stretched);
const contact = await Contact.from(history, { username: 'alice' });
const { envelope } = await alice.seal({ text: 'hello' }, []);
const bytes = new TextEncoder().encode('hello');
const signature = await alice.sign(bytes);
const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
  new Uint8Array(await new Response(stream).arrayBuffer());
const label = { name: 'a.txt', mediaType: 'text/plain' };
const file = sealFile(bytes, label);
const sealed = await read(file.stream);
const descriptor = await file.descriptor;

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;
const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

const detached = new Uint8Array(9);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

const ODD: [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['true', true],
  ['NaN', NaN],
  ['-0', -0],
  ['-1', -1],
  ['a fraction', 1.5],
  ['2^32', 2 ** 32],
  ['2^53', 2 ** 53],
  ['infinity', Infinity],
  ['a bigint', 1n],
  ['a symbol', Symbol('odd')],
  ['a function', () => 'odd'],
  ['an empty string', ''],
  ['NUL', '\0'],
  ['a lone surrogate', '\ud800'],
  ['a million letters', 'x'.repeat(1_000_000)],
  ['JSON a hundred thousand deep', deep],
  ['an empty object', {}],
  ['an object without a prototype', Object.create(null)],
  ['an empty array', []],
  ['an array of nulls', [null, null]],
  ['a date', new Date(NaN)],
  ['a cyclic object', cyclic],
  ['no bytes', new Uint8Array(0)],
  ['detached bytes', detached],
  ['other numbers', new Float64Array(4)],
  ['toJSON that throws', { toJSON: () => assert.fail('toJSON') }],
  ['__proto__', JSON.parse('{"__proto__": {"text": "odd"}}')],
];

/** Every call, with one of its arguments to be replaced. */
const CALLS: Record<string, (odd: never) => unknown> = {
  'Contact.from(odd)': (odd) => Contact.from(odd, { username: 'alice' }),
  'Contact.from(…, odd)': (odd) => Contact.from(history, odd),
  'Contact.from(…, { username: odd })': (odd) => Contact.from(history, { username: odd }),
  'Contact.from(…, { pin: odd })': (odd) => Contact.from(history, { username: 'alice', pin: odd }),
  'Identity.generate(odd)': (odd) => Identity.generate(odd),
  'Identity.generate({ username: odd })': (odd) =>
    Identity.generate({ username: odd, bits: 1 as never }),
  'Identity.unlock(odd)': (odd) => Identity.unlock(odd, stretched),
  'Identity.unlock(…, {}, odd)': (odd) => Identity.unlock(wrappedKeys, stretched, odd),
  'Identity.unlock(…, { username: odd })': (odd) =>
    Identity.unlock(wrappedKeys, stretched, { username: odd }),
  'Identity.unlock(…, { pin: odd })': (odd) =>
    Identity.unlock(wrappedKeys, stretched, { pin: odd }),
  'Identity.recover(odd)': (odd) => Identity.recover(odd, '000G'),
  'Identity.recover(…, odd)': (odd) => Identity.recover(wrappedKeys, odd),
  'lock(…, { kdf: odd })': (odd) => alice.lock(password, { kdf: odd ?? {} }),
  'seal(odd)': (odd) => alice.seal(odd, []),
  'seal({ text: odd })': (odd) => alice.seal({ text: odd }, []),
  'seal({ file: odd })': (odd) => alice.seal({ file: odd }, []),
  'seal(…, odd)': (odd) => alice.seal({ text: '' }, odd),
  'seal(…, [odd])': (odd) => alice.seal({ text: '' }, [odd]),
  'seal(…, { id: odd })': (odd) => alice.seal({ text: '' }, [], { id: odd }),
  'open(odd)': (odd) => alice.open(odd, contact),
  'open(…, odd)': (odd) => alice.open(envelope, odd),
  'open(…, { id: odd })': (odd) => alice.open(envelope, contact, { id: odd }),
  'sign(odd)': (odd) => alice.sign(odd),
  'verify(odd)': (odd) => verify(odd, bytes, contact),
  'verify(…, odd)': (odd) => verify(signature, odd, contact),
  'verify(…, …, odd)': (odd) => verify(signature, bytes, odd),
  'safetyNumber(odd)': (odd) => safetyNumber(odd, contact),
  'stretch(…, odd)': (odd) => stretch(password, odd),
  'stretch(…, { m: odd })': (odd) => stretch(password, { ...kdf, m: odd ?? 0 }),
  'stretch(…, { salt: odd })': (odd) => stretch(password, { ...kdf, salt: odd ?? '' }),
  'loginSecret(…, odd)': (odd) => loginSecret(password, odd),
  'recoverySecret(odd)': (odd) => recoverySecret(odd),
  'sealFile(odd)': (odd) => read(sealFile(odd, label).stream),
  'sealFile(…, odd)': (odd) => read(sealFile(bytes, odd).stream),
  'sealFile(…, { name: odd })': (odd) => read(sealFile(bytes, { ...label, name: odd }).stream),
  'sealFile(…, { mediaType: odd })': (odd) =>
    read(sealFile(bytes, { ...label, mediaType: odd }).stream),
  'sealFile(…, { size: odd })': (odd) =>
    read(sealFile(new Blob([bytes]).stream(), { ...label, size: odd }).stream),
  'sealFile(…, { policy: odd })': (odd) => read(sealFile(bytes, { ...label, policy: odd }).stream),
  'openFile(odd)': (odd) => read(openFile(odd, sealed)),
  'openFile(…, odd)': (odd) => read(openFile(descriptor, odd)),
  'openFile(…, { policy: odd })': (odd) => read(openFile(descriptor, sealed, { policy: odd })),
  'openFile({ size: odd })': (odd) =>
    read(openFile({ ...descriptor, size: odd } as FileDescriptor, sealed)),
  'openFileRange(odd)': (odd) => openFileRange(odd, 0, 1, () => sealed),
  'openFileRange(…, odd)': (odd) => openFileRange(descriptor, odd, 5, () => sealed),
  'openFileRange(…, 0, odd)': (odd) => openFileRange(descriptor, 0, odd, () => sealed),
  'openFileRange(…, () => odd)': (odd) => openFileRange(descriptor, 0, 1, () => odd),
};

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name} answers or refuses it`, async () => {
    for (const [what, odd] of ODD) {
      try {
        await call(odd as never);
      } catch (error) {
        assert(error instanceof PliError, `${what}: not a PliError: ${String(error)}`);
        assert.notEqual(error.code, 'internal', `${what}: ${String(error.cause)}`);
      }
    }
  });
}

test('after all of that the library works as before', async () => {
  const letter = await alice.open(envelope, contact);
  assert.equal('text' in letter && letter.text, 'hello');
  assert.deepEqual(await read(openFile(descriptor, sealed)), bytes);
});
