/**
 * End-to-end encryption for browser apps: identities, sealed letters, sealed files.
 *
 * @packageDocumentation
 */
import { wasmSource } from '#wasm';
import { offerWasm } from './source.js';

offerWasm(wasmSource);

export * from './library.js';
