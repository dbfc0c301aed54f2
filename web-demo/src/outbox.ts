import { proxy } from 'comlink';
import type { Api } from './api';
import type { Conversation, Outgoing } from './conversation.svelte';
import { failureOf, PageError } from './failure';
import type { People } from './people';
import type { Vault } from './vault';

/** A letter and its pad must stay within 1 MiB; three bytes a character, quotes included. */
const LONGEST_TEXT = 300_000;

/**
 * Sends letters: the texts of a conversation in the order in which they were written, files one at
 * a time beside them. A step that has succeeded is not done again, so that a second attempt hands in
 * the very same letter, and a server that had taken the first one gives its answer once more.
 */
export class Outbox {
  readonly #account: string;
  readonly #api: Api;
  readonly #vault: Vault;
  readonly #people: People;
  readonly #onSent: () => void;
  readonly #queues = new Map<Conversation | 'files', Promise<void>>();

  constructor(account: string, api: Api, vault: Vault, people: People, onSent: () => void) {
    this.#account = account;
    this.#api = api;
    this.#vault = vault;
    this.#people = people;
    this.#onSent = onSent;
  }

  /** Queues a letter; how it fares stands in the letter itself. */
  send(letter: Outgoing): void {
    letter.stage = 'waiting';
    letter.failure = undefined;
    const queue = letter.draft.kind === 'file' ? 'files' : letter.conversation;
    const before = this.#queues.get(queue) ?? Promise.resolve();
    this.#queues.set(
      queue,
      before.then(() => this.#deliver(letter)),
    );
  }

  async #deliver(letter: Outgoing): Promise<void> {
    try {
      await this.#handIn(letter);
      letter.stage = 'sent';
      this.#onSent();
    } catch (cause) {
      const failure = failureOf(cause);
      // What these found wanting is made anew by the next attempt.
      if (failure.code === 'message_id_taken') letter.sealed = undefined;
      if (failure.code === 'file_not_found') letter.sealed = letter.fileId = undefined;
      letter.failure = failure;
      letter.stage = 'failed';
    } finally {
      letter.progress = undefined;
    }
  }

  /** Seals and sends; once more when a receiver turns out to have new keys. */
  async #handIn(letter: Outgoing): Promise<void> {
    const { others, names } = letter.conversation;
    for (let attempt = 0; ; attempt++) {
      try {
        if (!letter.sealed) {
          const content = await this.#content(letter);
          letter.stage = 'sealing';
          for (const person of others) await this.#people.meet(person, attempt > 0);
          letter.sealed = await this.#vault.remote.seal(content, names);
        }
        letter.stage = 'sending';
        const { id, envelope } = letter.sealed;
        const receivers = names.length > 0 ? names : [this.#account];
        await this.#api.send(id, envelope, receivers, letter.fileId);
        return;
      } catch (cause) {
        if (failureOf(cause).code !== 'recipients_mismatch' || attempt > 0) throw cause;
        letter.sealed = undefined;
      }
    }
  }

  /** What goes into the letter; a file is sealed and uploaded for it. */
  async #content(letter: Outgoing): Promise<{ text: string } | { file: number }> {
    const { draft } = letter;
    if (draft.kind === 'text') {
      if (JSON.stringify(draft.text).length > LONGEST_TEXT) throw new PageError('letter_too_long');
      return { text: draft.text };
    }
    const onBytes = (done: number, total: number) => {
      letter.progress = { done, total };
    };
    if (!letter.file) {
      letter.stage = 'sealing';
      letter.fileId = undefined;
      letter.file = await this.#vault.remote.sealFile(draft.file, proxy(onBytes));
    }
    if (letter.fileId === undefined) {
      letter.stage = 'uploading';
      letter.fileId = await this.#api.upload(letter.file.sealed, onBytes);
    }
    return { file: letter.file.file };
  }
}
