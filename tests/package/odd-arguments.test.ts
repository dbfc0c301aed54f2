import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';

import {
  type ChosenEngine,
  Contact,
  type FileDescriptor,
  fileEngine,
  type History,
  Identity,
  init,
  type Kdf,
  loginSecret,
  openFile,
  openFileRange,
  passwordKdf,
  PliError,
  recoverySecret,
  safetyNumber,
  sealFile,
  stretch,
  verify,
} from '@pli/crypto';

import { ENGINES } from '../support/engines.ts';
import { refused } from '../support/refused.ts';
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
const identities = {
  wasm: await Identity.unlock(wrappedKeys, stretched, { engine: 'wasm' }),
  webcrypto: await Identity.unlock(wrappedKeys, stretched, { engine: 'webcrypto' }),
};
const alice = identities.wasm;
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

const throwing = () => {
  throw new RangeError('odd');
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
/** TypeScript's library of 2023 does not know them yet. */
const Resizable = ArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => ArrayBuffer & { resize(length: number): void };
const resizable = new Resizable(8, { maxByteLength: 16 });
const outOfBounds = new Uint8Array(resizable, 4, 4);
resizable.resize(2);

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
  ['a Proxy that throws', new Proxy({}, { get: throwing, has: throwing, ownKeys: throwing })],
  ['a revoked Proxy', revoked.proxy],
  ['a Proxy of bytes', new Proxy(new Uint8Array(8), {})],
  ['a Proxy of a Blob', new Proxy(new Blob(['x']), {})],
  ['a Proxy of a stream', new Proxy(new Blob(['x']).stream(), {})],
  ['a Proxy of a Response', new Proxy(new Response('x'), {})],
  ['what is a Blob by name only', Object.create(Blob.prototype)],
  ['what is a stream by name only', Object.create(ReadableStream.prototype)],
  ['what are bytes by name only', Object.create(Uint8Array.prototype)],
  ['what is an identity by name only', Object.create(Identity.prototype)],
  ['what is a contact by name only', Object.create(Contact.prototype)],
  ['a signal by name only', Object.create(AbortSignal.prototype)],
  ['shared bytes', new Uint8Array(new SharedArrayBuffer(8))],
  ['resizable bytes', new Uint8Array(new Resizable(8, { maxByteLength: 16 }))],
  ['bytes out of bounds', outOfBounds],
  ['a Response that failed', new Response('x', { status: 500 })],
  ['a sparse array of millions', new Array(9_000_000)],
  ['__proto__', JSON.parse('{"__proto__": {"text": "odd"}}')],
];

type Odd = new (...odd: unknown[]) => unknown;

/** Every call, with one of its arguments to be replaced. */
const calls = (engine: ChosenEngine, alice: Identity): Record<string, (odd: never) => unknown> => ({
  'Contact.from(odd)': (odd) => Contact.from(odd, { username: 'alice' }),
  'Contact.from(…, odd)': (odd) => Contact.from(history, odd),
  'Contact.from(…, { username: odd })': (odd) => Contact.from(history, { username: odd }),
  'Contact.from(…, { pin: odd })': (odd) => Contact.from(history, { username: 'alice', pin: odd }),
  'Identity.generate(odd)': (odd) => Identity.generate(odd),
  'Identity.generate({ username: odd })': (odd) =>
    Identity.generate({ username: odd, bits: 1 as never }),
  'Identity.unlock(odd)': (odd) => Identity.unlock(odd, stretched, { engine }),
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
  'passwordKdf(odd)': (odd) => passwordKdf(odd),
  'recoverySecret(odd)': (odd) => recoverySecret(odd),
  'sealFile(odd)': (odd) => read(sealFile(odd, { ...label, engine }).stream),
  'sealFile(…, odd)': (odd) => read(sealFile(bytes, odd).stream),
  'sealFile(…, { name: odd })': (odd) =>
    read(sealFile(bytes, { ...label, engine, name: odd }).stream),
  'sealFile(…, { mediaType: odd })': (odd) =>
    read(sealFile(bytes, { ...label, engine, mediaType: odd }).stream),
  'sealFile(…, { size: odd })': (odd) =>
    read(sealFile(new Blob([bytes]).stream(), { ...label, engine, size: odd }).stream),
  'sealFile(…, { policy: odd })': (odd) =>
    read(sealFile(bytes, { ...label, engine, policy: odd }).stream),
  'openFile(odd)': (odd) => read(openFile(odd, sealed, { engine })),
  'openFile(…, odd)': (odd) => read(openFile(descriptor, odd, { engine })),
  'openFile(…, { policy: odd })': (odd) =>
    read(openFile(descriptor, sealed, { engine, policy: odd })),
  'openFile({ size: odd })': (odd) =>
    read(openFile({ ...descriptor, size: odd } as FileDescriptor, sealed)),
  'openFileRange(odd)': (odd) => openFileRange(odd, 0, 1, () => sealed, { engine }),
  'openFileRange(…, odd)': (odd) => openFileRange(descriptor, odd, 5, () => sealed, { engine }),
  'openFileRange(…, 0, odd)': (odd) => openFileRange(descriptor, 0, odd, () => sealed, { engine }),
  'openFileRange(…, () => odd, { engine })': (odd) =>
    openFileRange(descriptor, 0, 1, () => odd, { engine }),
  'Identity.unlock(…, { engine: odd })': (odd) =>
    Identity.unlock(wrappedKeys, stretched, { engine: odd }),
  'Identity.generate({ onProgress: odd })': (odd) =>
    Identity.generate({ username: 'alice', bits: 1 as never, onProgress: odd }),
  'Identity.generate({ bits: odd })': (odd) =>
    Identity.generate({ username: 'alice', bits: odd ?? 1 }),
  'rotate({ bits: odd })': (odd) => alice.rotate({ bits: odd ?? 1 }),
  'lockWith(odd)': (odd) => alice.lockWith(odd),
  'Identity.unlockWith(…, odd)': (odd) => Identity.unlockWith(wrappedKeys, odd),
  'sealFile(…, { signal: odd })': (odd) =>
    read(sealFile(bytes, { ...label, signal: odd, engine }).stream),
  'sealFile(…, { onProgress: odd })': (odd) =>
    read(sealFile(bytes, { ...label, onProgress: odd, engine }).stream),
  'openFile(…, …, odd)': (odd) => read(openFile(descriptor, sealed, odd)),
  'openFileRange(…, …, odd)': (odd) => openFileRange(descriptor, 0, 1, () => sealed, odd),
  'fileEngine(odd)': (odd) => fileEngine(odd),
  'init({ module: odd })': (odd) => init({ module: odd }),
  'new Identity(odd)': (odd) => new (Identity as unknown as Odd)(odd),
  'new Identity({ held: odd })': (odd) => new (Identity as unknown as Odd)({ held: odd }),
  'new Contact(odd)': (odd) => new (Contact as unknown as Odd)(odd),
  'new Stretched(odd)': (odd) => new (stretched.constructor as Odd)(odd),
  'Identity.prototype.seal.call(odd)': (odd) => Identity.prototype.seal.call(odd, { text: '' }, []),
  'Identity.prototype.destroy.call(odd)': (odd) => Identity.prototype.destroy.call(odd),
});

for (const engine of ENGINES) {
  for (const [name, call] of Object.entries(calls(engine, identities[engine]))) {
    test(`${name} answers or refuses it, with the engine ${engine}`, async () => {
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
}

test('what is easily mistaken is told so', async () => {
  const { code, wrappedKeys: recovery } = await alice.recoveryKit();
  const mistaken: [PliError['code'], RegExp, () => Promise<unknown>][] = [
    ['kdf_refused', /use Identity\.recover/, () => Identity.unlock(recovery, code)],
    ['invalid_argument', /options has no m, but kdf/, () => alice.lock(password, kdf as never)],
    ['invalid_argument', /username/, () => (Contact.from as (of: History) => never)(history)],
  ];
  for (const [code, message, call] of mistaken) await assert.rejects(call, { code, message });
});

test('a letter that is too long is told its length and what is allowed', async () => {
  for (const length of [1_048_500, 3_000_000]) {
    await assert.rejects(alice.seal({ text: 'x'.repeat(length) }, []), (error: PliError) => {
      assert.equal(error.code, 'invalid_argument');
      assert.match(error.message, /\d{7} bytes.*1,?048,?576/);
      return true;
    });
  }
});

for (const engine of ENGINES) {
  describe(`with the engine ${engine}`, () => {
    const unlocked = () => Identity.unlock(wrappedKeys, stretched, { engine });

    test('an identity that is destroyed during its calls gives nothing out', async () => {
      const identity = await unlocked();
      const calls = [
        identity.seal({ text: 'x' }, []),
        identity.open(envelope, contact),
        identity.sign(bytes),
        identity.rotate({ bits: 2048 }),
        identity.lock(password),
      ];
      identity.destroy();
      for (const outcome of await Promise.allSettled(calls)) {
        assert.equal(outcome.status, 'rejected');
        await refused('destroyed', () => Promise.reject(outcome.reason));
      }
    });

    test('a thousand calls at once all answer', async () => {
      using identity = await unlocked();
      const opened = await Promise.all(
        Array.from({ length: 1000 }, () => identity.open(envelope, contact)),
      );
      assert(opened.every((letter) => letter.type === 'text' && letter.text === 'hello'));
    });

    test('what onProgress throws or ends, ends its call and nothing else', async () => {
      const failing = () => assert.fail('onProgress');
      const generating = { username: 'anna', bits: 2048, engine } as const;
      await refused('invalid_argument', () =>
        Identity.generate({ ...generating, onProgress: failing }),
      );
      const identity = await unlocked();
      await refused('destroyed', () =>
        identity.rotate({ bits: 2048, onProgress: () => identity.destroy() }),
      );
      const options = { ...label, engine, onProgress: failing };
      await refused('invalid_argument', () => read(sealFile(bytes, options).stream));
      const abort = new AbortController();
      const aborting = { engine, signal: abort.signal, onProgress: () => abort.abort() };
      await refused('aborted', () => read(openFile(descriptor, sealed, aborting)));
    });

    test('what onProgress rejects with is what it throws', async () => {
      const onProgress = (): unknown => Promise.reject(new Error('odd'));
      await refused('invalid_argument', () =>
        Identity.generate({ username: 'anna', bits: 2048, engine, onProgress }),
      );
      const file = sealFile(bytes, { ...label, engine, onProgress });
      await refused('invalid_argument', () => read(file.stream));
      await refused('invalid_argument', () => file.descriptor);
    });

    test('a signal is heard whatever members of its own it has', async () => {
      const abort = new AbortController();
      Object.assign(abort.signal, { addEventListener: throwing, removeEventListener: throwing });
      const options = { engine, signal: abort.signal };
      assert.deepEqual(await read(openFile(descriptor, sealed, options)), bytes);
      assert.equal((await openFileRange(descriptor, 0, 1, () => sealed, options)).length, 1);
      const file = sealFile(new ReadableStream(), { ...label, ...options, size: 9 });
      const reading = read(file.stream);
      abort.abort();
      await refused('aborted', () => reading);
      const empty = openFileRange(descriptor, 0, 0, () => sealed, options);
      await refused('aborted', () => empty);
    });

    test('a call that is refused leaves its source to others', async () => {
      const source = new Blob([sealed]).stream();
      for (const odd of [{ engine: 'odd' }, { onProgress: 1 }, { signal: 1 }, { policy: 1 }]) {
        await refused('invalid_argument', () => openFile(descriptor, source, odd as never));
        const options = { ...label, size: 9, ...(odd as object) };
        await refused('invalid_argument', () => sealFile(source, options));
      }
      assert.deepEqual(await read(openFile(descriptor, source)), bytes);
      assert.deepEqual(await read(openFile(descriptor, new Blob([sealed]))), bytes);
    });

    test('a server that ignores the range is told from a damaged file', async () => {
      const options = { name: 'a', mediaType: 'a/b', policy: 'any', engine } as const;
      const long = sealFile(new Uint8Array(1 << 21), options);
      const whole = await read(long.stream);
      const answering = () => new Response(whole);
      const range = openFileRange(await long.descriptor, 1 << 20, 1 << 21, answering, { engine });
      await assert.rejects(range, { code: 'source_failed', message: /ignored the range/ });
    });

    test('bytes that change after the call are those of the call', async () => {
      using identity = await unlocked();
      const changing = new Uint8Array(bytes);
      const signing = identity.sign(changing);
      changing.fill(0);
      assert.notEqual(await verify(await signing, bytes, contact), false);
    });

    test('a source that stalls lets go when it is aborted', async () => {
      let cancelled = false;
      const stalled = new ReadableStream<Uint8Array>({
        cancel: () => {
          cancelled = true;
        },
      });
      const abort = new AbortController();
      const opening = read(openFile(descriptor, stalled, { engine, signal: abort.signal }));
      abort.abort();
      await refused('aborted', () => opening);
      assert(cancelled);
    });

    test('what fetchRange throws is the source’s failure', async () => {
      const unplugged = new Error('unplugged');
      const range = openFileRange(descriptor, 0, 1, () => Promise.reject(unplugged), { engine });
      await assert.rejects(range, (error: PliError) => {
        assert.equal(error.code, 'source_failed');
        assert.equal(error.cause, unplugged);
        return true;
      });
    });
  });
}

test('without WebCrypto the engine is WebAssembly, and the other one is not supported', async () => {
  const { subtle } = crypto;
  Object.defineProperty(crypto, 'subtle', { value: undefined, configurable: true });
  try {
    assert.equal(fileEngine(), 'wasm');
    using identity = await Identity.unlock(wrappedKeys, stretched);
    assert.equal(identity.engine, 'wasm');
    const engine = 'webcrypto';
    await refused('not_supported', () => fileEngine(engine));
    await refused('not_supported', () => Identity.generate({ username: 'anna', engine }));
    await refused('not_supported', () => Identity.unlock(wrappedKeys, stretched, { engine }));
    await refused('not_supported', () => sealFile(bytes, { ...label, engine }));
    await refused('not_supported', () => openFile(descriptor, sealed, { engine }));
    await refused('not_supported', () => openFileRange(descriptor, 0, 1, () => sealed, { engine }));
  } finally {
    Object.defineProperty(crypto, 'subtle', { value: subtle, configurable: true });
  }
  assert.equal(fileEngine(), 'webcrypto');
});

test('where WebCrypto can do nothing with the keys, auto is WebAssembly', async () => {
  const lacking = new DOMException('no RSA here', 'NotSupportedError');
  const importing = mock.method(crypto.subtle, 'importKey', () => Promise.reject(lacking));
  try {
    using identity = await Identity.unlock(wrappedKeys, stretched);
    assert.equal(identity.engine, 'wasm');
    const letter = await identity.open(envelope, contact);
    assert.equal(letter.type === 'text' && letter.text, 'hello');
    await refused('not_supported', () =>
      Identity.unlock(wrappedKeys, stretched, { engine: 'webcrypto' }),
    );
  } finally {
    importing.mock.restore();
  }
});

test('after all of that the library works as before', async () => {
  const letter = await alice.open(envelope, contact);
  assert.equal('text' in letter && letter.text, 'hello');
  assert.deepEqual(await read(openFile(descriptor, sealed)), bytes);
});
