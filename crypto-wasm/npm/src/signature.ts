import { bytes, text } from './arguments.js';
import { type Contact, contactHandle } from './contact.js';
import { engine } from './engine.js';
import { guarded } from './error.js';
import { Identity, identityHandle } from './identity.js';
import type { Signer } from './types.js';

/**
 * Verifies a detached signature of {@link Identity.sign} over the bytes.
 *
 * @returns Which of the contact's key statements signed, or false when the signature isn't the
 * contact's, or not over these bytes.
 * @throws {PliError} `invalid_argument` for what is no such JWS at all.
 */
export async function verify(
  jws: string,
  data: Uint8Array,
  from: Contact,
): Promise<false | Signer> {
  const { verify } = await engine();
  return guarded(() => {
    const signer = verify(text(jws, 'jws'), bytes(data, 'bytes'), contactHandle(from));
    return signer === undefined ? false : (JSON.parse(signer) as Signer);
  });
}

/**
 * The 60 digits that two people compare, by voice or side by side: the same on both sides exactly
 * when each has the other's keys (FORMAT.md §5).
 */
export async function safetyNumber(a: Identity | Contact, b: Identity | Contact): Promise<string> {
  const { safetyNumber } = await engine();
  return guarded(() => safetyNumber(half(a), half(b)));
}

function half(party: Identity | Contact): string {
  return (party instanceof Identity ? identityHandle(party) : contactHandle(party)).safetyHalf;
}
