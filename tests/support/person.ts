import { Contact, Identity } from '@pli/crypto';
import type { JWK } from 'jose';

import { unwrap } from './unwrap.ts';

/** An identity of the package, with its keys laid open for other people's libraries. */
export interface Person {
  identity: Identity;
  contact: Contact;
  /** Private JWKs. */
  encryption: JWK;
  signing: JWK;
}

/** Someone new, with keys of 2048 bits, which are made quickly. */
export async function person(username: string): Promise<Person> {
  const identity = await Identity.generate({ username, bits: 2048 });
  const { wrappedKeys } = await identity.lock('a password');
  const { keys } = await unwrap(wrappedKeys, 'a password');
  const key = (use: string) => keys.find((key) => key.use === use)!;
  return {
    identity,
    contact: await Contact.from(identity.history, { username }),
    encryption: key('enc'),
    signing: key('sig'),
  };
}

/** The public half of a JWK. */
export function publicHalf({ kty, n, e, use, alg, kid }: JWK): JWK {
  return { kty, n, e, use, alg, kid } as JWK;
}
