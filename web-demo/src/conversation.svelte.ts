import type { FileUpload } from './api/upload';
import type { Failure } from './failure';
import type { Person } from './people';
import type { Content, Envelope, Signer } from './vault/types';

/** Bytes done, of how many. */
export interface Progress {
  done: number;
  total: number;
}

/**
 * What became of a delivered letter, `at` being in milliseconds: verified content with its signer, or
 * the code of a refusal.
 */
export type Outcome =
  | { kind: 'opened'; at: number; content: Content; signer: Signer }
  | { kind: 'broken'; at: number; code: string };

/** A letter that the server has delivered. */
export class Letter {
  /** How the file of this letter is being fetched, and how to stop that. */
  fetching = $state.raw<{ progress: Progress; stop: () => void }>();
  failure = $state<Failure>();

  constructor(
    readonly id: string,
    readonly seq: number,
    readonly author: string,
    readonly mine: boolean,
    readonly fileId: string | undefined,
    readonly outcome: Outcome,
  ) {}
}

/** What someone is about to send. After a reload a file that has been uploaded is only its facts. */
export type Draft =
  { kind: 'text'; text: string } | { kind: 'file'; name: string; size: number; file?: File };

/** A letter on its way out. What an attempt has achieved stays for the next one. */
export class Outgoing {
  stage = $state<'waiting' | 'sealing' | 'uploading' | 'sending' | 'held' | 'sent' | 'failed'>(
    'waiting',
  );
  progress = $state<Progress>();
  failure = $state<Failure>();
  /** Stops what is being done with it. */
  stop = new AbortController();
  /** The file's number in the vault, and its way to the server, which goes on where it was cut. */
  file?: { number: number; upload: FileUpload } | undefined;
  fileId?: string | undefined;
  /** Stays the same however often the letter is sealed, so that nobody gets it twice. */
  id?: string | undefined;
  envelope?: Envelope | undefined;
  /** Whether it lies in the queue, where it outlives the page. */
  kept = false;
  /** Lets other tabs have it. */
  letGo = () => {};

  constructor(
    readonly conversation: Conversation,
    readonly draft: Draft,
    readonly at = Date.now(),
  ) {}
}

let count = 0;

/** The letters between exactly these people. */
export class Conversation {
  /** Names the conversation in the page's history, where no name of a person belongs. */
  readonly number = ++count;
  /** The server's identifier; there is none before the first letter. */
  id = $state<string>();
  /** Oldest first. */
  letters = $state.raw<readonly Letter[]>([]);
  outgoing = $state.raw<readonly Outgoing[]>([]);
  /** What has been typed and attached but not sent. */
  text = $state('');
  files = $state.raw<readonly File[]>([]);
  /** Letters of others that have not been read on any device. */
  unread = $state(0);
  /** The mailbox's number of the latest letter; 0 before the first. */
  lastSeq = $state(0);
  lastAt = $state(Date.now());
  /** Where letters earlier than the loaded ones begin; undefined when there are none. */
  earlier = $state<number>();
  loading = $state<'no' | 'yes' | 'done'>('no');
  failure = $state<Failure>();
  /** Whether a letter that was taken back turned out to have left before. */
  leftBefore = $state(false);
  /** The letters that were taken back; the answer to an attempt may have got lost. */
  takenBack: readonly string[] = [];

  /** @param others Everyone but the account itself, in the order of their names. */
  constructor(readonly others: readonly Person[]) {}

  get names(): string[] {
    return this.others.map((person) => person.username);
  }

  /** Whether something lies on the desk. */
  get hasDraft(): boolean {
    return this.text.trim() !== '' || this.files.length > 0;
  }

  /**
   * Puts letters in their places; one that is there already stays as it is. What has been delivered
   * is not on its way out any more. Answers with those that have so left.
   */
  insert(...letters: Letter[]): readonly Outgoing[] {
    const added = letters.filter(
      ({ id }, index) => !this.has(id) && letters.findIndex((it) => it.id === id) === index,
    );
    this.letters = [...this.letters, ...added].sort((a, b) => a.seq - b.seq);
    const left = this.outgoing.filter(({ id }) => this.hasSent(id));
    this.outgoing = this.outgoing.filter((letter) => !left.includes(letter));
    const arrived = this.takenBack.filter((id) => this.hasSent(id));
    this.takenBack = this.takenBack.filter((id) => !arrived.includes(id));
    if (arrived.length > 0) this.leftBefore = true;
    const last = this.letters.at(-1);
    if (last && last.seq > this.lastSeq) {
      this.lastSeq = last.seq;
      this.lastAt = last.outcome.at;
    }
    return left;
  }

  /** Forgets the letters that were opened, so that they are opened anew. */
  close(): void {
    this.letters = [];
    this.earlier = undefined;
    this.loading = 'no';
  }

  has(id: string): boolean {
    return this.letters.some((letter) => letter.id === id);
  }

  /** Whether a letter of one's own has been delivered; one that can't be opened proves nothing. */
  hasSent(id: string | undefined): boolean {
    return this.letters.some((it) => it.id === id && it.mine && it.outcome.kind === 'opened');
  }

  /** Drops letters that are not in the mailbox any more. */
  keepOnly(holds: (letter: Letter) => boolean): void {
    if (!this.letters.every(holds)) this.letters = this.letters.filter(holds);
  }

  /** Remembers a letter that was taken back, should it come all the same. */
  takeBack({ id }: Outgoing): void {
    if (id !== undefined) this.takenBack = [...this.takenBack, id];
  }

  /** Takes a letter off the way out. */
  remove(outgoing: Outgoing): void {
    this.outgoing = this.outgoing.filter((other) => other !== outgoing);
  }
}
