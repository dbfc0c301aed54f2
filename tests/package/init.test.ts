import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// Loading the WebAssembly, each time in a process that has none yet.

const PRELUDE = `
  import { readFile } from 'node:fs/promises';
  import { init, recoverySecret } from '@pli/crypto';
  const right = await readFile(new URL(import.meta.resolve('@pli/crypto/pli_crypto_bg.wasm')));
  const another = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const codes = [];
  const tell = async (call) => codes.push(await call.then(() => 'loaded', ({ code }) => code));
`;

async function codes(script: string): Promise<unknown> {
  const code = `${PRELUDE}${script}; console.log(JSON.stringify(codes))`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', code],
    { cwd: fileURLToPath(new URL('..', import.meta.url)), timeout: 60_000 },
  );
  return JSON.parse(stdout);
}

test('another WebAssembly file is not taken, and the right one is afterwards', async () => {
  const script = `
    await tell(init({ module: another }));
    await tell(init({ module: new WebAssembly.Module(another) }));
    await tell(init({ module: right }));
    await tell(recoverySecret('000G'))`;
  assert.deepEqual(await codes(script), ['internal', 'internal', 'loaded', 'bad_recovery_code']);
});

test('what could not be loaded is not tried again, unless it can be fetched', async () => {
  const script = `
    await tell(init({ module: new Uint8Array(8) }));
    await tell(init());
    await tell(init({ module: new Proxy(new WebAssembly.Module(another), {}) }))`;
  assert.deepEqual(await codes(script), ['internal', 'loaded', 'invalid_argument']);
  const fetched = `
    await tell(init({ module: 'data:text/plain,nothing' }));
    await tell(init());
    await tell(init({ module: right }))`;
  assert.deepEqual(await codes(fetched), ['internal', 'internal', 'loaded']);
});
