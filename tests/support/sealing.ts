import { publicEncrypt, createPublicKey, randomBytes, randomUUID } from 'node:crypto';

import type { Envelope } from '@pli/crypto';
import { CompactSign, FlattenedEncrypt, importJWK, type JWK } from 'jose';

import { type Person, publicHalf } from './person.ts';
import { hkdf, type RawLetter } from './unwrap.ts';

/** What a letter in the making consists of; a test changes a part of it to see it refused. */
export interface Sealing {
  letter: RawLetter;
  letterHeader: Record<string, unknown>;
  signingKey: JWK;
  envelopeHeader: Record<string, unknown>;
  contentKey: Uint8Array;
  /** Public JWKs, in the order of the letter's `to`. */
  recipients: JWK[];
}

/** A sealing as FORMAT.md has it. */
export function sealing(from: Person, to: Person[], text: string): Sealing {
  const people = [from, ...to].sort((a, b) => (a.encryption.kid! < b.encryption.kid! ? -1 : 1));
  const contentKey = randomBytes(32);
  const party = (person: Person, { kid }: JWK) => ({ sub: person.identity.username, kid: kid! });
  return {
    letter: {
      v: 1,
      id: randomUUID(),
      sent_at: new Date().toISOString(),
      from: party(from, from.signing),
      to: people.map((person) => party(person, person.encryption)),
      type: 'text',
      text,
      pad: '',
    },
    letterHeader: { alg: 'PS256', kid: from.signing.kid, typ: 'pli-letter+json' },
    signingKey: from.signing,
    envelopeHeader: {
      alg: 'RSA-OAEP-256',
      enc: 'A256GCM',
      typ: 'pli-envelope+json',
      kc: Buffer.from(hkdf(contentKey, 'pli key commitment v1')).toString('base64url'),
    },
    contentKey,
    recipients: people.map(({ encryption }) => publicHalf(encryption)),
  };
}

/** Signs and encrypts a sealing with jose. */
export async function sealedByJose(sealing: Sealing): Promise<Envelope> {
  const jws = await new CompactSign(new TextEncoder().encode(JSON.stringify(sealing.letter)))
    .setProtectedHeader(sealing.letterHeader as { alg: string })
    .sign(await importJWK(sealing.signingKey, 'PS256'));
  return await encryptedByJose(new TextEncoder().encode(jws), sealing);
}

/** Encrypts any plaintext as an envelope with jose. */
export async function encryptedByJose(
  plaintext: Uint8Array,
  { envelopeHeader, contentKey, recipients }: Sealing,
): Promise<Envelope> {
  // jose draws the content key itself where it writes General JSON; the commitment needs it first.
  const flattened = await new FlattenedEncrypt(plaintext)
    .setProtectedHeader(envelopeHeader as { alg: string; enc: string })
    .setContentEncryptionKey(contentKey)
    .encrypt(await importJWK(recipients[0]!, 'RSA-OAEP-256'));
  return {
    protected: flattened.protected!,
    iv: flattened.iv!,
    ciphertext: flattened.ciphertext,
    tag: flattened.tag!,
    recipients: recipients.map((jwk) => ({
      header: { kid: jwk.kid! },
      encrypted_key: wrapped(contentKey, jwk),
    })),
  };
}

/** A content key wrapped for a key (RSA-OAEP-256). */
export function wrapped(contentKey: Uint8Array, jwk: JWK): string {
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  return publicEncrypt({ key, oaepHash: 'sha256' }, contentKey).toString('base64url');
}
