import type { Api } from './api/api';
import type { Conversation, Outgoing } from './conversation.svelte';
import { ApiError, type Failure, failureOf, PageError } from './failure';
import type { People } from './people';
import { dequeue, enqueue } from './queue';
import type { Vault } from './vault/vault';

/** What the server answers when somebody can't be written to. */
const UNREACHED = ['receiver_not_found', 'receiver_has_no_keys'];

/** How long letters are held that found no network, unless word comes that there is one again. */
const SHORTEST_PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

/**
 * Sends letters: the texts of a conversation in the order in which they were written, files one at
 * a time beside them. A step that has succeeded is not done again, so that a second attempt hands in
 * the very same letter, and a server that had taken the first one gives its answer once more.
 */
export class Outbox {
  /** Whether sealed letters are to outlive the page. */
  kept = false;
  readonly #account: string;
  readonly #api: Api;
  readonly #vault: Vault;
  readonly #people: People;
  readonly #onSent: () => void;
  readonly #queues = new Map<Conversation | 'files', Promise<void>>();
  readonly #held = new Set<Outgoing>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause = SHORTEST_PAUSE;

  constructor(account: string, api: Api, vault: Vault, people: People, onSent: () => void) {
    this.#account = account;
    this.#api = api;
    this.#vault = vault;
    this.#people = people;
    this.#onSent = onSent;
  }

  /** Queues a letter; how it fares stands in the letter itself. */
  send(letter: Outgoing): Promise<void> {
    letter.stage = 'waiting';
    letter.failure = undefined;
    letter.stop = new AbortController();
    this.#held.delete(letter);
    const queue = letter.draft.kind === 'file' ? 'files' : letter.conversation;
    const before = this.#queues.get(queue) ?? Promise.resolve();
    const sent = before.then(() => this.#deliver(letter));
    this.#queues.set(queue, sent);
    return sent;
  }

  /** Sends the letters that found no network. */
  resume(): void {
    clearTimeout(this.#timer);
    for (const letter of [...this.#held].sort((a, b) => a.at - b.at)) void this.send(letter);
  }

  /** Takes a letter off the way out, whatever is being done with it. */
  cancel(letter: Outgoing): void {
    letter.stop.abort();
    this.#release(letter);
    this.#held.delete(letter);
    letter.conversation.remove(letter);
    this.#unseal(letter);
  }

  /** Nothing leaves any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#held.clear();
  }

  async #deliver(letter: Outgoing): Promise<void> {
    if (letter.stop.signal.aborted) return;
    try {
      if (this.#isBehind(letter)) throw new ApiError('unreachable');
      await this.#handIn(letter);
      letter.stage = 'sent';
      this.#release(letter);
      this.#pause = SHORTEST_PAUSE;
      this.#onSent();
    } catch (cause) {
      this.#keepBack(letter, await this.#explained(letter, cause));
    } finally {
      letter.progress = undefined;
    }
  }

  /** The server refuses a letter for one of several receivers, and does not say whom. */
  async #explained({ conversation }: Outgoing, cause: unknown): Promise<Failure> {
    const failure = failureOf(cause);
    if (!UNREACHED.includes(failure.code)) return failure;
    const names = await this.#people.unreached(conversation.others);
    return names.length > 0 ? { ...failure, about: names.join(', ') } : failure;
  }

  #keepBack(letter: Outgoing, failure: Failure): void {
    if (letter.stop.signal.aborted) return;
    const { code } = failure;
    // What these found wanting is made anew by the next attempt.
    if (code === 'message_id_taken' || code === 'file_not_found') this.#unseal(letter);
    if (code === 'file_not_found') letter.fileId = undefined;
    if (code === 'unreachable') {
      letter.stage = 'held';
      this.#held.add(letter);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.resume(), this.#pause);
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
      return;
    }
    // Not uploaded whole, a file has to begin anew; what opens one that was is needed once more.
    if (letter.fileId === undefined) this.#release(letter);
    letter.failure = failure;
    letter.stage = 'failed';
  }

  /** Forgets a letter as it was sealed, here and in the queue: it must not leave any more. */
  #unseal(letter: Outgoing): void {
    if (letter.sealed) dequeue(letter.sealed.id).catch(() => {});
    letter.sealed = undefined;
  }

  /** Ends the sealing of a file, and forgets what opens it. */
  #release(letter: Outgoing): void {
    if (letter.file) this.#vault.remote.files.release(letter.file.number).catch(() => {});
    letter.file = undefined;
  }

  /** Whether an earlier letter of the conversation is still held. */
  #isBehind({ conversation, at }: Outgoing): boolean {
    return [...this.#held].some((it) => it.conversation === conversation && it.at < at);
  }

  /** Seals and sends; once more when a receiver turns out to have new keys. */
  async #handIn(letter: Outgoing): Promise<void> {
    const { others, names } = letter.conversation;
    for (let attempt = 0; ; attempt++) {
      try {
        letter.sealed ??= await this.#sealed(letter);
        letter.stage = 'sending';
        const { id, envelope } = letter.sealed;
        const receivers = names.length > 0 ? names : [this.#account];
        await this.#api.send(id, envelope, receivers, letter.fileId);
        await dequeue(id).catch(() => {});
        return;
      } catch (cause) {
        const { sealed } = letter;
        if (failureOf(cause).code !== 'recipients_mismatch' || attempt > 0 || !sealed) throw cause;
        await this.#people.meetOneself();
        for (const person of others) await this.#people.meet(person, true);
        letter.sealed = await this.#vault.remote.letters.sealAgain(
          sealed.envelope,
          sealed.id,
          names,
        );
        await dequeue(sealed.id).catch(() => {});
        await this.#keep(letter);
      }
    }
  }

  async #sealed(letter: Outgoing): Promise<NonNullable<Outgoing['sealed']>> {
    const { others, names } = letter.conversation;
    const content = await this.#content(letter);
    letter.stage = 'sealing';
    for (const person of others) await this.#people.meet(person);
    letter.sealed = await this.#vault.remote.letters.seal(content, names);
    await this.#keep(letter);
    return letter.sealed;
  }

  /** Keeps a sealed letter until it has left, if this device is to keep anything. */
  async #keep({ sealed, fileId, at, conversation: { others } }: Outgoing): Promise<void> {
    if (!this.kept || !sealed) return;
    const plain = others.map(({ id, username }) => ({ id, username }));
    const letter = { ...sealed, account: this.#account, others: plain, fileId, at };
    await enqueue(letter).catch(reportError);
  }

  /** What goes into the letter; a file is sealed and uploaded for it. */
  async #content(letter: Outgoing): Promise<{ text: string } | { file: number }> {
    const { draft, stop } = letter;
    if (draft.kind === 'text') return { text: draft.text };
    if (!draft.file) throw new PageError('file_unreadable');
    const onBytes = (done: number, total: number) => {
      letter.progress = { done, total };
    };
    letter.stage = 'uploading';
    onBytes(0, draft.size);
    if (letter.fileId === undefined) letter.file ??= await this.#beginFile(draft.file);
    const { file } = letter;
    if (!file) throw new PageError('file_unreadable');
    letter.fileId ??= await file.upload.run(onBytes, stop.signal);
    return { file: file.number };
  }

  /** A file that is sealed while it is uploaded. */
  async #beginFile(plain: File): Promise<NonNullable<Outgoing['file']>> {
    const { files } = this.#vault.remote;
    const { file: number, sealedSize } = await files.begin(plain);
    return { number, upload: this.#api.upload(sealedSize, () => files.next(number)) };
  }
}
