import { proxy, transfer } from 'comlink';
import type { Account, Api, Download, Message } from './api';
import { LARGEST_FILE } from './attachment';
import { coalesced } from './coalesced';
import { Conversation, type Draft, Letter, type Outcome, Outgoing } from './conversation.svelte';
import { type Connection, followMailbox } from './events';
import { ApiError, failureOf, PageError } from './failure';
import { Outbox } from './outbox';
import { distinct, folded, People, type Person, samePeople } from './people';
import type { Vault } from './vault';

/** One account's letters: what came, what is being written, what is on its way. */
export class Messenger {
  conversations = $state.raw<readonly Conversation[]>([]);
  connection = $state<Connection>('connecting');
  /** The conversation in view. */
  selected = $state.raw<Conversation>();
  /** The latest letter that came while the page was open, to be announced. */
  arrived = $state.raw<Letter>();

  readonly account: Account;
  readonly #api: Api;
  readonly #vault: Vault;
  /** Those whom the vault knows, and how far they are to be trusted. */
  readonly people: People;
  readonly #outbox: Outbox;
  readonly #stop = new AbortController();
  /** Everything in the mailbox up to this number is known or will be loaded on demand. */
  #after: number | undefined;
  #listing: Promise<number> | undefined;
  readonly #sync = coalesced(() => this.#fetchNew());

  constructor(account: Account, api: Api, vault: Vault) {
    this.account = account;
    this.#api = api;
    this.#vault = vault;
    this.people = new People(account.username, api, vault);
    this.#outbox = new Outbox(account.username, api, vault, this.people, () => {
      // Should this fail, the stream of events reports the letter as well.
      this.#sync().catch(() => {});
    });
  }

  /** The letters that would be lost if the page went away. */
  get unsent(): number {
    return this.conversations.reduce(
      (sum, { outgoing, text, file }) =>
        sum +
        outgoing.filter((letter) => letter.stage !== 'sent').length +
        (text.trim() !== '' || file ? 1 : 0),
      0,
    );
  }

  /** Follows the mailbox until {@link stop}. */
  start(): void {
    const onConnection = (connection: Connection) => (this.connection = connection);
    void followMailbox(this.#api, this.#stop.signal, () => this.#sync(), onConnection);
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Takes over what was written in a session that has ended. */
  adopt(former: Messenger): void {
    for (const old of former.conversations) {
      if (old.outgoing.length === 0 && old.text === '' && !old.file) continue;
      const conversation = this.#between(old.others);
      conversation.text = old.text;
      conversation.file = old.file;
      for (const letter of old.outgoing) {
        if (letter.stage !== 'sent') this.#dispatch(conversation, letter.draft, letter);
      }
    }
  }

  /** The conversation with whoever has this e-mail address or username. */
  async write(to: string): Promise<Conversation> {
    const { id, username, key_history } = await this.#api.lookup(to);
    const name = folded(to);
    if (!name.includes('@') && name !== username) throw new PageError('wrong_person');
    const own = id === this.account.id || username === this.account.username;
    if (own) throw new PageError('own_address');
    if (!key_history?.length) throw new PageError('receiver_has_no_keys');
    const conversation = this.#between([{ id, username }]);
    await this.#meet(conversation);
    return conversation;
  }

  /** Brings a conversation into view, and its latest letters with it. */
  async show(conversation: Conversation | undefined): Promise<void> {
    this.selected = conversation;
    if (!conversation) return;
    conversation.unseen = 0;
    if (conversation.loading === 'no') await this.load(conversation);
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
          if (message) letters.push(await this.#letter(seq, message));
        }
        conversation.insert(...letters);
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
    const { text, file } = conversation;
    if (text.trim() !== '') this.#dispatch(conversation, { kind: 'text', text });
    if (file) this.#dispatch(conversation, { kind: 'file', file });
    conversation.text = '';
    conversation.file = undefined;
  }

  /** Tries once more to send a letter that could not leave. */
  retry(letter: Outgoing): void {
    this.#outbox.send(letter);
  }

  /** Puts a letter that could not leave back on the desk. */
  takeBack(letter: Outgoing): void {
    const { conversation, draft } = letter;
    if (draft.kind === 'file' && conversation.file) return;
    conversation.remove(letter);
    if (draft.kind === 'file') conversation.file = draft.file;
    else conversation.text = [draft.text, conversation.text].filter(Boolean).join('\n\n');
  }

  /** Downloads and opens the file of a letter; undefined when that failed. */
  async open(letter: Letter): Promise<Blob | undefined> {
    const { outcome, fileId } = letter;
    if (outcome.kind !== 'opened' || outcome.content.kind !== 'file') return undefined;
    const total = outcome.content.size;
    letter.failure = undefined;
    letter.saving = { done: 0, total };
    let download: Download | undefined;
    let unreachable: unknown;
    try {
      if (fileId === undefined) throw new PageError('file_not_found');
      if (total > LARGEST_FILE) throw new PageError('file_too_large');
      const { pull } = (download = await this.#api.download(fileId));
      const pieces = async () => {
        try {
          const piece = await pull();
          return piece && transfer(piece, [piece.buffer]);
        } catch (cause) {
          unreachable = cause;
          throw cause;
        }
      };
      const onBytes = (done: number) => {
        letter.saving = { done, total };
      };
      return await this.#vault.remote.openFile(letter.id, proxy(pieces), proxy(onBytes));
    } catch (cause) {
      letter.failure = failureOf(unreachable ?? cause);
      return undefined;
    } finally {
      download?.stop();
      letter.saving = undefined;
    }
  }

  /** Queues a letter, in the same envelope if a former attempt had sealed it. */
  #dispatch(conversation: Conversation, draft: Draft, former?: Outgoing): void {
    const letter = new Outgoing(conversation, draft);
    letter.sealed = former?.sealed;
    letter.fileId = former?.fileId;
    conversation.outgoing = [...conversation.outgoing, letter];
    this.#outbox.send(letter);
  }

  /** Fetches what came into the mailbox, page by page. */
  async #fetchNew(): Promise<void> {
    for (let after = (this.#after ??= await this.#listed()); ;) {
      const { entries, last_seq } = await this.#api.inbox(after);
      for (const { seq, conversation_id, message } of entries) {
        if (seq <= after) throw new ApiError('bad_answer');
        if (message && conversation_id !== undefined) {
          await this.#take(seq, conversation_id, message);
        }
        this.#after = after = seq;
      }
      if (entries.length === 0 || after >= last_seq) return;
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
    for (let before: number | undefined; ;) {
      const page = await this.#api.conversations(before);
      for (const { id, participants, last_seq, last_message } of page.conversations) {
        const conversation = this.#between(participants);
        conversation.id = id;
        conversation.lastSeq = Math.max(conversation.lastSeq, last_seq);
        if (last_message) conversation.lastAt = time(last_message.sent_at);
        latest = Math.max(latest, last_seq);
      }
      this.#arrange();
      if (page.next === undefined || (before !== undefined && page.next >= before)) return latest;
      before = page.next;
    }
  }

  /** Puts a new entry of the mailbox where it belongs. */
  async #take(seq: number, conversationId: string, message: Message): Promise<void> {
    const conversation = this.#between([message.sender, ...message.receivers]);
    conversation.id = conversationId;
    if (conversation.has(message.message_id)) return;
    const letter = await this.#letter(seq, message);
    conversation.insert(letter);
    this.#arrange();
    if (letter.mine) return;
    this.arrived = letter;
    if (this.selected !== conversation || document.hidden) conversation.unseen++;
  }

  async #letter(seq: number, message: Message): Promise<Letter> {
    const author = message.sender.username;
    const mine = author === this.account.username;
    const outcome = await this.#opened(message);
    return new Letter(message.message_id, seq, author, mine, message.file_id, outcome);
  }

  /** Opens a letter; what is wrong with it is an outcome too, and never hidden. */
  async #opened(message: Message): Promise<Outcome> {
    const { sender, receivers, envelope, message_id: id } = message;
    const open = () => this.#vault.remote.open(envelope, sender.username, id);
    try {
      await this.people.meet(sender);
      const letter = await open().catch(async (cause: unknown) => {
        if (failureOf(cause).code !== 'wrong_sender') throw cause;
        await this.people.meet(sender, true);
        return await open();
      });
      const said = [sender, ...receivers].map(({ username }) => username);
      if (!samePeople(said, letter.to)) {
        throw new PageError('wrong_recipients');
      }
      const { content, signer } = letter;
      return { kind: 'opened', at: time(letter.sentAt), content, signer };
    } catch (cause) {
      if (cause instanceof ApiError) throw cause;
      return { kind: 'broken', at: time(message.sent_at), code: failureOf(cause).code };
    }
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

  /** The conversation of exactly these people and the account. */
  #between(people: readonly Person[]): Conversation {
    const own = this.account.username;
    const others = distinct(people).filter(({ username }) => username !== own);
    const names = others.map(({ username }) => username);
    const known = this.conversations.find((it) => samePeople(it.names, names));
    if (known) return known;
    const conversation = new Conversation(others);
    this.conversations = [conversation, ...this.conversations];
    return conversation;
  }

  /** The latest first; those not begun yet before them. */
  #arrange(): void {
    const rank = ({ lastSeq }: Conversation) => lastSeq || Infinity;
    this.conversations = [...this.conversations].sort((a, b) => rank(b) - rank(a) || 0);
  }
}

/** Milliseconds; a server may send what is no time at all. */
function time(text: string): number {
  return Date.parse(text) || 0;
}
