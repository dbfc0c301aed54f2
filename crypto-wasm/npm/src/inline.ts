/**
 * The package with its WebAssembly inside the JavaScript, for bundlers that copy no other files.
 *
 * @packageDocumentation
 */
import { offerWasm } from './source.js';
import { wasmSource } from './wasm-inline.js';

offerWasm(wasmSource);

export * from './library.js';
