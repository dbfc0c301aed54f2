import type { Api, Message } from './api/api';
import { pagesBack } from './api/pages';
import { Letter, type Outcome } from './conversation.svelte';
import { ApiError, failureOf, PageError } from './failure';
import { type People, samePeople } from './people';
import type { Vault } from './vault/vault';

/** Opens what the server delivers; what is wrong with a letter is an outcome too, and never hidden. */
export class Opener {
  readonly #account: string;
  readonly #vault: Vault;
  readonly #people: People;

  constructor(account: string, vault: Vault, people: People) {
    this.#account = account;
    this.#vault = vault;
    this.#people = people;
  }

  /** @param others Who takes part in the conversation in which the server lists it. */
  async letter(seq: number, message: Message, others: readonly string[]): Promise<Letter> {
    const author = message.sender.username;
    const mine = author === this.#account;
    const outcome = await this.#opened(message, [this.#account, ...others]);
    return new Letter(message.message_id, seq, author, mine, message.file_id, outcome);
  }

  async #opened(message: Message, everybody: readonly string[]): Promise<Outcome> {
    const { sender, receivers, envelope, message_id: id } = message;
    const open = () => this.#vault.remote.letters.open(envelope, sender.username, id);
    try {
      await this.#people.meet(sender);
      const letter = await open().catch(async (cause: unknown) => {
        const { code } = failureOf(cause);
        if (code === 'wrong_sender') await this.#people.meet(sender, true);
        else if (code === 'not_a_recipient') await this.#people.meetOneself();
        else throw cause;
        return await open();
      });
      const said = [sender, ...receivers].map(({ username }) => username);
      if (!samePeople(said, letter.to) || !samePeople(said, everybody)) {
        throw new PageError('wrong_recipients');
      }
      const { content, signer } = letter;
      return { kind: 'opened', at: time(letter.sentAt), content, signer };
    } catch (cause) {
      if (cause instanceof ApiError) throw cause;
      const { code } = failureOf(cause);
      const former =
        code === 'wrong_sender' && this.#people.standing.get(sender.username)?.replaced;
      return { kind: 'broken', at: time(message.sent_at), code: former ? 'former_identity' : code };
    }
  }
}

/** The messages that a conversation still has, from the latest back to a number of the mailbox. */
export async function idsBack(api: Api, id: string, seq: number): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { entries, next } of pagesBack((before) => api.messages(id, before))) {
    for (const { message } of entries) if (message) ids.add(message.message_id);
    if (next !== undefined && next <= seq) break;
  }
  return ids;
}

/** Milliseconds; a server may send what is no time at all. */
export function time(text: string): number {
  return Date.parse(text) || 0;
}
