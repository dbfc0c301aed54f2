import { init } from '@pli/crypto';

import instance from '../../crypto-wasm/npm/wasm/pli_crypto.js';

/** What must not be left in memory: what it is called, and its bytes in one form. */
export type Secrets = Map<string, Uint8Array>;

/** Bytes of a secret that are searched for at once: a part of it that stays is found as well. */
const PIECE = 16;
const PAGE = 1 << 12;
/** At the far end of the stack, where no call comes. */
const UNUSED = 1 << 12;

/** Adds the forms in which 32 bytes or a number may lie in memory: as bytes, as limbs, as text. */
export function addSecret(secrets: Secrets, name: string, value: Uint8Array | string): void {
  const bytes =
    typeof value === 'string' ? Uint8Array.from(Buffer.from(value, 'base64url')) : value;
  secrets.set(name, bytes);
  secrets.set(`${name}, as little-endian limbs`, Uint8Array.from(bytes).reverse());
  addSecretText(secrets, `${name}, in base64url`, Buffer.from(bytes).toString('base64url'));
}

/** Adds a text that is secret as it stands. */
export function addSecretText(secrets: Secrets, name: string, text: string): void {
  secrets.set(name, new TextEncoder().encode(text));
}

/** The names of the secrets of which 16 bytes in a row lie anywhere in WebAssembly's memory. */
export async function secretsInMemory(secrets: Secrets): Promise<string[]> {
  const written = writtenPages(await memory());
  return [...secrets]
    .filter(([, bytes]) => pieces(bytes).some((piece) => written.indexOf(piece) >= 0))
    .map(([name]) => name);
}

/** Runs `work` while all secrets lie in memory. */
export async function withPlanted<T>(secrets: Secrets, work: () => Promise<T>): Promise<T> {
  const all = Buffer.concat([...secrets.values()]);
  (await memory()).set(all, UNUSED);
  try {
    return await work();
  } finally {
    (await memory()).fill(0, UNUSED, UNUSED + all.length);
  }
}

/** The whole memory of the instance that the package uses. */
export async function memory(): Promise<Uint8Array> {
  await init();
  // There is an instance already, so this loads none, and gives its exports.
  const { memory } = await instance({ module_or_path: '' });
  return new Uint8Array(memory.buffer);
}

function pieces(bytes: Uint8Array): Uint8Array[] {
  const count = Math.floor(bytes.length / PIECE);
  if (count === 0) throw new Error('too short to be told from chance');
  return Array.from({ length: count }, (_, n) => bytes.subarray(n * PIECE, (n + 1) * PIECE));
}

/** Memory without the pages that hold nothing but zeros, which are most of it. */
function writtenPages(memory: Uint8Array): Buffer {
  const zeros = Buffer.alloc(PAGE);
  const written = [];
  for (let at = 0; at < memory.length; at += PAGE) {
    const page = Buffer.from(memory.buffer, at, PAGE);
    if (!page.equals(zeros)) written.push(page);
  }
  return Buffer.concat(written);
}
