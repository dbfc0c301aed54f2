import { readFile } from 'node:fs/promises';

/** @internal Node cannot fetch a file: it reads it. */
export function wasmSource(): Promise<BufferSource> {
  return readFile(new URL('../wasm/pli_crypto_bg.wasm', import.meta.url));
}
