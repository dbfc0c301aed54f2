/** @internal Where browsers, workers and bundlers find the WebAssembly file. */
export async function wasmSource(): Promise<BufferSource | URL> {
  return new URL('../wasm/pli_crypto_bg.wasm', import.meta.url);
}
