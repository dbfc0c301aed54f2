/**
 * The package without its WebAssembly: give it to `init({ module })` before anything else.
 *
 * @packageDocumentation
 */
export * from './library.js';
