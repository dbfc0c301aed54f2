import { execFile } from 'node:child_process';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { type Engine, init, openFile, sealFile } from '@pli/crypto';

import { engines } from './engines.ts';
import { print, verdict } from './table.ts';

// By how much a process grows that seals a file of 1 GiB and opens it, as streams. Each engine has
// a process of its own.

const SIZE = 1 << 30;
const LIMIT = 64;

interface Growth {
  end: number;
  peak: number;
}

const resident = () => process.memoryUsage.rss() / (1 << 20);

async function thereAndBack(size: number, path: string, engine: Engine): Promise<void> {
  const options = { policy: 'any', engine } as const;
  const plaintext = streamOf(size, async (at) => new Uint8Array(Math.min(1 << 18, size - at)));
  const sealed = sealFile(plaintext, { name: 'a', mediaType: 'a/b', size, ...options });
  await using file = await open(path, 'w+');
  await sealed.stream.pipeTo(new WritableStream({ write: (piece) => written(file, piece) }));

  const stored = streamOf(sealed.sealedSize, async (at) => {
    const { buffer, bytesRead } = await file.read(new Uint8Array(1 << 16), 0, 1 << 16, at);
    return buffer.subarray(0, bytesRead);
  });
  let opened = 0;
  const count = (piece: Uint8Array) => void (opened += piece.length);
  const stream = openFile(await sealed.descriptor, stored, options);
  await stream.pipeTo(new WritableStream({ write: count }));
  if (opened !== size) throw new Error(`${opened} bytes came back`);
}

function streamOf(
  size: number,
  piece: (at: number) => Promise<Uint8Array>,
): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      if (at === size) {
        controller.close();
        return;
      }
      const next = await piece(at);
      at += next.length;
      controller.enqueue(next);
    },
  });
}

async function written(file: FileHandle, piece: Uint8Array): Promise<void> {
  await file.writeFile(piece); // Goes on where the last one ended.
}

async function growth(engine: Engine): Promise<Growth> {
  const folder = await mkdtemp(join(tmpdir(), 'pli-bench-'));
  try {
    const path = join(folder, 'sealed');
    await init();
    const start = resident();
    let peak = start;
    const timer = setInterval(() => (peak = Math.max(peak, resident())), 20);
    await thereAndBack(SIZE, path, engine);
    clearInterval(timer);
    return { end: resident() - start, peak: peak - start };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const [, script, only] = process.argv;
if (only !== undefined) {
  process.stdout.write(JSON.stringify(await growth(only as Engine)));
} else {
  const rows = [['', 'from start to end', 'at most in between', '']];
  for (const engine of await engines()) {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...process.execArgv,
      fileURLToPath(new URL(`file://${script}`)),
      engine,
    ]);
    const { end, peak } = JSON.parse(stdout) as Growth;
    rows.push([
      engine,
      `${end.toFixed(0)} MiB`,
      `${peak.toFixed(0)} MiB`,
      verdict(end, LIMIT, 'MiB'),
    ]);
  }
  print('Growth of a process that seals and opens 1 GiB', rows);
}
