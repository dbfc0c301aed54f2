import type * as wasm from '../wasm/pli_crypto.js';
import { type Contact, heldContact } from './contact.js';
import { engine, Held } from './engine.js';
import { gate, type Keys, openedByHost, signedByHost } from './keys.js';
import type { Envelope, Letter } from './types.js';

/** @internal Signs a letter, whose content is JSON text, and seals it to contacts and oneself. */
export async function sealedLetter(
  keys: Keys,
  content: string,
  to: readonly Contact[],
  id: string | undefined,
): Promise<{ id: string; envelope: Envelope }> {
  const { Recipients } = await engine();
  return await gate.pass(async () => {
    const recipients = new Held(() => new Recipients(), 'list of recipients');
    try {
      for (const contact of to) {
        heldContact(contact).run((handle) => recipients.run((all) => all.add(handle)));
      }
      const sealed = await seal(keys, content, recipients, id);
      try {
        const { id, envelope } = sealed.run(({ id, envelope }) => ({ id, envelope }));
        return { id, envelope: JSON.parse(envelope) as Envelope };
      } finally {
        sealed.free();
      }
    } finally {
      recipients.free();
    }
  });
}

async function seal(
  keys: Keys,
  content: string,
  recipients: Held<wasm.Recipients>,
  id: string | undefined,
): Promise<Held<wasm.Sealed>> {
  const { held, host } = keys;
  const sent = Date.now();
  if (host === undefined) {
    const seal = () =>
      recipients.run((to) => held.run((handle) => handle.seal(content, to, sent, id)));
    return new Held(seal, 'letter');
  }
  const begin = () =>
    recipients.run((to) => held.run((handle) => handle.beginSealing(content, to, sent, id)));
  const sealed = await signedByHost(keys, host, new Held(begin, 'letter'));
  return new Held(() => sealed, 'letter');
}

/** @internal Opens an envelope, which is JSON text: gives a verified letter or throws. */
export async function openedLetter(
  keys: Keys,
  envelope: string,
  from: Contact,
  id: string | undefined,
): Promise<Letter> {
  const { held, host } = keys;
  await engine();
  const sender = heldContact(from);
  const letter = await gate.pass(async () => {
    if (host === undefined) {
      return sender.run((contact) => held.run((handle) => handle.open(envelope, contact, id)));
    }
    const begin = () =>
      sender.run((contact) => held.run((handle) => handle.beginOpening(envelope, contact, id)));
    return await openedByHost(keys, host, new Held(begin, 'letter'));
  });
  return JSON.parse(letter) as Letter;
}
