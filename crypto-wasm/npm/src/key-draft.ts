import type * as wasm from '../wasm/pli_crypto.js';
import { engine, Held } from './engine.js';
import { makeKey } from './webcrypto.js';

/**
 * @internal Makes an encryption and a signing key: by the host, if there is one that can, else in
 * WebAssembly.
 *
 * @param report Is told how many of the four primes there are.
 */
export async function draftKeys(
  bits: number,
  host: SubtleCrypto | undefined,
  report: (primes: number) => Promise<void>,
): Promise<Held<wasm.KeyDraft>> {
  const { KeyDraft } = await engine();
  const draft = new Held(() => new KeyDraft(bits), 'key');
  try {
    await report(0);
    const made = host !== undefined && (await importKeys(draft, bits, host, report));
    if (!made) await findPrimes(draft, report);
    return draft;
  } catch (cause) {
    draft.free();
    throw cause;
  }
}

async function findPrimes(
  draft: Held<wasm.KeyDraft>,
  report: (primes: number) => Promise<void>,
): Promise<void> {
  for (let primes = 0; primes < 4;) {
    await new Promise((resume) => setTimeout(resume));
    primes = draft.run((handle) => handle.step());
    await report(primes);
  }
}

/** Whether the host has made the keys; false where it can't. */
async function importKeys(
  draft: Held<wasm.KeyDraft>,
  bits: number,
  host: SubtleCrypto,
  report: (primes: number) => Promise<void>,
): Promise<boolean> {
  const making = (['encryption', 'signing'] as const).map((use) => makeKey(host, use, bits));
  const made: Uint8Array[] = [];
  try {
    for (const outcome of await Promise.allSettled(making)) {
      if (outcome.status === 'fulfilled') made.push(outcome.value);
    }
    if (made.length < 2) return false;
    for (const pkcs8 of made) {
      await report(draft.run((handle) => handle.import(pkcs8)));
    }
    return true;
  } finally {
    for (const pkcs8 of made) pkcs8.fill(0);
  }
}
