import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { TestServer } from '../support/server.ts';

const root = new URL('../../', import.meta.url);

/** The JavaScript of a page, block after block. */
async function examples(page: string): Promise<string> {
  const text = await readFile(new URL(page, root), 'utf8');
  const blocks = [...text.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);
  assert.notEqual(blocks.length, 0);
  return blocks.join('\n');
}

async function printedBy(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)('node', ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('tests/', root)),
  });
  return stdout;
}

test('the examples in the README send a letter and receive it', async () => {
  await using server = await TestServer.start();
  const program = (await examples('README.md')).replace('http://127.0.0.1:8080', server.url);
  assert.equal(await printedBy(program), 'alice wrote Bonjour !\n');
});
