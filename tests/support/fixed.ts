import { createHash } from 'node:crypto';
import { mock } from 'node:test';

/**
 * Runs `work` with randomness that is the same in every run: that of crypto-wasm/tests/support/fixed.rs.
 *
 * Each draw depends on its length, and on how many of that length came before. So the same bytes
 * come out here as natively, although here more is drawn: a byte to see whether there is a source,
 * and 256 for each blinding of a private operation, which does not show in its result.
 */
export async function withFixedRandomness<T>(seed: string, work: () => Promise<T>): Promise<T> {
  const drawn = new Map<number, number>();
  const draw = (destination: Uint8Array): Uint8Array => {
    const { length } = destination;
    const number = drawn.get(length) ?? 0;
    drawn.set(length, number + 1);
    for (let block = 0; block * 32 < length; block += 1) {
      const hash = createHash('sha256').update(`${seed}/${length}/${number}/${block}`).digest();
      destination.set(hash.subarray(0, length - block * 32), block * 32);
    }
    return destination;
  };
  const source = mock.method(globalThis.crypto, 'getRandomValues', draw as never);
  try {
    return await work();
  } finally {
    source.mock.restore();
  }
}
