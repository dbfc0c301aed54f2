import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Host } from './browsers.ts';
import { bundlers, development } from './bundlers.ts';
import { serve } from './pages.ts';
import { Project } from './project.ts';

const HTML = '<!doctype html><title></title><script type="module" src="main.js"></script>';

const told = `
  .then(String, (error) => 'failed: ' + error + (error.cause ? ', ' + error.cause : ''))`;

/** Scripts that a page is made of; `main` is the one that it loads. */
const using = (entry: string) => ({
  main: `import * as pli from '${entry}';
    import { exercise } from '../exercise.js';
    exercise(pli)${told}.then((outcome) => { document.title = outcome; });`,
});

const inWebWorker = (entry: string) => ({
  main: `const worker = new Worker('thread.js', { type: 'module' });
    worker.onmessage = ({ data }) => { document.title = data; };
    worker.onerror = (event) => { document.title = 'failed: ' + event.message; };`,
  thread: `import * as pli from '${entry}';
    import { exercise } from '../exercise.js';
    exercise(pli)${told}.then((outcome) => postMessage(outcome));`,
});

const inServiceWorker = (entry: string) => ({
  main: `navigator.serviceWorker.onmessage = ({ data }) => { document.title = data; };
    navigator.serviceWorker.register('thread.js', { updateViaCache: 'none' })
      .then(() => navigator.serviceWorker.ready)
      .then(({ active }) => active.postMessage('go'))
      .catch((error) => { document.title = 'failed: ' + error; });`,
  thread: `import * as pli from '${entry}';
    import { exercise } from '../exercise.js';
    addEventListener('message', (event) => {
      event.waitUntil(exercise(pli)${told}.then((outcome) => event.source.postMessage(outcome)));
    });`,
});

const withOwnWorker = {
  main: `import * as pli from '@pli/crypto/worker';
    import { exercise } from '../exercise.js';
    pli.init({ worker: new Worker('thread.js', { type: 'module' }) })
      .then(() => exercise(pli))${told}.then((outcome) => { document.title = outcome; });`,
  thread: `import '@pli/crypto/inline';
    import '@pli/crypto/worker/thread';`,
};

const PAGES: [string, keyof typeof bundlers, Record<string, string>][] = [
  ['Vite', 'Vite', using('@pli/crypto')],
  ['Vite, in the package’s worker', 'Vite', using('@pli/crypto/worker')],
  ['webpack', 'webpack', using('@pli/crypto')],
  ['webpack, in the package’s worker', 'webpack', using('@pli/crypto/worker')],
  ['webpack, in a web worker of the app', 'webpack', inWebWorker('@pli/crypto')],
  ['webpack, in a service worker', 'webpack', inServiceWorker('@pli/crypto')],
  ['esbuild, inline', 'esbuild', using('@pli/crypto/inline')],
  ['esbuild, inline, behind a worker that the app made', 'esbuild', withOwnWorker],
  ['esbuild, inline, in a service worker', 'esbuild', inServiceWorker('@pli/crypto/inline')],
  ['Rollup, inline', 'Rollup', using('@pli/crypto/inline')],
];

describe('the packed package works under a policy of "wasm-unsafe-eval"', () => {
  const hosts: Host[] = [];
  let project: Project;
  let server: Awaited<ReturnType<typeof serve>>;
  before(async () => {
    project = await Project.install();
    server = await serve(project.folder);
    for (const name of ['Chromium', 'Firefox'] as const) hosts.push(await Host.start(name));
  });
  after(async () => {
    for (const started of [...hosts, server, project]) await started[Symbol.asyncDispose]();
  });

  test('in development through Vite, which bundles packages beforehand', async () => {
    await project.write('dev/main.js', using('@pli/crypto/worker').main);
    await project.write('dev/index.html', HTML);
    await using server = await development(project.folder);
    for (const host of hosts) {
      assert.equal(await host.outcome(`${server.url}/dev/`), 'fine', host.name);
    }
  });

  test('and says so where the policy lacks it', async () => {
    const script = `import { init } from '@pli/crypto/inline';
      init().catch((error) => { document.title = error.code + ', ' + error.cause.name; });`;
    const main = await project.write('strict/source.js', script);
    await bundlers.esbuild({ main }, project.path('strict'));
    await project.write('strict/index.html', HTML);
    await using server = await serve(project.folder, "default-src 'self'");
    for (const host of hosts) {
      const outcome = await host.outcome(`${server.url}/strict/`);
      assert.match(outcome, /^internal, CompileError/, host.name);
    }
  });

  test('and names the entry that needs no other file, where the bundler has copied none', async () => {
    const main = await project.write('left/source.js', using('@pli/crypto').main);
    await bundlers.esbuild({ main }, project.path('left'));
    await project.write('left/index.html', HTML);
    for (const host of hosts) {
      const outcome = await host.outcome(`${server.url}/left/`);
      assert.match(outcome, /@pli\/crypto\/inline, Error: .* status 404/, host.name);
    }
  });

  for (const [n, [how, bundler, scripts]] of PAGES.entries()) {
    test(`through ${how}`, async () => {
      const entries: Record<string, string> = {};
      for (const [name, script] of Object.entries(scripts)) {
        entries[name] = await project.write(`source-${n}/${name}.js`, script);
      }
      await bundlers[bundler](entries, project.path(`page-${n}`));
      await project.write(`page-${n}/index.html`, HTML);
      for (const host of hosts) {
        assert.equal(await host.outcome(`${server.url}/page-${n}/`), 'fine', host.name);
      }
    });
  }
});
