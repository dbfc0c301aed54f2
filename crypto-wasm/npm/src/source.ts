import { reading } from './arguments.js';
import { invalid, PliError } from './error.js';

/** What the WebAssembly is made from: compiled already, its bytes, or where to fetch it. */
export type WasmSource = WebAssembly.Module | BufferSource | Response | URL | string;

type Find = () => WasmSource | Promise<WasmSource>;

let offered: Find | undefined;
let given: WasmSource | undefined;
let compiled: Promise<WebAssembly.Module> | undefined;

/** @internal An entry of the package says where its WebAssembly is; the first one is heard. */
export function offerWasm(find: Find): void {
  offered ??= find;
}

/** @internal The app gives it, which goes before what the entries say. */
export function giveWasm(source: WasmSource): void {
  given = reading(() => checked(source));
  compiled = undefined;
}

/** @internal The compiled WebAssembly; compiles it on the first call. */
export function wasmModule(): Promise<WebAssembly.Module> {
  const source = given;
  compiled ??= compile(source).catch((cause: unknown) => {
    compiled = undefined;
    // What can be fetched may be there the next time.
    if (given === source && typeof source !== 'string') given = undefined;
    throw cause;
  });
  return compiled;
}

async function compile(source: WasmSource | undefined): Promise<WebAssembly.Module> {
  const found = source ?? (await offered?.());
  if (found === undefined) {
    throw new PliError('not_supported', 'this entry holds no WebAssembly: call init({ module })');
  }
  const module = await moduleOf(found);
  // Another one would be instantiated nevertheless, and stay.
  if (!WebAssembly.Module.exports(module).some(({ name }) => name === 'keydraft_new')) {
    throw new Error('this is another WebAssembly file');
  }
  return module;
}

async function moduleOf(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source === 'string' || source instanceof URL) source = await fetch(source);
  if (!(source instanceof Response)) return await WebAssembly.compile(source as BufferSource);
  if (!source.ok) throw new Error(`${source.url} answered with status ${source.status}`);
  // Compiling while it loads is refused under any other media type.
  return source.headers.get('content-type') === 'application/wasm'
    ? await WebAssembly.compileStreaming(source)
    : await WebAssembly.compile(await source.arrayBuffer());
}

/** The source, when it is one, and not by its prototype only: that throws where it is looked at. */
function checked(source: unknown): WasmSource {
  if (typeof source === 'string') return source;
  if (source instanceof URL) return source.href;
  if (source instanceof Response && !source.bodyUsed) return source;
  if (source instanceof ArrayBuffer && source.byteLength > 0) return source;
  if (ArrayBuffer.isView(source)) return source as ArrayBufferView<ArrayBuffer>;
  if (source instanceof WebAssembly.Module) {
    WebAssembly.Module.exports(source);
    return source;
  }
  throw invalid('module must be a WebAssembly.Module, bytes, a Response or a URL');
}
