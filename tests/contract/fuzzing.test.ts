import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { installed } from '../support/installed.ts';
import { TestServer } from '../support/server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Operations that use up the account, the session or the keys of who asks, or that never end. */
const APART = [
  'register',
  'delete_account',
  'set_recovery',
  'rotate_keys',
  'change_password',
  'recovery_keys',
  'reset_password',
  'export_account',
  'change_user',
  'append_to_upload',
  'remove_file',
  'logout',
  'end_session',
  'refresh',
  'events',
];

/** Guessing slows down further requests, which is tested elsewhere. */
const UNLIMITED = {
  PLI_LOG: 'warn',
  PLI_ACCOUNT_FAILURES: '100000',
  PLI_NETWORK_FAILURES: '100000',
  PLI_LOOKUPS: '100000',
  PLI_REGISTRATIONS: '100000',
};

/** How often each operation gave each status. */
const tally: [operation: string, status: number, count: number][] = [];

/** Lets schemathesis loose on a server of its own; `tests/contract/hooks.py` knows who asks. */
async function fuzz(run: string, ...selection: string[]): Promise<void> {
  await using server = await TestServer.start(UNLIMITED);
  const counts = join(server.folder, 'tally.json');
  const schemathesis = join(dirname(installed('PLI_TEST_PYTHON')), 'schemathesis');
  const config = ['--config-file', join(ROOT, 'tests/contract/schemathesis.toml')];
  const document = join(ROOT, 'openapi/openapi.json');
  const line = [...config, 'run', document, '--url', server.url, ...selection];
  const child = spawn(schemathesis, [...line, '--no-color'], {
    cwd: server.folder,
    env: {
      ...process.env,
      SCHEMATHESIS_HOOKS: join(ROOT, 'tests/contract/hooks.py'),
      PYTHONDONTWRITEBYTECODE: '1',
      PLI_URL: server.url,
      PLI_DATA: join(server.folder, 'data'),
      PLI_RUN: run,
      PLI_TALLY: counts,
    },
  });
  const exit = once(child, 'exit') as Promise<[number]>;
  const [report, complaint, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exit,
  ]);
  assert.equal(code, 0, `${report}${complaint}`);
  tally.push(...JSON.parse(await readFile(counts, 'utf8')));
}

const but = (operations: string[]) => operations.flatMap((id) => ['--exclude-operation-id', id]);

test('every operation answers as documented, whatever it is asked', async (t) => {
  for (const role of ['member', 'staff']) {
    await t.test(`as ${role}`, async () => {
      await fuzz(role, ...but(APART), '--max-examples', '60');
    });
  }

  for (const operation of APART) {
    // A stream takes half a second.
    const examples = operation === 'events' ? '3' : '40';
    await t.test(`${operation}, which has a server of its own`, async () => {
      const phases = ['--phases', 'examples,coverage,fuzzing', '--max-examples', examples];
      await fuzz(operation, '--include-operation-id', operation, ...phases);
    });
  }

  await t.test('each has succeeded at least once', async () => {
    const document = JSON.parse(await readFile(join(ROOT, 'openapi/openapi.json'), 'utf8'));
    const paths = Object.values(document.paths) as Record<string, { operationId: string }>[];
    const all = paths.flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
    const succeeded = new Set(tally.filter(([, status]) => status < 300).map(([id]) => id));
    assert.deepEqual(
      all.filter((id) => !succeeded.has(id)),
      [],
    );
  });

  const cases = tally.reduce((sum, [, , count]) => sum + count, 0);
  t.diagnostic(`${cases} requests of schemathesis, none answered otherwise than documented`);
});
