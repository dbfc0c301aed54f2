import {
  Contact,
  type Engine,
  Identity,
  openFile,
  safetyNumber,
  sealFile,
  stretch,
  verify,
} from '@pli/crypto';

import { engines } from './engines.ts';
import { median, print, timed } from './table.ts';

// How long the calls of the package take in Node, on each engine.

const MEGABYTES = 64;
const PASSWORD = 'correct horse battery staple';
const LABEL = { name: 'a.bin', mediaType: 'application/x', policy: 'any' } as const;

type Figures = Map<string, { value: number; unit: string }>;

async function measure(engine: Engine): Promise<Figures> {
  const figures: Figures = new Map();
  const add = (name: string, value: number, unit = 'ms') => figures.set(name, { value, unit });

  const generation: number[] = [];
  for (let n = 0; n < 7; n += 1) {
    const start = performance.now();
    (await Identity.generate({ username: 'bob', engine })).destroy();
    generation.push(performance.now() - start);
  }
  add('keys of 3072 bits', median(generation));

  const made = await Identity.generate({ username: 'alice', engine });
  const { wrappedKeys, kdf } = await made.lock(PASSWORD);
  const stretched = await stretch(PASSWORD, kdf);
  add('stretching a password', await timed(5, () => stretch(PASSWORD, kdf)));
  add('unlocking', await timed(9, () => Identity.unlock(wrappedKeys, stretched, { engine })));
  const alice = await Identity.unlock(wrappedKeys, stretched, { engine });
  const contact = await Contact.from(alice.history, { username: 'alice' });
  const letter = { text: 'x'.repeat(1000) };
  const { envelope } = await alice.seal(letter, []);
  const bytes = new Uint8Array(1000);
  const signature = await alice.sign(bytes);
  add('sealing a letter', await timed(25, () => alice.seal(letter, [])));
  add('opening a letter', await timed(25, () => alice.open(envelope, contact)));
  add('signing', await timed(25, () => alice.sign(bytes)));
  add('verifying', await timed(25, () => verify(signature, bytes, contact)));
  add('a safety number', await timed(9, () => safetyNumber(alice, contact)));

  const plaintext = new Uint8Array(MEGABYTES << 20);
  const seal = async () => {
    const file = sealFile(plaintext, { ...LABEL, engine });
    const sealed = await drained(file.stream);
    return { sealed, descriptor: await file.descriptor };
  };
  const { sealed, descriptor } = await seal();
  const open = () => drained(openFile(descriptor, new Blob(sealed).stream(), { ...LABEL, engine }));
  add('sealing a file', (MEGABYTES / (await timed(5, seal))) * 1000, 'MiB/s');
  add('opening a file', (MEGABYTES / (await timed(5, open))) * 1000, 'MiB/s');
  return figures;
}

async function drained(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const reader = stream.getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let next; !(next = await reader.read()).done;) pieces.push(next.value);
  return pieces;
}

const available = await engines();
const columns: Figures[] = [];
for (const engine of available) columns.push(await measure(engine));
const [first, second] = columns;
const rows = [...first!].map(([name, { value, unit }]) => {
  const other = second?.get(name);
  const ratio = other && (unit === 'ms' ? value / other.value : other.value / value);
  return [
    name,
    ...columns.map((figures) => `${figures.get(name)!.value.toFixed(1)} ${unit}`),
    ratio === undefined ? '' : `${ratio.toFixed(1)} times as fast`,
  ];
});
print('Speed in Node, medians', [['', ...available, ''], ...rows]);
