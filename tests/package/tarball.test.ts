import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

test('the packed package works in an empty project', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'pli-pack-'));
  t.after(() => rm(folder, { recursive: true }));
  const root = fileURLToPath(new URL('../..', import.meta.url));
  await run('npm', ['pack', '--workspace', '@pli/crypto', '--pack-destination', folder], {
    cwd: root,
  });
  const [tarball] = await readdir(folder);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`], {
    cwd: folder,
  });
  await writeFile(
    join(folder, 'try.js'),
    `import { Contact, Identity } from '@pli/crypto';
     const alice = await Identity.generate({ username: 'alice', bits: 2048 });
     const bob = await Identity.generate({ username: 'bob', bits: 2048 });
     const toBob = await Contact.from(bob.history, { username: 'bob' });
     const fromAlice = await Contact.from(alice.history, { username: 'alice' });
     const { id, envelope } = await alice.seal({ text: 'bonjour' }, [toBob]);
     console.log((await bob.open(envelope, fromAlice, { id })).text);`,
  );
  const { stdout } = await run('node', ['try.js'], { cwd: folder });
  assert.equal(stdout, 'bonjour\n');
});
