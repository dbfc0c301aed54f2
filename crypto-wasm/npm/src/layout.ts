/** @internal Bytes of a sealed file that come before its first segment's (FORMAT.md §13.1). */
export const HEADER = 40;

const TAG = 16;
const SEGMENT = 1 << 20;

/** @internal Sealed bytes of a file of `size` plaintext bytes (FORMAT.md §13). */
export function sealedLength(size: number): number {
  const segments = Math.max(1, Math.ceil((size + HEADER) / (SEGMENT - TAG)));
  return size + HEADER + segments * TAG;
}

/** @internal Plaintext bytes in the first `sealed` bytes, which end at the edge of a segment. */
export function plaintextBytes(sealed: number): number {
  return sealed === 0 ? 0 : sealed - HEADER - Math.ceil(sealed / SEGMENT) * TAG;
}
