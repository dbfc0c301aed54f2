import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { installed } from './installed.ts';

/** Runs a Python script of the interop tests and gives what it prints. */
export async function python(script: string, args: string[], input = ''): Promise<string> {
  const path = fileURLToPath(new URL(`../interop/${script}`, import.meta.url));
  const child = spawn(installed('PLI_TEST_PYTHON'), [path, ...args]);
  const exit = once(child, 'exit') as Promise<[number]>;
  child.stdin.end(input);
  const [printed, complaint, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exit,
  ]);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${complaint}`);
  return printed;
}
