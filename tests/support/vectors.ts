import { readFileSync } from 'node:fs';

/** A file of crypto-wasm/vectors. */
export function vectors<T>(name: string): T {
  const url = new URL(`../../crypto-wasm/vectors/${name}`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as T;
}
