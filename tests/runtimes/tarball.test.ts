import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { publint } from 'publint';

import { Project } from './project.ts';

const tool = (name: string) =>
  fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));

const CONSUMER = `
import { Contact, type ErrorCode, Identity, type Letter, openFile, PliError, sealFile } from 'ENTRY';

export async function demonstrate(history: Identity['history']): Promise<Letter> {
  using alice = await Identity.generate({ username: 'alice', bits: 3072, onProgress: (n) => n + 1 });
  await alice.rotate({ onProgress: async (n) => void n });
  const bob: Contact = await Contact.from(history, { username: 'bob' });
  const { stream, descriptor } = sealFile(new Blob(), { name: 'a.txt', mediaType: 'text/plain' });
  const body: BodyInit = stream;
  const opened: ReadableStream<Uint8Array<ArrayBuffer>> = openFile(await descriptor, new Response(body));
  const { envelope } = await alice.seal({ file: await descriptor }, [bob]);
  await new Response(opened).text();
  try {
    return await alice.open(envelope, bob);
  } catch (error) {
    const code: ErrorCode = error instanceof PliError ? error.code : 'internal';
    throw new Error(code);
  }
}

// @ts-expect-error An identity can only be made, unlocked or recovered.
new Identity();
// @ts-expect-error There are no such codes.
export const unknown: ErrorCode = 'nonsense';
`;

describe('the tarball', () => {
  let project: Project;
  before(async () => {
    project = await Project.install();
  });
  after(() => project[Symbol.asyncDispose]());

  test('is nothing that publint could complain of', async () => {
    const tarball = await readFile(project.tarball);
    const { messages } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer } });
    assert.deepEqual(messages, []);
  });

  test('has types that attw finds right for ECMAScript modules', async () => {
    await project.run(tool('attw'), '--profile', 'esm-only', '--quiet', project.tarball);
  });

  test('holds the licences, the formats and the page about it', async () => {
    const folder = project.path('node_modules/@pli/crypto');
    for (const name of ['FORMAT.md', 'LICENSE-APACHE', 'LICENSE-MIT', 'README.md']) {
      assert.notEqual((await readFile(join(folder, name))).length, 0);
    }
    const page = await readFile(join(folder, 'README.md'), 'utf8');
    assert.doesNotMatch(page, /\]\((?!https:|#)/, 'a link that leads nowhere from there');
  });

  const resolutions = [
    { module: 'nodenext', moduleResolution: 'nodenext', lib: ['ES2022', 'DOM'] },
    { module: 'nodenext', moduleResolution: 'nodenext', lib: ['ES2022', 'WebWorker'] },
    { module: 'esnext', moduleResolution: 'bundler', lib: ['ES2022', 'DOM'] },
  ];
  for (const resolution of resolutions) {
    const { moduleResolution, lib } = resolution;
    test(`type-checks strictly, resolved as ${moduleResolution}, with ${lib.join()}`, async () => {
      for (const [n, path] of ['', '/slim', '/inline', '/worker'].entries()) {
        await project.write(`consumer-${n}.ts`, CONSUMER.replace('ENTRY', `@pli/crypto${path}`));
      }
      const compilerOptions = {
        ...{ ...resolution, target: 'es2022', types: [], noEmit: true },
        ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
      };
      const include = ['consumer-*.ts'];
      await project.write('tsconfig.json', JSON.stringify({ compilerOptions, include }));
      await project.run(tool('tsc'), '--project', '.');
    });
  }
});
