import type { Account, Api, Message } from './api/api';
import type { Connection } from './api/events';
import { CONVERSATIONS, MOST_PAGES, pagesBack } from './api/pages';
import { coalesced } from './coalesced';
import { Conversation, type Draft, type Letter, Outgoing } from './conversation.svelte';
import { type Drawer, putAway, takeOut, unsentIn } from './drawer';
import { ApiError, failureOf } from './failure';
import { fetchFile } from './fetching';
import { follow } from './follow';
import { idsBack, Opener, time } from './opener';
import { Outbox } from './outbox';
import type { OwnKeys } from './own-keys';
import { distinct, People, type Person } from './people';
import { hold, queued, waiting } from './queue';
import type { Place } from './route.svelte';
import type { Sink } from './saving/sink';
import type { Queued } from './store';
import type { Vault } from './vault/vault';

/** One account's letters: what came, what is being written, what is on its way. */
export class Messenger {
  conversations = $state.raw<readonly Conversation[]>([]);
  /** Whether the server has said what conversations there are. */
  listed = $state(false);
  connection = $state<Connection>('connecting');
  /** The conversation in view. */
  selected = $state.raw<Conversation>();
  /** The letter that somebody has looked for, until it has come into view. */
  sought = $state<string>();
  /** The latest letter that came while the page was open, to be announced. */
  arrived = $state.raw<Letter>();

  readonly account: Account;
  readonly #api: Api;
  readonly #vault: Vault;
  /** Those whom the vault knows, and how far they are to be trusted. */
  readonly people: People;
  readonly #opener: Opener;
  readonly #outbox: Outbox;
  readonly #stop = new AbortController();
  /** The other tabs of the account. */
  readonly #tabs: BroadcastChannel;
  /** The conversations by the names of the others; views go by {@link conversations}. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #known = new Map<string, Conversation>();
  /** Everything in the mailbox up to this number is known or will be loaded on demand. */
  #after: number | undefined;
  /** The server's count of reads, deletions and key changes. */
  #version: number | undefined;
  #listing: Promise<number> | undefined;
  readonly #sync = coalesced(() => this.#fetchNew());

  constructor(account: Account, api: Api, vault: Vault, ownKeys: OwnKeys) {
    this.account = account;
    this.#api = api;
    this.#vault = vault;
    this.people = new People(account, api, vault, ownKeys, (name) => this.#openAnew(name));
    this.#opener = new Opener(account.username, vault, this.people);
    this.#outbox = new Outbox(account.username, api, vault, this.people, {
      // Should this fail, the stream of events reports the letter as well.
      onSent: () => void this.#sync().catch(() => {}),
      onKept: (id) => this.#tabs.postMessage(id),
    });
    this.#tabs = new BroadcastChannel(`pli-queue-${account.id}`);
    this.#tabs.onmessage = ({ data }: MessageEvent<string>) => void this.#takeUp(data);
  }

  /** The letters that would be lost if the page went away. */
  get unsent(): number {
    return unsentIn(this.conversations);
  }

  /** Follows the mailbox until {@link stop}. */
  start(kept: boolean): void {
    const { signal } = this.#stop;
    this.#outbox.kept = kept;
    const resume = () => this.#outbox.resume();
    const onConnection = (connection: Connection) => {
      this.connection = connection;
      if (connection === 'live') resume();
    };
    addEventListener('online', resume, { signal });
    void follow(this.account.id, this.#api, signal, () => this.#sync(), onConnection);
    void this.#takeUpAll();
  }

  stop(): void {
    this.#stop.abort();
    this.#tabs.close();
    this.people.close();
    this.#outbox.close();
  }

  /** Seals what was written but not sent, so that it needs no keys in memory. */
  async putAway(place: Place): Promise<Drawer> {
    const putting = putAway(this.account.id, this.conversations, place, this.#vault);
    return await Promise.race([putting, this.#vault.closed]);
  }

  /** Takes out what {@link putAway} has put away; answers with where the reader was. */
  async takeOut(drawer: Drawer): Promise<Place> {
    const between = (people: readonly Person[]) => this.#between(people);
    const { outgoing, place } = await takeOut(drawer, this.#vault, between);
    this.#arrange();
    for (const letter of outgoing) {
      const { id, kept } = letter;
      void (kept && id !== undefined ? this.#takeUp(id, letter) : this.#dispatch(letter));
    }
    return place;
  }

  /** The conversation with those who have these e-mail addresses or usernames. */
  async write(to: readonly string[]): Promise<Conversation> {
    const people: Person[] = [];
    for (const name of to) {
      try {
        people.push(await this.people.find(name));
      } catch (cause) {
        throw to.length > 1 && cause instanceof Error
          ? Object.assign(cause, { about: name })
          : cause;
      }
    }
    const conversation = this.#between(people);
    this.#arrange();
    await this.#meet(conversation);
    return conversation;
  }

  /** Brings a conversation into view, and its latest letters with it. */
  async show(conversation: Conversation | undefined): Promise<void> {
    this.selected = conversation;
    if (!conversation) return;
    if (conversation.loading === 'no') await this.load(conversation);
    await this.read();
  }

  /** Marks the conversation in view as read, for all devices, if somebody is looking. */
  async read(): Promise<void> {
    const { selected } = this;
    if (!selected || document.hidden || selected.unread === 0 || selected.id === undefined) return;
    selected.unread = 0;
    // The next list corrects what did not reach the server.
    await this.#api.markRead(selected.id, selected.lastSeq).catch(() => {});
  }

  /** Loads the latest letters, or those before the earliest that is loaded. */
  async load(conversation: Conversation): Promise<void> {
    if (conversation.loading === 'yes') return;
    conversation.loading = 'yes';
    conversation.failure = undefined;
    try {
      await this.#meet(conversation);
      if (conversation.id === undefined) await this.#listed();
      if (conversation.id !== undefined) {
        const page = await this.#api.messages(conversation.id, conversation.earlier);
        const letters: Letter[] = [];
        for (const { seq, message } of page.entries) {
          if (message) letters.push(await this.#opener.letter(seq, message, conversation.names));
        }
        this.#insert(conversation, letters);
        conversation.earlier = page.next;
      }
      conversation.loading = 'done';
    } catch (cause) {
      conversation.failure = failureOf(cause);
      conversation.loading = 'no';
    }
  }

  /** Sends what has been typed and attached. */
  send(conversation: Conversation): void {
    const { text, files } = conversation;
    const drafts: Draft[] = files.map((file) => ({
      kind: 'file',
      name: file.name,
      size: file.size,
      file,
    }));
    if (text.trim() !== '') drafts.unshift({ kind: 'text', text });
    for (const draft of drafts) void this.#dispatch(new Outgoing(conversation, draft));
    conversation.text = '';
    conversation.files = [];
  }

  /** Tries once more to send a letter that could not leave. */
  retry(letter: Outgoing): void {
    void this.#outbox.send(letter);
  }

  /**
   * Puts a letter that has not left back on the desk: where one of several receivers has deleted the
   * account, on that of the conversation with the others, which it answers with.
   */
  takeBack(letter: Outgoing): Conversation {
    const { draft } = letter;
    const { others } = letter.conversation;
    this.#outbox.cancel(letter);
    letter.conversation.takeBack(letter);
    const left = others.filter(({ username }) => !this.people.standing.get(username)?.deleted);
    const conversation = left.length > 0 ? this.#between(left) : letter.conversation;
    if (draft.kind === 'text') {
      conversation.text = [draft.text, conversation.text].filter(Boolean).join('\n\n');
    } else if (draft.file) {
      conversation.files = [...conversation.files, draft.file];
    }
    this.#arrange();
    return conversation;
  }

  /** Takes a letter out of the account's mailbox, on all its devices. */
  async remove(letter: Letter): Promise<void> {
    letter.failure = undefined;
    try {
      await this.#api.remove(letter.id);
    } catch (cause) {
      if (failureOf(cause).code !== 'message_not_found') {
        letter.failure = failureOf(cause);
        return;
      }
    }
    for (const conversation of this.conversations) {
      conversation.keepOnly(({ id }) => id !== letter.id);
    }
  }

  /** Downloads and opens the file of a letter into a sink; says whether it is whole. */
  async fetchFile(letter: Letter, sink: Sink): Promise<boolean> {
    return await fetchFile(this.#api, this.#vault, letter, sink);
  }

  /** Takes up the letters that earlier pages have left in the queue. */
  async #takeUpAll(): Promise<void> {
    for (const { id } of await queued(this.account.username).catch(() => [])) void this.#takeUp(id);
  }

  /**
   * Takes up a letter from the queue, once no other tab has it; what is not there any more has left,
   * or was taken back. `known` is the letter as this page knew it before it was locked.
   */
  async #takeUp(id: string, known?: Outgoing): Promise<void> {
    const { signal } = this.#stop;
    let letGo = () => {};
    try {
      letGo = await hold(id, signal);
      const letter = await waiting(id);
      if (!letter || signal.aborted) return letGo();
      const { envelope, fileId } = letter;
      const outgoing = known ?? (await this.#unsealed(letter));
      Object.assign(outgoing, { id, envelope, fileId, kept: true, letGo });
      // It had left; its page went before it heard so.
      if (outgoing.conversation.hasSent(id)) return this.#outbox.cancel(outgoing);
      this.#arrange();
      await this.#dispatch(outgoing);
    } catch (cause) {
      letGo();
      if (!signal.aborted) reportError(cause);
    }
  }

  async #unsealed({ id, envelope, others, at }: Queued): Promise<Outgoing> {
    const content = await this.#vault.remote.letters.openUnsent(envelope, id);
    return new Outgoing(this.#between(others), content, at);
  }

  async #dispatch(letter: Outgoing): Promise<void> {
    letter.conversation.outgoing = [...letter.conversation.outgoing, letter];
    await this.#outbox.send(letter);
  }

  /** Fetches what came into the mailbox, page by page, and what changed in it. */
  async #fetchNew(): Promise<void> {
    let after = (this.#after ??= await this.#listed());
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const { entries, last_seq, version } = await this.#api.inbox(after);
      // Letters may be sealed to keys that another device has made.
      if (version !== this.#version) await this.people.meetOneself();
      for (const { seq, conversation_id, message } of entries) {
        if (seq <= after) throw new ApiError('bad_answer');
        if (message && conversation_id !== undefined) {
          await this.#take(seq, conversation_id, message);
        }
        this.#after = after = seq;
      }
      if (entries.length > 0 && after < last_seq) continue;
      const changed = this.#version !== undefined && this.#version !== version;
      if (changed) await this.#catchUp();
      this.#version = version;
      return;
    }
    throw new ApiError('bad_answer');
  }

  /** Opens the letters with somebody once more: other keys of theirs hold now. */
  #openAnew(name: string): void {
    for (const conversation of this.conversations) {
      if (!conversation.names.includes(name)) continue;
      conversation.close();
      if (conversation === this.selected) void this.load(conversation);
    }
  }

  /** Looks what was read or deleted elsewhere. */
  async #catchUp(): Promise<void> {
    await this.#list();
    for (const conversation of this.conversations) {
      const { id, letters, loading } = conversation;
      const first = letters[0]?.seq;
      if (id === undefined || first === undefined || loading !== 'done') continue;
      const there = await idsBack(this.#api, id, first);
      // Those that came meanwhile are not in the answer.
      const last = letters.at(-1)?.seq ?? 0;
      conversation.keepOnly((letter) => letter.seq > last || there.has(letter.id));
    }
  }

  /** The answer of {@link #list}, which is asked for once. */
  #listed(): Promise<number> {
    this.#listing ??= this.#list().catch((cause: unknown) => {
      this.#listing = undefined;
      throw cause;
    });
    return this.#listing;
  }

  /** Lists the conversations; answers with the mailbox's number of the latest letter. */
  async #list(): Promise<number> {
    let latest = 0;
    const ask = (before?: number) => this.#api.conversations(before);
    for await (const page of pagesBack(ask, CONVERSATIONS.mostPages)) {
      for (const { id, participants, last_seq, last_message, unread } of page.conversations) {
        const conversation = this.#between(participants);
        conversation.id = id;
        conversation.lastSeq = Math.max(conversation.lastSeq, last_seq);
        conversation.unread = unread;
        if (last_message) conversation.lastAt = time(last_message.sent_at);
        latest = Math.max(latest, last_seq);
      }
      this.#arrange();
    }
    this.listed = true;
    await this.read();
    return latest;
  }

  /** Puts a new entry of the mailbox where it belongs. */
  async #take(seq: number, conversationId: string, message: Message): Promise<void> {
    const conversation = this.#between([message.sender, ...message.receivers]);
    conversation.id = conversationId;
    if (conversation.has(message.message_id)) return;
    const letter = await this.#opener.letter(seq, message, conversation.names);
    const counted = seq <= conversation.lastSeq;
    this.#insert(conversation, [letter]);
    this.#arrange();
    if (letter.mine) return;
    this.arrived = letter;
    if (!counted) conversation.unread++;
    await this.read();
  }

  /** Puts delivered letters in their places; nothing more is done to send them. */
  #insert(conversation: Conversation, letters: readonly Letter[]): void {
    for (const letter of conversation.insert(...letters)) this.#outbox.cancel(letter);
  }

  /** Meets the others; what is wrong with one of them stands in the conversation. */
  async #meet(conversation: Conversation): Promise<void> {
    for (const person of conversation.others) {
      await this.people.meet(person).catch((cause: unknown) => {
        if (cause instanceof ApiError) throw cause;
        conversation.failure = failureOf(cause);
      });
    }
  }

  /** The conversation of exactly these people and the account; {@link #arrange} shows a new one. */
  #between(people: readonly Person[]): Conversation {
    const own = this.account.username;
    const others = distinct(people).filter(({ username }) => username !== own);
    const names = others.map(({ username }) => username);
    const key = JSON.stringify(names);
    const conversation = this.#known.get(key) ?? new Conversation(others);
    this.#known.set(key, conversation);
    return conversation;
  }

  /** The latest first; those not begun yet before them. */
  #arrange(): void {
    const rank = ({ lastSeq }: Conversation) => lastSeq || Infinity;
    const latest = [...this.#known.values()].reverse();
    this.conversations = latest.sort((a, b) => rank(b) - rank(a) || 0);
  }
}
