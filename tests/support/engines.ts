/** Both engines of the package: what is asked of one is asked of the other. */
export const ENGINES = ['wasm', 'webcrypto'] as const;
