import { type Engine, PliError, sealFile } from '@pli/crypto';

/** The engines that this version has on this host. */
export async function engines(): Promise<Exclude<Engine, 'auto'>[]> {
  const found: Exclude<Engine, 'auto'>[] = [];
  for (const engine of ['wasm', 'webcrypto'] as const) {
    const file = sealFile(new Uint8Array(1), {
      name: 'a',
      mediaType: 'a/b',
      policy: 'any',
      engine,
    });
    try {
      await new Response(file.stream).arrayBuffer();
      found.push(engine);
    } catch (error) {
      if (!(error instanceof PliError) || error.code !== 'not_supported') throw error;
    }
  }
  return found;
}
