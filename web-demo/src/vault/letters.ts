import {
  Contact,
  type Envelope,
  type History,
  type Identity,
  type Letter,
  PliError,
  safetyNumber,
} from '@pli/crypto';
import { distrust } from './distrust';
import type { Files } from './files';
import type { Keys } from './keys';
import type { Content, OpenedLetter, SafetyNumber, SafetyNumbers, Trust } from './types';

/** Characters of a text that surely fit into one letter, whatever they are. */
const PART = 150_000;

/** Seals and opens letters between the account and those whom it has met. */
export class Letters {
  readonly #keys: Keys;
  readonly #files: Files;
  readonly #contacts = new Map<string, Contact>();
  /** Those whose history departed from the one last seen, as the server has it now. */
  readonly #changed = new Map<string, Contact>();

  constructor(keys: Keys, files: Files) {
    this.#keys = keys;
    this.#files = files;
  }

  /** Verifies another person's history against the one last seen, and says which one to keep. */
  async meet(
    username: string,
    history: History,
    pin?: History,
  ): Promise<{ trust: Trust; pin: History }> {
    try {
      const contact = await Contact.from(history, { username, pin });
      this.#contacts.set(username, contact);
      this.#changed.delete(username);
      return { trust: 'verified', pin: contact.pin };
    } catch (cause) {
      const trust = distrust(cause);
      if (!trust || !pin) throw cause;
      this.#contacts.set(username, await Contact.from(pin, { username }));
      if (trust === 'changed')
        this.#changed.set(username, await Contact.from(history, { username }));
      return { trust: this.#changed.has(username) ? 'changed' : trust, pin };
    }
  }

  /** The digits to compare with someone met before. */
  async safetyNumbers(username: string): Promise<SafetyNumbers> {
    const offered = this.#changed.get(username);
    return {
      used: await this.#safetyNumber(this.#contact(username)),
      offered: offered && (await this.#safetyNumber(offered)),
    };
  }

  /**
   * Seals a letter to people met before; `file` is what {@link Files.begin} answered. A letter that
   * was sealed before keeps its `id`: whoever gets both has one.
   */
  async seal(
    content: { text: string } | { file: number },
    to: string[],
    id?: string,
  ): Promise<{ id: string; envelope: Envelope }> {
    const contacts = this.#receivers(to);
    const sealed = 'text' in content ? content : { file: await this.#files.sealed(content.file) };
    return await this.#keys.use((own) =>
      own.seal(sealed, contacts, id === undefined ? {} : { id }),
    );
  }

  /** Seals what an envelope of one's own holds once more, as the same letter: the receivers have new keys. */
  async sealAgain(envelope: Envelope, id: string, to: string[]): Promise<Envelope> {
    const letter = await this.#unsent(envelope, id);
    const content = letter.type === 'text' ? { text: letter.text } : { file: letter.file };
    const seal = (own: Identity) => own.seal(content, this.#receivers(to), { id });
    return (await this.#keys.use(seal)).envelope;
  }

  /** Opens a letter from someone met before. */
  async open(envelope: Envelope, from: string, id: string): Promise<OpenedLetter> {
    const own = from === this.#keys.own.username;
    const letter = own
      ? await this.#own(envelope, id)
      : await this.#keys.use((own) => own.open(envelope, this.#contact(from), { id }));
    const { sentAt, signer } = letter;
    const to = letter.to.map((party) => party.sub);
    return { sentAt, to, signer, content: this.#content(letter) };
  }

  /** Opens a letter of one's own that has never left this browser. */
  async openUnsent(envelope: Envelope, id: string): Promise<Content> {
    return this.#content(await this.#unsent(envelope, id));
  }

  /** Seals a text to oneself alone, in as many letters as it takes. */
  async pack(text: string): Promise<Envelope[]> {
    const parts = text.match(new RegExp(`[^]{1,${PART}}`, 'gu')) ?? [];
    const packed: Envelope[] = [];
    for (const text of parts) {
      packed.push((await this.#keys.use((own) => own.seal({ text }, []))).envelope);
    }
    return packed;
  }

  /** The text of {@link pack}. */
  async unpack(packed: readonly Envelope[]): Promise<string> {
    let text = '';
    for (const envelope of packed) {
      const letter = await this.#unsent(envelope);
      if (letter.type === 'text') text += letter.text;
    }
    return text;
  }

  #content(letter: Letter): Content {
    if (letter.type === 'text') return { kind: 'text', text: letter.text };
    const { name, media_type: mediaType, size } = letter.file;
    return { kind: 'file', name, mediaType, size, handle: this.#files.receive(letter.file) };
  }

  async #own(envelope: Envelope, id?: string, history = this.#keys.own.history): Promise<Letter> {
    return await this.#keys.use(async (own) => {
      const self = await Contact.from(history, { username: own.username });
      return await own.open(envelope, self, id === undefined ? {} : { id });
    });
  }

  /** Opens what has never left this browser, by whichever of the account's keys it was signed. */
  async #unsent(envelope: Envelope, id?: string): Promise<Letter> {
    for (let { history } = this.#keys.own; ; history = history.slice(0, -1)) {
      try {
        return await this.#own(envelope, id, history);
      } catch (cause) {
        if (!(cause instanceof PliError) || cause.code !== 'key_retired') throw cause;
      }
    }
  }

  async #safetyNumber(contact: Contact): Promise<SafetyNumber> {
    const digits = await this.#keys.use((own) => safetyNumber(own, contact));
    return { digits, history: contact.pin };
  }

  #receivers(to: string[]): Contact[] {
    if (to.some((username) => this.#changed.has(username))) {
      throw new PliError('identity_changed', 'the keys of a receiver were replaced');
    }
    return to.map((username) => this.#contact(username));
  }

  #contact(username: string): Contact {
    const contact = this.#contacts.get(username);
    if (!contact) throw new PliError('invalid_argument', 'this person has not been met');
    return contact;
  }
}
