import type * as wasm from '../wasm/pli_crypto.js';
import type { Held } from './engine.js';
import { PliError } from './error.js';
import { HEADER } from './layout.js';
import { noWebCrypto } from './webcrypto.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** How many segments the host works on at a time: that many mebibytes are held, twice. */
const IN_FLIGHT = 4;

/** @internal What is done to the segments of one file, in their order. */
export interface Segments {
  /** How many may be begun before the first of them is done. */
  width: number;
  /** How many bytes a segment takes; undefined after the last. */
  length(segment: number): number | undefined;
  /** Takes a segment, begun in order, and gives what becomes of it. */
  convert(segment: number, bytes: Bytes): Promise<Bytes>;
}

/** @internal Seals segments in WebAssembly. */
export function sealedByWasm(sealer: Held<wasm.FileSealer>): Segments {
  return {
    width: 1,
    length: (segment) => sealer.run((handle) => handle.segmentLength(segment)),
    convert: async (_, text) => sealer.run((handle) => handle.sealSegment(text)),
  };
}

/** @internal Has the host seal segments; their bytes never enter WebAssembly memory. */
export async function sealedByHost(
  sealer: Held<wasm.FileSealer>,
  subtle: SubtleCrypto,
): Promise<Segments> {
  const key = await hostKey(subtle, 'encrypt', () => sealer.run((handle) => handle.key));
  const startLength = sealer.run((handle) => handle.startLength);
  let before: Promise<unknown> = Promise.resolve();

  async function convert(segment: number, text: Bytes, digested: Promise<unknown>): Promise<Bytes> {
    const start = segment === 0 ? text.subarray(0, startLength) : new Uint8Array();
    const iv = sealer.run((handle) => handle.beginSegment(text.length, start)) as Bytes;
    let sealed = new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv }, key, text));
    if (segment === 0) {
      sealed = joined(
        sealer.run((handle) => handle.header),
        sealed,
      );
    }
    const digest = new Uint8Array(await subtle.digest('SHA-256', sealed));
    await digested;
    sealer.run((handle) => handle.addDigest(digest));
    return sealed;
  }

  return {
    width: IN_FLIGHT,
    length: (segment) => sealer.run((handle) => handle.segmentLength(segment)),
    convert(segment, text) {
      const sealed = convert(segment, text, before);
      before = sealed.catch(() => {});
      return sealed;
    },
  };
}

/** @internal Opens segments in WebAssembly. */
export function openedByWasm(opener: Held<wasm.FileOpener>): Segments {
  return {
    width: 1,
    length: (segment) => opener.run((handle) => handle.segmentLength(segment)),
    convert: async (_, sealed) => opener.run((handle) => handle.openSegment(sealed)),
  };
}

/** @internal Has the host open segments; their bytes never enter WebAssembly memory. */
export function openedByHost(opener: Held<wasm.FileOpener>, subtle: SubtleCrypto): Segments {
  let key: Promise<CryptoKey> | undefined;
  return {
    width: IN_FLIGHT,
    length: (segment) => opener.run((handle) => handle.segmentLength(segment)),
    async convert(segment, sealed) {
      if (sealed.length !== opener.run((handle) => handle.segmentLength(segment))) {
        throw new PliError('file_corrupted', 'a segment is cut short or too long');
      }
      if (segment === 0) {
        const header = sealed.subarray(0, HEADER);
        opener.run((handle) => handle.readHeader(header));
        key = hostKey(subtle, 'decrypt', () => opener.run((handle) => handle.key));
      }
      const nonce = (digest: Bytes) => opener.run((handle) => handle.nonce(segment, digest));
      const text = await decrypted(subtle, key!, nonce, segment, sealed);
      if (segment === 0) {
        opener.run((handle) => handle.checkStart(text.subarray(0, handle.startLength)));
      }
      return text;
    },
  };
}

/** @internal Opens the segments of a range in WebAssembly; `length` counts them from its first. */
export function rangeOpenedByWasm(range: Held<wasm.FileRange>): Segments {
  return {
    width: 1,
    length: lengthsOf(range),
    convert: async (_, sealed) => range.run((handle) => handle.openSegment(sealed)),
  };
}

/** @internal Has the host open the segments of a range. */
export function rangeOpenedByHost(range: Held<wasm.FileRange>, subtle: SubtleCrypto): Segments {
  const first = range.run((handle) => handle.firstSegment);
  const length = lengthsOf(range);
  const key = hostKey(subtle, 'decrypt', () => range.run((handle) => handle.key));
  key.catch(() => {});
  return {
    width: IN_FLIGHT,
    length,
    async convert(number, sealed) {
      if (sealed.length !== length(number)) {
        throw new PliError('file_corrupted', 'a segment is cut short or too long');
      }
      const segment = first + number;
      const nonce = (digest: Bytes) => range.run((handle) => handle.nonce(segment, digest));
      const text = await decrypted(subtle, key, nonce, segment, sealed);
      const [start, end] = range.run((handle) => [
        handle.wantedStart(segment),
        handle.wantedEnd(segment),
      ]);
      return text.subarray(start, end);
    },
  };
}

function lengthsOf(range: Held<wasm.FileRange>): (number: number) => number | undefined {
  const [first, end] = range.run((handle) => [handle.firstSegment, handle.endSegment]);
  return (number) =>
    first + number < end ? range.run((handle) => handle.segmentLength(first + number)) : undefined;
}

/** Decrypts a segment whose digest, for which there is a nonce, is the one that was signed. */
async function decrypted(
  subtle: SubtleCrypto,
  key: Promise<CryptoKey>,
  nonce: (digest: Bytes) => Uint8Array,
  segment: number,
  sealed: Bytes,
): Promise<Bytes> {
  const iv = nonce(new Uint8Array(await subtle.digest('SHA-256', sealed))) as Bytes;
  const ciphertext = segment === 0 ? sealed.subarray(HEADER) : sealed;
  const held = await key;
  try {
    return new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv }, held, ciphertext));
  } catch (cause) {
    throw new PliError('file_corrupted', 'a segment does not decrypt', { cause });
  }
}

async function hostKey(
  subtle: SubtleCrypto,
  use: 'encrypt' | 'decrypt',
  bytes: () => Uint8Array,
): Promise<CryptoKey> {
  const raw = bytes() as Bytes;
  try {
    return await subtle.importKey('raw', raw, 'AES-GCM', false, [use]);
  } catch (cause) {
    throw noWebCrypto(cause);
  } finally {
    raw.fill(0);
  }
}

function joined(one: Uint8Array, other: Uint8Array): Bytes {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
