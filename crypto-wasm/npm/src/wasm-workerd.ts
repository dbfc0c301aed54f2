import module from '../wasm/pli_crypto_bg.wasm';

/** @internal Workers at the edge may not compile: their bundler or runtime has done it. */
export function wasmSource(): WebAssembly.Module {
  return module;
}
