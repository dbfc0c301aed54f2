import assert from 'node:assert/strict';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type * as Package from '@pli/crypto';
import type { ErrorCode, History, Identity, Kdf, Letter, PliError, Stretched } from '@pli/crypto';

import { ENGINES } from '../support/engines.ts';
import { installed } from '../support/installed.ts';
import { vectors } from '../support/vectors.ts';

// The package with WebAssembly that fails when it is told to: the call fails, and everything that
// has nothing to do with it goes on.

/** What the WebAssembly of this build has besides. */
interface Exports {
  failNext(how: number): void;
  initSync(options: { module: Uint8Array }): { memory: WebAssembly.Memory };
}

const load = async (path: string): Promise<unknown> =>
  await import(pathToFileURL(join(installed('PLI_TEST_TRAPS'), path)).href);
const pli = (await load('dist/index.js')) as typeof Package;
const exports = (await load('wasm/pli_crypto.js')) as Exports;
await pli.init();

const PANIC = 1;
const FAILURES = { 'a panic': PANIC, 'a stack overflow': 2, 'a lack of memory': 3 };

const { kdf, password, people } = vectors<{
  kdf: Kdf;
  password: string;
  people: Record<string, { history: History; wrappedKeys: string }>;
}>('people.json');

const memory = () => new Uint8Array(exports.initSync({ module: new Uint8Array() }).memory.buffer);

async function refused(code: ErrorCode, call: () => unknown): Promise<PliError> {
  try {
    await call();
  } catch (error) {
    assert(error instanceof pli.PliError, `not a PliError: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  assert.fail('it was not refused');
}

const textOf = (letter: Letter) => (letter.type === 'text' ? letter.text : undefined);

for (const engine of ENGINES) {
  describe(`with the engine ${engine}`, () => {
    let stretched: Stretched;
    let alice: Identity;
    let bob: Identity;

    const unlocked = (name: string) =>
      pli.Identity.unlock(people[name]!.wrappedKeys, stretched, { engine });

    beforeEach(async () => {
      stretched = await pli.stretch(password, kdf);
      alice = await unlocked('alice');
      bob = await unlocked('bob');
    });

    for (const [failure, how] of Object.entries(FAILURES)) {
      test(`${failure} fails its call, wipes the memory, and leaves a library that works`, async () => {
        const toBob = await pli.Contact.from(people['bob']!.history, { username: 'bob' });
        const fromAlice = await pli.Contact.from(people['alice']!.history, { username: 'alice' });
        const { envelope } = await alice.seal({ text: 'before' }, [toBob]);
        const before = memory();
        assert(before.some((byte) => byte !== 0));
        exports.failNext(how);
        const error = await refused('internal', () => alice.seal({ text: 'lost' }, [toBob]));
        assert(error.cause instanceof Error, 'the trap is the cause');
        assert(
          before.every((byte) => byte === 0),
          'the former memory is not wiped',
        );

        await refused('internal', () => alice.username);
        await refused('internal', () => alice.history);
        await refused('internal', () => alice.seal({ text: 'x' }, [toBob]));
        await refused('internal', () => bob.open(envelope, fromAlice));
        await refused('internal', () => bob.sign(new Uint8Array(1)));
        await refused('internal', () => bob.lock(password));
        await refused('internal', () => bob.rotate({ bits: 2048 }));
        await refused('internal', () => bob.recoveryKit());
        await refused('internal', () => stretched.loginSecret);
        await refused('internal', () => unlocked('bob'));

        stretched.destroy();
        stretched = await pli.stretch(password, kdf);
        for (const identity of [alice, bob]) identity.destroy();
        await refused('destroyed', () => alice.username);
        alice = await unlocked('alice');
        bob = await unlocked('bob');
        assert.equal(textOf(await bob.open(envelope, fromAlice)), 'before');
        const after = await alice.seal({ text: 'after' }, [toBob]);
        assert.equal(textOf(await bob.open(after.envelope, fromAlice)), 'after');
        const jws = await alice.sign(new Uint8Array(1));
        assert.notEqual(await pli.verify(jws, new Uint8Array(1), fromAlice), false);
        assert.match(await pli.safetyNumber(alice, toBob), /^\d{5}( \d{5}){11}$/);
      });
    }

    test('files that were under way fail, and others do not', async () => {
      const label = { name: 'a', mediaType: 'a/b', policy: 'any', engine } as const;
      const bytes = new Uint8Array(3 << 20).fill(7);
      const whole = pli.sealFile(bytes, label);
      const sealed = new Uint8Array(await new Response(whole.stream).arrayBuffer());
      const descriptor = await whole.descriptor;
      const sealing = pli.sealFile(bytes, label);
      const opening = pli.openFile(descriptor, sealed, { policy: 'any', engine });
      const readers = [sealing.stream.getReader(), opening.getReader()];
      for (const reader of readers) await reader.read();

      exports.failNext(PANIC);
      await refused('internal', () => pli.recoverySecret('000G'));
      for (const reader of readers) {
        await refused('internal', async () => {
          while (!(await reader.read()).done);
        });
      }
      await refused('internal', () => sealing.descriptor);
      const again = pli.openFile(descriptor, sealed, { policy: 'any', engine });
      assert.deepEqual(new Uint8Array(await new Response(again).arrayBuffer()), bytes);
    });

    test('of many calls at once those fail that need what was lost', async () => {
      const toBob = await pli.Contact.from(people['bob']!.history, { username: 'bob' });
      exports.failNext(PANIC);
      const seals = Array.from({ length: 20 }, () => alice.seal({ text: 'x' }, [toBob]));
      const others = Array.from({ length: 20 }, () =>
        pli.Contact.from(people['bob']!.history, { username: 'bob' }),
      );
      for (const seal of seals) await refused('internal', () => seal);
      for (const other of others) assert.equal((await other).username, 'bob');
    });

    test('what is collected of before frees nothing of after', async () => {
      exports.failNext(PANIC);
      await refused('internal', () => pli.recoverySecret('000G'));
      const reborn = await pli.stretch(password, kdf);
      const again = await pli.Identity.unlock(people['alice']!.wrappedKeys, reborn, { engine });
      const contact = await pli.Contact.from(people['alice']!.history, { username: 'alice' });
      [stretched, alice, bob] = [reborn, again, again];
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      for (let rounds = 0; rounds < 5; rounds += 1) {
        collect();
        await new Promise((resume) => setTimeout(resume));
      }
      const { envelope } = await again.seal({ text: 'still here' }, []);
      assert.equal(textOf(await again.open(envelope, contact)), 'still here');
      assert.equal(reborn.loginSecret, await pli.loginSecret(password, kdf));
    });
  });
}

test('what the app throws is no failure of the library', async () => {
  const stretched = await pli.stretch(password, kdf);
  using alice = await pli.Identity.unlock(people['alice']!.wrappedKeys, stretched);
  const thrown = () => {
    throw new WebAssembly.RuntimeError('unreachable');
  };
  await refused('invalid_argument', () => alice.seal({ toJSON: thrown } as never, []));
  const options = { name: 'a.txt', mediaType: 'text/plain', onProgress: thrown };
  const file = pli.sealFile(new Uint8Array(1).fill(97), options);
  await refused('invalid_argument', () => new Response(file.stream).arrayBuffer());
  assert.equal(alice.username, 'alice');
});
