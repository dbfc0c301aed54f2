/**
 * The one module that knows @pli/crypto. It runs in a worker of its own, so that no key is made and
 * no letter opened on the page's thread; the identity, the contacts and the keys of files never
 * leave it.
 */
import {
  Contact,
  type Envelope,
  type FileDescriptor,
  type History,
  Identity,
  init,
  type Kdf,
  loginSecret,
  openFile,
  PliError,
  sealFile,
  type Signer,
  stretch,
  type Stretched,
} from '@pli/crypto';
import { expose, transferHandlers } from 'comlink';
import { PageError } from './failure';

export type { Envelope, ErrorCode, History, Kdf, Signer } from '@pli/crypto';

/** What an account is registered with; the password itself stays here. */
export interface NewAccount {
  loginSecret: string;
  wrappedKeys: string;
  history: History;
  /** How the password was stretched. */
  kdf: Kdf;
}

/**
 * How a contact's history relates to the one last seen: `refused` is older or invalid, so the one
 * last seen stays in use; `changed` is somebody else's, and nothing is sealed to either.
 */
export type Trust = 'verified' | 'refused' | 'changed';

/** What a verified letter holds; the key of its file stays in the worker. */
export type Content =
  { kind: 'text'; text: string } | { kind: 'file'; name: string; mediaType: string; size: number };

/** A letter that passed every check. People are named by username. */
export interface OpenedLetter {
  sentAt: string;
  to: string[];
  signer: Signer;
  content: Content;
}

/** Bytes done, of how many. */
export type OnBytes = (done: number, total: number) => void;

class Vault {
  #identity: Identity | undefined;
  #made: NewAccount | undefined;
  #stretched: Stretched | undefined;
  readonly #contacts = new Map<string, Contact>();
  readonly #changed = new Set<string>();
  readonly #sealedFiles: FileDescriptor[] = [];
  readonly #receivedFiles = new Map<string, FileDescriptor>();

  /** Loads the WebAssembly, so that the first call needn't. */
  async ready(): Promise<void> {
    await init();
  }

  /**
   * Makes the keys of a new account. A second attempt under the same name takes the same keys, and
   * with the same password the very same account, in case the first one has reached the server.
   */
  async create(
    username: string,
    password: string,
    onPrime: (primes: number) => void,
  ): Promise<NewAccount> {
    if (this.#identity?.username !== username) {
      this.close();
      this.#identity = await Identity.generate({ username, onProgress: onPrime });
    }
    const made = this.#made;
    const secret = made && (await loginSecret(password, made.kdf));
    if (made && secret === made.loginSecret) return made;
    const history = this.#identity.history;
    this.#contacts.set(username, await Contact.from(history, { username }));
    this.#made = { ...(await this.#identity.lock(password)), history };
    return this.#made;
  }

  /** Stretches the typed password; answers with what the server may see of it. */
  async login(password: string, kdf: Kdf): Promise<string> {
    this.#stretched?.destroy();
    this.#stretched = await stretch(password, kdf);
    return this.#stretched.loginSecret;
  }

  /** Unlocks the account's keys with the password of {@link login}; answers with their history. */
  async unlock(wrappedKeys: string, username: string, pin?: History): Promise<History> {
    if (!this.#stretched) throw new PliError('invalid_argument', 'log in before you unlock');
    this.#identity = await Identity.unlock(wrappedKeys, this.#stretched, { username, pin });
    this.#stretched.destroy();
    this.#stretched = undefined;
    const history = this.#identity.history;
    this.#contacts.set(username, await Contact.from(history, { username, pin }));
    return history;
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
      if (trust === 'changed') this.#changed.add(username);
      return { trust, pin };
    }
  }

  /** Seals a letter to people met before; `file` is what {@link sealFile} answered. */
  async seal(
    content: { text: string } | { file: number },
    to: string[],
    id?: string,
  ): Promise<{ id: string; envelope: Envelope }> {
    if (to.some((username) => this.#changed.has(username))) {
      throw new PliError('identity_changed', 'the keys of a receiver were replaced');
    }
    const contacts = to.map((username) => this.#contact(username));
    if ('text' in content) return await this.#own().seal(content, contacts, { id });
    const file = this.#sealedFiles[content.file];
    if (!file) throw new PliError('invalid_argument', 'no such file');
    return await this.#own().seal({ file }, contacts, { id });
  }

  /** Opens a letter from someone met before. */
  async open(envelope: Envelope, from: string, id: string): Promise<OpenedLetter> {
    const letter = await this.#own().open(envelope, this.#contact(from), { id });
    const { sentAt, signer } = letter;
    const to = letter.to.map((party) => party.sub);
    if (letter.type === 'text') {
      return { sentAt, to, signer, content: { kind: 'text', text: letter.text } };
    }
    this.#receivedFiles.set(id, letter.file);
    const { name, media_type: mediaType, size } = letter.file;
    return { sentAt, to, signer, content: { kind: 'file', name, mediaType, size } };
  }

  /** Seals a file; answers with its number, for {@link seal}, and what to upload. */
  async sealFile(file: File, onBytes: OnBytes): Promise<{ file: number; sealed: Blob }> {
    const { stream, descriptor } = sealFile(file, {
      name: file.name,
      mediaType: file.type,
      onProgress: onBytes,
    });
    const sealed = await collected(stream).catch((cause: unknown) => {
      const unreadable = cause instanceof PliError && cause.cause instanceof DOMException;
      throw unreadable ? new PageError('file_unreadable') : cause;
    });
    return { file: this.#sealedFiles.push(await descriptor) - 1, sealed };
  }

  /** Opens the file of a received letter while its sealed bytes are pulled in, piece by piece. */
  async openFile(
    letter: string,
    pull: () => Promise<Uint8Array | undefined>,
    onBytes: OnBytes,
  ): Promise<Blob> {
    const descriptor = this.#receivedFiles.get(letter);
    if (!descriptor) throw new PliError('invalid_argument', 'no such letter');
    const source = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const piece = await pull();
        if (piece) controller.enqueue(piece);
        else controller.close();
      },
    });
    return await collected(openFile(descriptor, source, { onProgress: onBytes }));
  }

  /** Wipes the keys. */
  close(): void {
    this.#identity?.destroy();
    this.#stretched?.destroy();
    this.#identity = this.#made = this.#stretched = undefined;
  }

  #own(): Identity {
    if (!this.#identity) throw new PliError('destroyed', 'nobody is signed in');
    return this.#identity;
  }

  #contact(username: string): Contact {
    const contact = this.#contacts.get(username);
    if (!contact) throw new PliError('invalid_argument', 'this person has not been met');
    return contact;
  }
}

export type { Vault };

function distrust(cause: unknown): Trust | undefined {
  if (!(cause instanceof PliError)) return undefined;
  if (cause.code === 'identity_changed') return 'changed';
  return ['history_rolled_back', 'bad_history'].includes(cause.code) ? 'refused' : undefined;
}

/** The stream as one Blob. Its pieces leave this thread's memory as they come. */
async function collected(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Blob> {
  const pieces: Blob[] = [];
  const reader = stream.getReader();
  for (let next; !(next = await reader.read()).done;) pieces.push(new Blob([next.value]));
  return new Blob(pieces);
}

// Comlink carries name, message and stack of what was thrown; the page also needs the code.
const thrown = transferHandlers.get('throw');
if (thrown) {
  transferHandlers.set('throw', {
    ...thrown,
    serialize(marked: { value: unknown }) {
      const { value } = marked;
      if (!(value instanceof Error && 'code' in value)) return thrown.serialize(marked);
      const { name, message, code } = value;
      return [{ isError: true, value: { name, message, code } }, []];
    },
  });
}

expose(new Vault());
