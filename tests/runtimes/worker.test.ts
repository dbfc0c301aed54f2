import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import type * as Package from '@pli/crypto/worker';
import type { Page } from 'puppeteer-core';

import type * as oddArguments from '../support/odd-arguments.ts';
import { Host } from './browsers.ts';
import { bundlers } from './bundlers.ts';
import { serve } from './pages.ts';
import { Project } from './project.ts';

declare global {
  // What the page of these tests has.
  var pli: typeof Package;
  var odd: typeof oddArguments;
  var appWorker: () => Worker;
  var codeOf: (call: unknown) => Promise<string>;
  var drained: (stream: ReadableStream<Uint8Array>) => Promise<Uint8Array>;
}

const SCRIPTS = {
  main: `import * as pli from '@pli/crypto/worker';
    import * as odd from '${fileURLToPath(new URL('../support/odd-arguments.ts', import.meta.url))}';
    const appWorker = () => new Worker('thread.js', { type: 'module' });
    const codeOf = async (call) => {
      try {
        await (typeof call === 'function' ? call() : call);
        return 'nothing';
      } catch (error) {
        return error instanceof pli.PliError ? error.code : String(error);
      }
    };
    const drained = async (stream) => {
      const reader = stream.getReader();
      const pieces = [];
      for (let next; !(next = await reader.read()).done;) pieces.push(next.value);
      return new Uint8Array(await new Blob(pieces).arrayBuffer());
    };
    const __name = (named) => named; // What compiles these tests refers to it.
    Object.assign(globalThis, { pli, odd, appWorker, codeOf, drained, __name });
    await pli.init({ worker: appWorker() });
    document.title = 'ready';`,
  thread: `import '@pli/crypto/inline';
    import '@pli/crypto/worker/thread';
    addEventListener('message', ({ data }) => {
      if (data === 'die') close();
      if (data === 'stumble') throw new Error('the app’s own affair');
    });`,
  silent: '',
};

test('the worker’s entry has all that the package has', async () => {
  const [whole, behind] = [await import('@pli/crypto'), await import('@pli/crypto/worker')];
  assert.deepEqual(Object.keys(behind).sort(), [...Object.keys(whole), 'terminate'].sort());
});

describe('behind a worker', () => {
  const hosts: Host[] = [];
  let project: Project;
  let server: Awaited<ReturnType<typeof serve>>;
  before(async () => {
    project = await Project.install();
    server = await serve(project.folder);
    const entries: Record<string, string> = {};
    for (const [name, script] of Object.entries(SCRIPTS)) {
      entries[name] = await project.write(`source/${name}.js`, script);
    }
    await bundlers.esbuild(entries, project.path('page'));
    const html = '<!doctype html><title></title><script type="module" src="main.js"></script>';
    await project.write('page/index.html', html);
    for (const name of ['Chromium', 'Firefox'] as const) hosts.push(await Host.start(name));
  });
  after(async () => {
    for (const started of [...hosts, server, project]) await started[Symbol.asyncDispose]();
  });

  /** Runs in the page, in both browsers; what it comes to is the same. */
  function inPage<T>(behaviour: string, script: () => Promise<T>, expected: T): void {
    test(behaviour, async () => {
      for (const host of hosts) {
        const page: Page = await host.open(`${server.url}/page/`);
        await page.waitForFunction('document.title === "ready"');
        assert.deepEqual(await page.evaluate(script), expected, host.name);
        await page.close();
      }
    });
  }

  inPage(
    'what can be read of an identity follows what is done to it',
    async () => {
      const alice = await pli.Identity.generate({ username: 'alice', bits: 2048 });
      const before = alice.history.length;
      const { statement } = await alice.rotate({ bits: 2048 });
      const latest = JSON.stringify(alice.history[1]) === JSON.stringify(statement);
      const contact = await pli.Contact.from(alice.history, { username: 'alice' });
      const known = [alice instanceof pli.Identity, contact instanceof pli.Contact];
      known.push(`${alice}${contact}` === '[object Identity][object Contact]');
      return [alice.username, before, latest, contact.username, contact.pin.length, known];
    },
    ['alice', 1, true, 'alice', 2, [true, true, true]],
  );

  inPage(
    'passwords are stretched without holding up the page',
    async () => {
      let ticks = 0;
      const timer = setInterval(() => (ticks += 1), 5);
      const salt = 'AAAAAAAAAAAAAAAAAAAAAA';
      const kdf = { name: 'argon2id', m: 65536, t: 3, p: 1, salt } as const;
      const stretched = await pli.stretch('a long password', kdf);
      clearInterval(timer);
      const same = stretched.loginSecret === (await pli.loginSecret('a long password', kdf));
      stretched.destroy();
      return [ticks > 5, same, await codeOf(() => stretched.loginSecret)];
    },
    [true, true, 'destroyed'],
  );

  inPage(
    'errors keep their code and their cause',
    async () => {
      const { Contact, Identity, openFileRange, sealFile } = pli;
      const unplugged = new Error('unplugged');
      const file = sealFile(new Blob(['hello']), { name: 'a.txt', mediaType: 'text/plain' });
      await drained(file.stream);
      const descriptor = await file.descriptor;
      const range = openFileRange(descriptor, 0, 1, () => Promise.reject(unplugged));
      const cause = await range.catch((error: Error) => String(error.cause));
      const loud = Identity.generate({
        username: 'alice',
        bits: 2048,
        onProgress() {
          throw unplugged;
        },
      });
      const thrown = await loud.catch((error: Error) => error.cause === unplugged);
      const failing = new ReadableStream({ pull: (source) => source.error(unplugged) });
      const { stream } = sealFile(failing, { name: 'a.txt', mediaType: 'text/plain', size: 9 });
      const codes = await Promise.all([
        codeOf(Contact.from([], { username: 'alice' })),
        codeOf(Identity.unlock('nonsense', 'password')),
        codeOf(Identity.generate({ username: 'Not A Handle' })),
        codeOf(range),
        codeOf(loud),
        codeOf(drained(stream)),
      ]);
      return [cause, thrown, ...codes];
    },
    [
      'Error: unplugged',
      true,
      'bad_history',
      'decrypt_failed',
      'invalid_argument',
      'source_failed',
      'invalid_argument',
      'source_failed',
    ],
  );

  inPage(
    'what can not travel is refused, and reactive objects can',
    async () => {
      const detached = new Uint8Array(9);
      structuredClone(detached.buffer, { transfer: [detached.buffer] });
      const cyclic: Record<string, unknown> = {};
      cyclic['self'] = cyclic;
      const alice = await pli.Identity.generate({ username: 'alice', bits: 2048 });
      const reactive = new Proxy(alice.history as never[], {});
      const met = await pli.Contact.from(reactive, { username: 'alice' });
      const codes = [];
      for (const odd of [Symbol('odd'), cyclic, () => 1, new WeakMap(), undefined, 1n]) {
        codes.push(await codeOf(pli.Contact.from(odd as never, { username: 'alice' })));
      }
      const sealing = () => pli.sealFile(detached, { name: 'a.txt', mediaType: 'text/plain' });
      codes.push(await codeOf(alice.sign(detached)), await codeOf(sealing));
      return [met.username, ...new Set(codes)];
    },
    ['alice', 'invalid_argument'],
  );

  inPage(
    'an identity that is destroyed during its calls gives nothing out',
    async () => {
      const alice = await pli.Identity.generate({ username: 'alice', bits: 2048 });
      const me = await pli.Contact.from(alice.history, { username: 'alice' });
      const calls = [
        alice.seal({ text: 'x' }, [me]),
        alice.sign(new Uint8Array(1)),
        alice.lock('a long password'),
        alice.recoveryKit(),
      ].map(codeOf);
      alice.destroy();
      return await Promise.all(calls);
    },
    ['destroyed', 'destroyed', 'destroyed', 'destroyed'],
  );

  inPage(
    'odd arguments are refused at once, as without a worker, and their streams are left alone',
    async () => {
      const { Contact, Identity, init, openFile, sealFile } = pli;
      const throwing = () => {
        throw new RangeError('odd');
      };
      const { proxy: revoked, revoke } = Proxy.revocable({}, {});
      revoke();
      const label = { name: 'a.txt', mediaType: 'text/plain', size: 5 };
      const source = new Blob(['hello']).stream();
      const cyclic: Record<string, unknown> = {};
      cyclic['self'] = cyclic;
      const alice = await Identity.generate({ username: 'alice', bits: 2048 });
      const contact = await Contact.from(alice.history, { username: 'alice' });
      const { seal } = Identity.prototype;
      const { get: username } = Object.getOwnPropertyDescriptor(Identity.prototype, 'username')!;
      const make = (Class: unknown, odd: unknown) =>
        new (Class as new (odd: unknown) => object)(odd);
      const codes = [];
      for (const odd of [
        { engine: 'odd' },
        { onProgress: 1 },
        { policy: cyclic },
        { policy: 1 },
        { signal: revoked },
        {
          get signal() {
            return throwing();
          },
        },
      ] as object[]) {
        codes.push(await codeOf(() => sealFile(source, Object.assign(Object.create(odd), label))));
        codes.push(await codeOf(() => openFile({} as never, source, odd)));
      }
      for (const odd of [
        undefined,
        null,
        revoked,
        new Proxy({}, { get: throwing }),
        1,
      ] as never[]) {
        codes.push(await codeOf(() => sealFile(source, odd)));
        codes.push(await codeOf(() => sealFile(odd, label)));
        codes.push(await codeOf(() => openFile({} as never, odd)));
        codes.push(await codeOf(() => seal.call(odd, { text: '' }, [])));
        codes.push(await codeOf(() => username!.call(odd)));
        codes.push(await codeOf(() => make(Identity, odd)), await codeOf(() => make(Contact, odd)));
      }
      codes.push(
        await codeOf(init({ threads: 1 } as object)),
        await codeOf(() => openFile(cyclic as never, source)),
        await codeOf(() => openFile({} as never, new Response('', { status: 500 }))),
        await codeOf(() => seal.call(contact as never, { text: '' }, [])),
        await codeOf(() =>
          init({
            get module(): never {
              return throwing();
            },
          }),
        ),
      );
      return [source.locked, ...new Set(codes)];
    },
    [false, 'invalid_argument'],
  );

  inPage(
    'what onProgress throws fails the stream and the descriptor',
    async () => {
      const codes = [];
      const odd = new Error('odd');
      for (const onProgress of [
        () => Promise.reject(odd),
        () => {
          throw odd;
        },
      ]) {
        const options = { name: 'a.txt', mediaType: 'text/plain', onProgress };
        const file = pli.sealFile(new Blob(['hello']), options);
        codes.push(await codeOf(drained(file.stream)), await codeOf(file.descriptor));
      }
      return codes;
    },
    ['invalid_argument', 'invalid_argument', 'invalid_argument', 'invalid_argument'],
  );

  inPage(
    'a stream is sealed as far as it is read, and let go when it is not wanted',
    async () => {
      const pulled = { chunks: 0, cancelled: '' };
      const source = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            pulled.chunks += 1;
            controller.enqueue(new Uint8Array(1 << 20));
          },
          cancel(reason) {
            pulled.cancelled = String(reason);
          },
        },
        { highWaterMark: 0 },
      );
      const label = { name: 'a.bin', mediaType: 'a/b', policy: 'any', size: 1 << 30 } as const;
      const seen: [number, number][] = [];
      const onProgress = (done: number, total: number) => seen.push([done, total]);
      const file = pli.sealFile(source, { ...label, onProgress });
      const reader = file.stream.getReader();
      const first = await reader.read();
      await reader.cancel('enough');
      const described = await codeOf(file.descriptor);
      return [first.value?.length, pulled.chunks <= 6, pulled.cancelled, described, seen.length];
    },
    [1 << 20, true, 'enough', 'aborted', 1],
  );

  inPage(
    'a signal stops a stream and reaches the fetching of a range',
    async () => {
      const { sealFile, openFileRange } = pli;
      const label = { name: 'a.txt', mediaType: 'text/plain' };
      const stuck = new ReadableStream<Uint8Array>();
      const stop = new AbortController();
      const file = sealFile(stuck, { ...label, size: 9, signal: stop.signal });
      const reading = codeOf(drained(file.stream));
      stop.abort();
      const done = sealFile(new Blob(['hello']), label);
      await drained(done.stream);
      const late = new AbortController();
      let hear!: (reason: string) => void;
      const told = new Promise<string>((resolve) => (hear = resolve));
      setTimeout(() => hear('nothing'), 10_000);
      const range = openFileRange(
        await done.descriptor,
        0,
        1,
        (_from, _to, { signal }) =>
          new Promise<never>(() => {
            signal!.addEventListener('abort', () => hear(String(signal!.reason)));
            late.abort('no longer');
          }),
        { signal: late.signal },
      );
      const early = openFileRange(await done.descriptor, 0, 1, () => new Uint8Array(), {
        signal: AbortSignal.abort(),
      });
      const codes = [await reading, await codeOf(file.descriptor), await codeOf(range)];
      return [...codes, await codeOf(early), await told];
    },
    ['aborted', 'aborted', 'aborted', 'aborted', 'no longer'],
  );

  inPage(
    'a thousand calls at once are all answered',
    async () => {
      const alice = await pli.Identity.generate({ username: 'alice', bits: 2048 });
      const contacts = Array.from({ length: 1000 }, () =>
        pli.Contact.from(alice.history, { username: 'alice' }),
      );
      return new Set((await Promise.all(contacts)).map(({ username }) => username)).size;
    },
    1,
  );

  inPage(
    'a worker that was terminated takes its keys along, and the next call starts another',
    async () => {
      const alice = await pli.Identity.generate({ username: 'alice', bits: 2048 });
      const met = await pli.Contact.from(alice.history, { username: 'alice' });
      const waiting = codeOf(pli.Identity.generate({ username: 'bob', bits: 4096 }));
      pli.terminate();
      const codes = [await waiting, await codeOf(alice.sign(new Uint8Array(1)))];
      codes.push(await codeOf(() => alice.username));
      await pli.init({ worker: appWorker() });
      return [...codes, (await pli.Contact.from(met.pin, { username: met.username })).username];
    },
    ['aborted', 'destroyed', 'destroyed', 'alice'],
  );

  inPage(
    'a worker that ends by itself fails what waits',
    async () => {
      const worker = appWorker();
      await pli.init({ worker });
      const alice = await pli.Identity.generate({ username: 'alice', bits: 2048 });
      worker.postMessage('stumble');
      const signed = await codeOf(alice.sign(new Uint8Array(1)));
      const stuck = pli.sealFile(new ReadableStream<Uint8Array>(), {
        name: 'a.txt',
        mediaType: 'text/plain',
        size: 1,
      });
      const reading = codeOf(drained(stuck.stream));
      worker.postMessage('die');
      return [signed, await reading, await codeOf(alice.sign(new Uint8Array(1)))];
    },
    ['nothing', 'internal', 'internal'],
  );

  inPage(
    'a worker that can not be started fails the call',
    async () => {
      const worker = new Worker('missing.js', { type: 'module' });
      const odd = codeOf(pli.init({ worker: {} as Worker }));
      return [await codeOf(pli.init({ worker })), await odd];
    },
    ['internal', 'invalid_argument'],
  );

  inPage(
    'whatever is thrown or given as a reason, it ends the call and its streams',
    async () => {
      const { Identity, openFile, openFileRange } = pli;
      const label = { name: 'a.txt', mediaType: 'text/plain' };
      const file = pli.sealFile(new Blob(['hello']), label);
      const sealed = await drained(file.stream);
      const descriptor = await file.descriptor;
      const cyclic = {};
      Object.assign(cyclic, { request: { response: cyclic } });
      const { proxy: revoked, revoke } = Proxy.revocable({}, {});
      revoke();
      const throwing = () => {
        throw new RangeError('odd');
      };
      const trapped = new Proxy({}, { get: throwing, getPrototypeOf: throwing, ownKeys: throwing });
      const codes = [];
      for (const reason of [cyclic, revoked, trapped, { signal: new AbortController().signal }]) {
        const failing = new ReadableStream<never>({ pull: (source) => source.error(reason) });
        const onProgress = () => Promise.reject(reason as Error);
        const early = new AbortController();
        early.abort(reason);
        const late = new AbortController();
        const stalled = new ReadableStream<never>({ pull: () => late.abort(reason) });
        let cancelled!: () => void;
        const cancelling = new Promise<void>((resolve) => (cancelled = resolve));
        let pulled!: () => void;
        const pulling = new Promise<void>((resolve) => (pulled = resolve));
        const left = new ReadableStream<never>({
          pull: () => (pulled(), new Promise<void>(() => {})),
          cancel: () => cancelled(),
        });
        const reader = openFile(descriptor, left).getReader();
        void reader.read();
        await pulling;
        await reader.cancel(reason);
        await cancelling;
        codes.push(
          await codeOf(openFileRange(descriptor, 0, 1, () => Promise.reject(reason as Error))),
          await codeOf(drained(openFile(descriptor, failing))),
          await codeOf(Identity.generate({ username: 'alice', bits: 2048, onProgress })),
          await codeOf(drained(openFile(descriptor, sealed, { signal: early.signal }))),
          await codeOf(drained(openFile(descriptor, stalled, { signal: late.signal }))),
        );
      }
      return codes;
    },
    Array.from({ length: 4 }, () => [
      ...['source_failed', 'source_failed', 'invalid_argument', 'aborted', 'aborted'],
    ]).flat(),
  );

  inPage(
    'every call answers or refuses odd arguments, as without a worker',
    async () => {
      const { calls, complaints, given } = odd;
      const all = await given(pli);
      const found: string[] = [];
      const tried = calls(pli, 'webcrypto', all);
      tried['init({ worker: odd })'] = (worker) => worker && pli.init({ worker });
      for (const [name, call] of Object.entries(tried)) {
        for (const complaint of await complaints(pli, call)) found.push(`${name}: ${complaint}`);
      }
      const fake = await codeOf(pli.init({ worker: Object.create(Worker.prototype) as Worker }));
      const letter = await all.identities.wasm.open(all.envelope, all.contact);
      return [found, fake, letter.type];
    },
    [[], 'invalid_argument', 'text'],
  );

  inPage(
    'a worker that does not serve is waited for half a minute, and no longer',
    async () => {
      const late: [() => void, number][] = [];
      const { setTimeout } = globalThis;
      Object.assign(globalThis, {
        setTimeout: (...timer: [() => void, number]) => late.push(timer),
      });
      const terminated = appWorker();
      terminated.terminate();
      const told = [];
      for (const worker of [new Worker('silent.js', { type: 'module' }), terminated]) {
        const starting = pli.init({ worker }).catch((error: Error) => error.message);
        const [fire, patience] = late.pop()!;
        fire();
        told.push(patience, /@pli\/crypto\/worker\/thread/.test(String(await starting)));
      }
      await pli.init({ worker: appWorker() });
      for (const [fire] of late) fire();
      Object.assign(globalThis, { setTimeout });
      return [...told, (await pli.recoverySecret('0').catch((error) => error.code)) as string];
    },
    [30_000, true, 30_000, true, 'bad_recovery_code'],
  );
});
