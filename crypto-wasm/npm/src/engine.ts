import * as wasm from '../wasm/pli_crypto.js';
import { record } from './arguments.js';
import { PliError } from './error.js';
import { giveWasm, wasmModule, type WasmSource } from './source.js';

/** What computes. This version has WebAssembly, which works everywhere. */
export type Engine = 'auto' | 'wasm' | 'webcrypto';

let ready: Promise<typeof wasm> | undefined;

/** @internal The instantiated exports; instantiates them on the first call. */
export function engine(choice: Engine = 'auto'): Promise<typeof wasm> {
  if (choice !== 'auto' && choice !== 'wasm') {
    return Promise.reject(new PliError('not_supported', `no engine "${choice}" in this version`));
  }
  ready ??= instantiate().catch((cause: unknown) => {
    ready = undefined;
    if (cause instanceof PliError) throw cause;
    throw new PliError('internal', 'the WebAssembly file could not be loaded', { cause });
  });
  return ready;
}

async function instantiate(): Promise<typeof wasm> {
  await wasm.default({ module_or_path: await wasmModule() });
  return wasm;
}

/**
 * Loads the WebAssembly file. Optional and idempotent: every asynchronous call makes sure of it.
 *
 * @param options.module Where it comes from, instead of where the entry has it. Of no effect once
 * it is loaded.
 * @throws {PliError} `internal` when the file can't be loaded; the next call tries again.
 */
export async function init(options: { module?: WasmSource } = {}): Promise<void> {
  const { module } = record(options, 'options');
  if (module !== undefined) giveWasm(module);
  await engine();
}
