import { hkdfSync } from 'node:crypto';

import type { FileDescriptor, History, Party } from '@pli/crypto';
import { argon2id } from 'hash-wasm';
import { compactDecrypt, decodeProtectedHeader, type JWK } from 'jose';

/** A letter as it stands in an envelope (FORMAT.md section 6). */
export interface RawLetter {
  v: 1;
  id: string;
  sent_at: string;
  from: Party;
  to: Party[];
  type: 'text' | 'file';
  text?: string;
  file?: FileDescriptor;
  pad: string;
}

/** Opens wrapped keys with the password, by other people's libraries alone. */
export async function unwrap(
  wrappedKeys: string,
  password: string,
): Promise<{ keys: JWK[]; history: History }> {
  const { kdf } = decodeProtectedHeader(wrappedKeys) as {
    kdf: { m: number; t: number; p: number; salt: string };
  };
  const stretched = await argon2id({
    password: password.normalize('NFKC'),
    salt: Buffer.from(kdf.salt, 'base64url'),
    memorySize: kdf.m,
    iterations: kdf.t,
    parallelism: kdf.p,
    hashLength: 32,
    outputType: 'binary',
  });
  const { plaintext } = await compactDecrypt(wrappedKeys, hkdf(stretched, 'pli key wrap v1'));
  return JSON.parse(new TextDecoder().decode(plaintext));
}

/** HKDF-SHA256 with an empty salt and 32 bytes out. */
export function hkdf(secret: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', info, 32));
}
