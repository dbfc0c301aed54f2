import { type Conversation, type Draft, Outgoing } from './conversation.svelte';
import type { Person } from './people';
import type { Place } from './route.svelte';
import type { Envelope } from './vault/types';
import type { Vault } from './vault/vault';

/** What was written and not sent, put away while the keys are: sealed to the account itself. */
export interface Drawer {
  account: string;
  /** Where the reader was. */
  place: Place;
  /** How many letters are in it. */
  count: number;
  notes: Envelope[];
  /** The browser's handles of files that were picked; they stay on the disk. */
  files: File[];
}

interface Note {
  /** The conversation's, on the page that was put away. */
  number: number;
  others: Person[];
  text: string;
  files: number[];
  outgoing: {
    at: number;
    text?: string;
    file?: { name: string; size: number; index?: number };
    sealed: Partial<Pick<Outgoing, 'id' | 'envelope' | 'fileId' | 'kept'>>;
  }[];
}

/** The letters that would be lost if the page went away. */
export function unsentIn(conversations: readonly Conversation[]): number {
  return conversations.reduce(
    (sum, { outgoing, hasDraft }) =>
      sum + outgoing.filter(({ stage }) => stage !== 'sent').length + (hasDraft ? 1 : 0),
    0,
  );
}

/** Puts away what was written, and with whom the conversation in view is. */
export async function putAway(
  account: string,
  conversations: readonly Conversation[],
  place: Place,
  vault: Vault,
): Promise<Drawer> {
  const files: File[] = [];
  const indexed = (file: File) => files.push(file) - 1;
  const inView = 'number' in place ? place.number : undefined;
  const kept = conversations.filter((it) => it.number === inView || unsentIn([it]) > 0);
  const notes = kept.map(({ number, others, text, files, outgoing }): Note => {
    return {
      number,
      others: others.map(({ id, username }) => ({ id, username })),
      text,
      files: files.map(indexed),
      outgoing: outgoing
        .filter(({ stage }) => stage !== 'sent')
        .map(({ at, draft, id, envelope, fileId, kept }) => ({
          at,
          ...(draft.kind === 'text' ? { text: draft.text } : { file: noted(draft, indexed) }),
          sealed: envelope ? { id, envelope, fileId, kept } : { id },
        })),
    };
  });
  const text = JSON.stringify(notes).replace(/\p{Surrogate}/gu, '\uFFFD');
  const sealed = notes.length > 0 ? await vault.remote.letters.pack(text) : [];
  return { account, place, count: unsentIn(kept), notes: sealed, files };
}

/** Takes everything out again; answers with what is to be sent, and with where the reader was. */
export async function takeOut(
  drawer: Drawer,
  vault: Vault,
  between: (people: readonly Person[]) => Conversation,
): Promise<{ outgoing: Outgoing[]; place: Place }> {
  const { files } = drawer;
  let { place } = drawer;
  const sealed = drawer.notes;
  const notes: Note[] =
    sealed.length > 0 ? (JSON.parse(await vault.remote.letters.unpack(sealed)) as Note[]) : [];
  const outgoing = notes.flatMap((note) => {
    const conversation = between(note.others);
    if ('number' in place && place.number === note.number) {
      place = { ...place, number: conversation.number };
    }
    conversation.text = note.text;
    conversation.files = note.files.flatMap((index) => files[index] ?? []);
    return note.outgoing.map(({ at, text, file, sealed }) => {
      const draft: Draft = file
        ? { kind: 'file', name: file.name, size: file.size, ...fileAt(files, file.index) }
        : { kind: 'text', text: text ?? '' };
      return Object.assign(new Outgoing(conversation, draft, at), sealed);
    });
  });
  return { outgoing, place };
}

function noted(
  { name, size, file }: Extract<Draft, { kind: 'file' }>,
  indexed: (file: File) => number,
): { name: string; size: number; index?: number } {
  return file ? { name, size, index: indexed(file) } : { name, size };
}

function fileAt(files: readonly File[], index: number | undefined): { file?: File } {
  const file = index === undefined ? undefined : files[index];
  return file ? { file } : {};
}
