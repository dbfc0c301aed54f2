import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';

import * as pli from '@pli/crypto';

import { ENGINES } from '../support/engines.ts';
import { calls, complaints, given, read } from '../support/odd-arguments.ts';
import { refused } from '../support/refused.ts';

const { Contact, fileEngine, Identity, init, openFile, openFileRange } = pli;
const { sealFile, verify } = pli;
const all = await given(pli);
const { password, kdf, stretched, wrappedKeys, history, contact, envelope, bytes } = all;
const { label, sealed, descriptor } = all;
const alice = all.identities.wasm;

const throwing = () => {
  throw new RangeError('odd');
};

/** A page takes its time to send them to a worker. */
const HUGE: [string, unknown][] = [['a sparse array of millions', new Array(9_000_000)]];

for (const engine of ENGINES) {
  for (const [name, call] of Object.entries(calls(pli, engine, all))) {
    test(`${name} answers or refuses it, with the engine ${engine}`, async () => {
      assert.deepEqual(await complaints(pli, call, HUGE), []);
    });
  }
}

test('what is easily mistaken is told so', async () => {
  const { code, wrappedKeys: recovery } = await alice.recoveryKit();
  const mistaken: [pli.ErrorCode, RegExp, () => Promise<unknown>][] = [
    ['kdf_refused', /use Identity\.recover/, () => Identity.unlock(recovery, code)],
    ['invalid_argument', /options has no name, but kdf/, () => alice.lock(password, kdf as never)],
    ['invalid_argument', /username/, () => (Contact.from as (of: pli.History) => never)(history)],
  ];
  for (const [code, message, call] of mistaken) await assert.rejects(call, { code, message });
});

test('an option that does not exist is refused, so that none goes unheeded by a slip', async () => {
  const odd: object = { pinned: [] };
  const { unlock, unlockWith, generate, recover } = Identity;
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['decrypt']);
  for (const call of [
    () => Contact.from(history, { username: 'alice', ...odd }),
    () => generate({ username: 'alice', bits: 2048, ...odd }),
    () => unlock(wrappedKeys, stretched, odd),
    () => unlockWith(wrappedKeys, key, odd),
    () => recover(wrappedKeys, '000G', odd),
    () => alice.rotate({ bits: 2048, ...odd }),
    () => alice.lock(password, odd),
    () => alice.seal({ text: '' }, [], odd),
    () => alice.open(envelope, contact, odd),
    () => sealFile(bytes, { ...label, ...odd }),
    () => openFile(descriptor, sealed, odd),
    () => openFileRange(descriptor, 0, 1, () => sealed, odd),
    () => init(odd),
  ]) {
    await assert.rejects(async () => await call(), {
      code: 'invalid_argument',
      message: /options has no pinned, but/,
    });
  }
});

test('a letter that is too long is told its length and what is allowed', async () => {
  for (const length of [1_048_500, 3_000_000]) {
    await assert.rejects(alice.seal({ text: 'x'.repeat(length) }, []), (error: pli.PliError) => {
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
      const onProgress = () => Promise.reject(new Error('odd'));
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
      await assert.rejects(range, (error: pli.PliError) => {
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
