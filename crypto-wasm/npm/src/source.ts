import { invalid, PliError } from './error.js';

/** What the WebAssembly is made from: compiled already, its bytes, or where to fetch it. */
export type WasmSource = WebAssembly.Module | BufferSource | Response | URL | string;

type Find = () => WasmSource | Promise<WasmSource>;

let find: Find | undefined;
let compiled: Promise<WebAssembly.Module> | undefined;

/** @internal An entry of the package says where its WebAssembly is; the first one is heard. */
export function offerWasm(offered: Find): void {
  find ??= offered;
}

/** @internal The app gives it, which goes before what the entries say. */
export function giveWasm(source: WasmSource): void {
  if (!isWasmSource(source)) throw invalid('module must be a WebAssembly.Module, bytes or a URL');
  find = () => source;
  compiled = undefined;
}

/** @internal The compiled WebAssembly; compiles it on the first call. */
export function wasmModule(): Promise<WebAssembly.Module> {
  compiled ??= compile().catch((cause: unknown) => {
    compiled = undefined;
    throw cause;
  });
  return compiled;
}

async function compile(): Promise<WebAssembly.Module> {
  if (find === undefined) {
    throw new PliError('not_supported', 'this entry holds no WebAssembly: call init({ module })');
  }
  let source = await find();
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source === 'string' || source instanceof URL) source = await fetch(source);
  if (!(source instanceof Response)) return await WebAssembly.compile(source as BufferSource);
  if (!source.ok) throw new Error(`${source.url} answered with status ${source.status}`);
  // Compiling while it loads is refused under any other media type.
  return source.headers.get('content-type') === 'application/wasm'
    ? await WebAssembly.compileStreaming(source)
    : await WebAssembly.compile(await source.arrayBuffer());
}

function isWasmSource(source: unknown): source is WasmSource {
  return (
    typeof source === 'string' ||
    source instanceof URL ||
    source instanceof Response ||
    source instanceof WebAssembly.Module ||
    source instanceof ArrayBuffer ||
    ArrayBuffer.isView(source)
  );
}
