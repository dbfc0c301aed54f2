import { message, reading, text } from './arguments.js';
import { type Contact, heldContact } from './contact.js';
import { engine, run } from './engine.js';
import { heldIdentity, Identity } from './identity.js';
import type { Signer } from './types.js';

/**
 * Verifies a detached signature of {@link Identity.sign} over the bytes (FORMAT.md §4.2).
 *
 * @param jws What {@link Identity.sign} gave.
 * @param data The bytes, at most 64 MiB.
 * @returns Which of the contact's key statements signed, or false when the signature isn't the
 * contact's, or not over these bytes.
 * @throws {PliError} `invalid_argument` for what is no such JWS at all.
 */
export async function verify(
  jws: string,
  data: Uint8Array,
  from: Contact,
): Promise<false | Signer> {
  const [signature, bytes] = reading(() => [text(jws, 'jws'), message(data)] as const);
  const { verify } = await engine();
  const signer = heldContact(from).run((handle) => verify(signature, bytes, handle));
  return signer === undefined ? false : (JSON.parse(signer) as Signer);
}

/**
 * The 60 digits that two people compare, by voice or side by side: the same on both sides exactly
 * when each has the other's keys (FORMAT.md §5). Takes some 20 ms for each person.
 *
 * @returns 12 groups of 5 digits.
 * @throws {PliError} `invalid_argument` for what is neither, `destroyed`.
 */
export async function safetyNumber(a: Identity | Contact, b: Identity | Contact): Promise<string> {
  const { safetyNumber } = await engine();
  const [one, other] = [half(a), half(b)];
  return run(() => safetyNumber(one, other));
}

function half(party: Identity | Contact): string {
  const identity = reading(() => (party instanceof Identity ? party : undefined));
  if (identity !== undefined) return heldIdentity(identity).run((handle) => handle.safetyHalf);
  return heldContact(party as Contact).run((handle) => handle.safetyHalf);
}
