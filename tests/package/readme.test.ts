import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

test('the example in the package’s README runs as it stands', async () => {
  const readme = new URL('../../crypto-wasm/npm/README.md', import.meta.url);
  const [, example] = /```js\n(.*?)```/s.exec(await readFile(readme, 'utf8')) ?? [];
  assert(example !== undefined && example.split('\n').length < 40, 'under 40 lines');
  const { stdout } = await promisify(execFile)('node', ['--input-type=module', '--eval', example], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  assert.match(stdout, /^Bonjour à vous deux ! notes\.txt the notes 43 \d+\n$/);
});
