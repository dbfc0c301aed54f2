import * as wasm from '../wasm/pli_crypto.js';
import { reading, recordOf } from './arguments.js';
import { errorCodes, invalid, PliError } from './error.js';
import { giveWasm, wasmModule, type WasmSource } from './source.js';

let ready: Promise<void> | undefined;
/** Counts the instances of the library: what belongs to a former one is lost. */
let instance = 0;
let broken = false;

/** @internal The exports of the library; loads it on the first call. */
export async function engine(): Promise<typeof wasm> {
  ready ??= instantiate().catch((cause: unknown) => {
    ready = undefined;
    if (cause instanceof PliError) throw cause;
    const hint = 'for bundlers that copy no such files there is @pli/crypto/inline';
    throw new PliError('internal', `the WebAssembly file could not be loaded; ${hint}`, { cause });
  });
  await ready;
  if (broken) beginAnew();
  return wasm;
}

async function instantiate(): Promise<void> {
  await wasm.default({ module_or_path: await wasmModule() });
}

/**
 * Loads the WebAssembly file. Optional and idempotent: every asynchronous call makes sure of it.
 *
 * @param options.module Where it comes from, instead of where the entry has it. Of no effect once
 * it is loaded.
 * @throws {PliError} `internal` when the file can't be loaded; the next call tries again.
 */
export async function init(options: { module?: WasmSource } = {}): Promise<void> {
  const { module } = reading(() => ({
    module: recordOf(options, 'options', ['module']).module,
  }));
  if (module !== undefined) giveWasm(module);
  await engine();
}

/**
 * @internal Runs one call of the library; only a PliError leaves. Everything else belongs outside
 * of it, above all code of the app, whose exceptions are not the library's.
 *
 * After a panic the library is in no state to be called again. Its memory is wiped and a new
 * instance takes its place.
 */
export function run<T>(call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof PliError) throw cause;
    const code = errorCodes.find((code) => cause instanceof Error && codeOf(cause) === code);
    if (code !== undefined) throw new PliError(code, (cause as Error).message);
    if (!isTrap(cause)) throw PliError.from(cause);
    instance += 1;
    broken = true;
    beginAnew();
    throw new PliError('internal', 'the library failed and has begun anew', { cause });
  }
}

function codeOf(cause: Error): unknown {
  return 'code' in cause ? cause.code : undefined;
}

/** Whether WebAssembly has stopped where it was: by a panic, or for lack of stack or memory. */
function isTrap(cause: unknown): boolean {
  return (
    cause instanceof WebAssembly.RuntimeError ||
    cause instanceof RangeError ||
    // What Firefox calls a stack overflow.
    (cause instanceof Error && cause.name === 'InternalError')
  );
}

function beginAnew(): void {
  try {
    // There is an instance, so this makes none, and gives its exports.
    const { memory } = wasm.initSync({ module: new Uint8Array() });
    new Uint8Array(memory.buffer).fill(0);
    wasm.__wbg_reset_state();
    broken = false;
  } catch (cause) {
    throw new PliError('internal', 'the library failed and could not begin anew', { cause });
  }
}

/** @internal Refuses to construct from what the library has not made. */
export function checkHeld(held: () => unknown, message: string): void {
  reading(() => {
    if (!(held() instanceof Held)) throw invalid(message);
  });
}

/** @internal Something of the library's memory: a handle, until it is freed or its instance is lost. */
export class Held<H extends { free(): void }> {
  readonly #instance: number;
  readonly #what: string;
  #handle: H | undefined;

  constructor(make: () => H, what: string) {
    this.#handle = run(make);
    this.#instance = instance;
    this.#what = what;
  }

  /** Whether a panic has taken it away. */
  get lost(): boolean {
    return this.#instance !== instance;
  }

  /** Calls the library with the handle. */
  run<T>(call: (handle: H) => T): T {
    const handle = this.#handle;
    if (handle === undefined) {
      throw new PliError('destroyed', `this ${this.#what} has been destroyed`);
    }
    if (this.lost) {
      throw new PliError('internal', `this ${this.#what} was lost when the library failed`);
    }
    return run(() => call(handle));
  }

  /** Calls the library with the handle, which the call uses up. */
  spend<T>(call: (handle: H) => T): T {
    return this.run((handle) => {
      this.#handle = undefined;
      return call(handle);
    });
  }

  /** Wipes it from memory. A lost one is wiped already, and something else may be in its place. */
  free(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle !== undefined && !this.lost) run(() => handle.free());
  }
}
