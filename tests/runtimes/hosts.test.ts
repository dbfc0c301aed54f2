import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { build } from 'esbuild';

import { Project } from './project.ts';

const require = createRequire(import.meta.url);

/** The program of a package that runs without an install script. */
function programOf(name: string, path: string): string {
  return join(dirname(require.resolve(`${name}/package.json`)), path);
}

const platform = `${process.platform}-${process.arch}`;
const DENO = programOf(`@deno/${platform}${process.platform === 'linux' ? '-glibc' : ''}`, 'deno');
const BUN = programOf(`@oven/bun-${platform}`, 'bin/bun');
const WORKERD = programOf(`@cloudflare/workerd-${platform.replace('x64', '64')}`, 'bin/workerd');

const importing = (entry: string) =>
  `import * as pli from '${entry}';
   import { exercise } from './exercise.js';
   console.log(await exercise(pli));`;

const requiring = `const pli = require('@pli/crypto');
   import('./exercise.js').then(({ exercise }) => exercise(pli)).then(console.log);`;

const slim = `import * as pli from '@pli/crypto/slim';
   import { readFile } from 'node:fs/promises';
   import { exercise } from './exercise.js';
   const file = 'node_modules/@pli/crypto/wasm/pli_crypto_bg.wasm';
   const early = await pli.init().catch((error) => error.code);
   await pli.init({ module: await WebAssembly.compile(await readFile(file)) });
   console.log(early, await exercise(pli));`;

describe('the packed package, installed into an empty project, works', { concurrency: 1 }, () => {
  let project: Project;
  before(async () => {
    project = await Project.install();
  });
  after(() => project[Symbol.asyncDispose]());

  const hosts: [string, string, string, string, string[]][] = [
    ['in Node, imported', 'a.mjs', importing('@pli/crypto'), 'node', []],
    ['in Node, required', 'b.cjs', requiring, 'node', []],
    ['in Node, inline', 'c.mjs', importing('@pli/crypto/inline'), 'node', []],
    ['in Deno without any permission', 'd.mjs', importing('@pli/crypto'), DENO, ['run']],
    ['in Bun', 'e.mjs', importing('@pli/crypto'), BUN, []],
  ];
  for (const [where, file, program, host, args] of hosts) {
    test(where, async () => {
      await project.write(file, program);
      assert.equal(await project.run(host, ...args, file), 'fine\n');
    });
  }

  test('in Node, slim, once it was given the WebAssembly', async () => {
    await project.write('slim.mjs', slim);
    assert.equal(await project.run('node', 'slim.mjs'), 'not_supported fine\n');
  });

  test('in workerd, which may not compile', async () => {
    const entry = await project.write(
      'edge.js',
      `import * as pli from '@pli/crypto';
       import { exercise } from './exercise.js';
       export default { async test() { console.log(await exercise(pli)); } };`,
    );
    await build({
      entryPoints: [entry],
      outdir: project.path('edge'),
      bundle: true,
      format: 'esm',
      conditions: ['workerd'],
      loader: { '.wasm': 'copy' },
      assetNames: '[name]',
      logLevel: 'silent',
    });
    await project.write(
      'edge/config.capnp',
      `using Workerd = import "/workerd/workerd.capnp";
       const config :Workerd.Config = (services = [(name = "main", worker = .worker)]);
       const worker :Workerd.Worker = (
         compatibilityDate = "2026-01-01",
         modules = [
           (name = "edge.js", esModule = embed "edge.js"),
           (name = "pli_crypto_bg.wasm", wasm = embed "pli_crypto_bg.wasm"),
         ],
       );`,
    );
    assert.match(await project.run(WORKERD, 'test', 'edge/config.capnp'), /fine/);
  });
});
