import type { Api } from './api/api';
import type { Conversation, Outgoing } from './conversation.svelte';
import { type Failure, failureOf, PageError } from './failure';
import type { People } from './people';
import { dequeue, enqueue, hold } from './queue';
import type { Envelope } from './vault/types';
import type { Vault } from './vault/vault';

/** What the server answers when somebody can't be written to. */
const UNREACHED = ['receiver_not_found', 'receiver_has_no_keys'];

/** How long letters are held that found no network, unless word comes that there is one again. */
const SHORTEST_PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

/** A letter as the server takes it. */
interface Sealed {
  id: string;
  envelope: Envelope;
}

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
  readonly #onKept: (id: string) => void;
  readonly #closing = new AbortController();
  readonly #queues = new Map<Conversation | 'files', Promise<void>>();
  readonly #held = new Set<Outgoing>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause = SHORTEST_PAUSE;

  /** @param onKept Called when a letter has come into the queue, where other tabs find it. */
  constructor(
    account: string,
    api: Api,
    vault: Vault,
    people: People,
    { onSent, onKept }: { onSent: () => void; onKept: (id: string) => void },
  ) {
    this.#account = account;
    this.#api = api;
    this.#vault = vault;
    this.#people = people;
    this.#onSent = onSent;
    this.#onKept = onKept;
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

  /** Sends the letters that found no network, now that there is one again. */
  resume(): void {
    this.#pause = SHORTEST_PAUSE;
    this.#sendHeld();
  }

  #sendHeld(): void {
    clearTimeout(this.#timer);
    for (const letter of [...this.#held].sort((a, b) => a.at - b.at)) void this.send(letter);
  }

  /** Takes a letter off the way out, whatever is being done with it. */
  cancel(letter: Outgoing): void {
    letter.stop.abort();
    this.#release(letter);
    this.#held.delete(letter);
    letter.conversation.remove(letter);
    void this.#unkeep(letter);
  }

  /** Nothing leaves any more; other tabs may have what lies in the queue. */
  close(): void {
    this.#closing.abort();
    clearTimeout(this.#timer);
    this.#held.clear();
  }

  async #deliver(letter: Outgoing): Promise<void> {
    if (this.#isStopped(letter)) return;
    try {
      if (this.#isBehind(letter)) return this.#hold(letter);
      await this.#handIn(letter);
      letter.stage = 'sent';
      this.#release(letter);
      this.#pause = SHORTEST_PAUSE;
      this.#onSent();
    } catch (cause) {
      if (this.#isStopped(letter)) return;
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
    if (this.#isStopped(letter)) return;
    const { code } = failure;
    // What this found wanting is made anew by the next attempt.
    if (code === 'file_not_found') {
      letter.envelope = letter.fileId = undefined;
      void this.#unkeep(letter);
    }
    if (code === 'unreachable') {
      this.#hold(letter);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#sendHeld(), this.#pause);
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
      return;
    }
    // Not uploaded whole, a file has to begin anew; what opens one that was is needed once more.
    if (letter.fileId === undefined) this.#release(letter);
    letter.failure = failure;
    letter.stage = 'failed';
  }

  /** Holds a letter until there is a network, or the earlier one that it is behind leaves. */
  #hold(letter: Outgoing): void {
    letter.stage = 'held';
    this.#held.add(letter);
  }

  /** Takes a letter out of the queue; only then may other tabs look for it there. */
  async #unkeep(letter: Outgoing): Promise<void> {
    const { id, kept, letGo } = letter;
    if (!kept || id === undefined) return;
    letter.kept = false;
    await dequeue(id).then(letGo, reportError);
  }

  /** Whether somebody has taken a letter back, or all have to stay. */
  #isStopped({ stop }: Outgoing): boolean {
    return stop.signal.aborted || this.#closing.signal.aborted;
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
        const { id, envelope } = await this.#sealed(letter);
        letter.stage = 'sending';
        const receivers = names.length > 0 ? names : [this.#account];
        await this.#api.send(id, envelope, receivers, letter.fileId);
        await this.#unkeep(letter);
        return;
      } catch (cause) {
        const { id, envelope } = letter;
        if (failureOf(cause).code !== 'recipients_mismatch' || attempt > 0) throw cause;
        if (id === undefined || !envelope) throw cause;
        await this.#people.meetOneself();
        for (const person of others) await this.#people.meet(person, true);
        letter.envelope = await this.#vault.remote.letters.sealAgain(envelope, id, names);
        await this.#keep(letter, { id, envelope: letter.envelope });
      }
    }
  }

  /** The letter as it leaves: sealed, unless it has been, and kept for as long as it is here. */
  async #sealed(letter: Outgoing): Promise<Sealed> {
    let { id, envelope } = letter;
    if (id === undefined || !envelope) {
      const { others, names } = letter.conversation;
      const content = await this.#content(letter);
      letter.stage = 'sealing';
      letter.progress = undefined;
      for (const person of others) await this.#people.meet(person);
      ({ id, envelope } = await this.#vault.remote.letters.seal(content, names, id));
      Object.assign(letter, { id, envelope });
      await this.#keep(letter, { id, envelope });
    }
    if (this.#isStopped(letter)) throw new PageError('cancelled');
    return { id, envelope };
  }

  /** Keeps a sealed letter until it has left, if this device is to keep anything. */
  async #keep(letter: Outgoing, sealed: Sealed): Promise<void> {
    const { fileId, at, kept } = letter;
    if (!(kept || this.kept) || this.#isStopped(letter)) return;
    const others = letter.conversation.others.map(({ id, username }) => ({ id, username }));
    try {
      if (!kept) letter.letGo = await hold(sealed.id, this.#closing.signal);
      await enqueue({ ...sealed, account: this.#account, others, fileId, at });
      letter.kept = true;
      if (letter.stop.signal.aborted) await this.#unkeep(letter);
      else if (!kept) this.#onKept(sealed.id);
    } catch (cause) {
      letter.letGo();
      reportError(cause);
    }
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
