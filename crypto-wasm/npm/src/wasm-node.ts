import { readFile } from 'node:fs/promises';

/** @internal Node cannot fetch a file: it reads it. */
export async function wasmSource(): Promise<BufferSource | URL> {
  return await readFile(new URL('../wasm/pli_crypto_bg.wasm', import.meta.url));
}
