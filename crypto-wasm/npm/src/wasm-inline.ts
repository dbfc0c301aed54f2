import deflated from '../wasm/pli_crypto_inline.js';

/** @internal The WebAssembly out of the JavaScript: base64 of raw DEFLATE. */
export async function wasmSource(): Promise<BufferSource> {
  const bytes = Uint8Array.from(atob(deflated), (letter) => letter.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return await new Response(inflated).arrayBuffer();
}
