import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { errorCodes } from '@pli/crypto';

import { Host } from './browsers.ts';
import { development } from './bundlers.ts';
import { Project } from './project.ts';

const page = await readFile(new URL('../../crypto-wasm/npm/README.md', import.meta.url), 'utf8');

/** The first example in a language. */
function example(language: string): string {
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(page)?.[1];
  assert(found !== undefined);
  return found;
}

test('the page in the package’s README runs as it stands, in under 40 lines', async () => {
  const [html, script] = [example('html'), example('js')];
  assert(`${html}${script}`.split('\n').length <= 40);
  await using project = await Project.install();
  await project.write('index.html', html);
  await project.write('main.js', script);
  await using server = await development(project.folder);
  await using browser = await Host.start('Chromium');
  const opened = await browser.open(server.url);
  await opened.waitForFunction(`document.body.innerText.includes('carol reads')`);
  const lines = (await opened.evaluate(() => document.body.innerText)).trim().split('\n');
  assert.match(lines[1]!, /^For the server: [\w-]{43}, eyJ[\w-]{37} …$/);
  assert.deepEqual(lines.slice(2), [
    'bob reads “Bonjour à vous deux !”, and in notes.txt “The notes.”',
    'carol reads “Bonjour à vous deux !”, and in notes.txt “The notes.”',
  ]);
});

test('the package’s README explains every error code, and no others', () => {
  const section = /^## Errors$(.*?)^## /ms.exec(page)?.[1] ?? '';
  const explained = [...section.matchAll(/^\| `(\w+)` /gm)].map(([, code]) => code);
  assert.deepEqual(explained, [...errorCodes]);
});
