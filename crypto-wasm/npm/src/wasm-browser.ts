/** @internal Where browsers, workers and bundlers find the WebAssembly file. */
export function wasmSource(): URL {
  return new URL('../wasm/pli_crypto_bg.wasm', import.meta.url);
}
