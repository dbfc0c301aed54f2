import { type Conversation, type Draft, Outgoing } from './conversation.svelte';
import type { Person } from './people';
import type { Envelope } from './vault/types';
import type { Vault } from './vault/vault';

/** What was written and not sent, put away while the keys are: sealed to the account itself. */
export interface Drawer {
  account: string;
  /** How many letters are in it. */
  count: number;
  notes: Envelope[];
  /** The browser's handles of files that were picked; they stay on the disk. */
  files: File[];
}

interface Note {
  others: Person[];
  text: string;
  files: number[];
  outgoing: {
    at: number;
    text?: string;
    file?: { name: string; size: number; index?: number };
    sealed?: Outgoing['sealed'];
    fileId?: string | undefined;
  }[];
}

/** The letters that would be lost if the page went away. */
export function unsentIn(conversations: readonly Conversation[]): number {
  return conversations.reduce(
    (sum, { outgoing, text, files }) =>
      sum +
      outgoing.filter((letter) => letter.stage !== 'sent').length +
      (text.trim() !== '' || files.length > 0 ? 1 : 0),
    0,
  );
}

/** Puts away what was written; undefined when that is nothing. */
export async function putAway(
  account: string,
  conversations: readonly Conversation[],
  vault: Vault,
): Promise<Drawer | undefined> {
  const count = unsentIn(conversations);
  if (count === 0) return undefined;
  const files: File[] = [];
  const indexed = (file: File) => files.push(file) - 1;
  const notes = conversations.map(({ others, text, files, outgoing }): Note => {
    return {
      others: others.map(({ id, username }) => ({ id, username })),
      text,
      files: files.map(indexed),
      outgoing: outgoing
        .filter(({ stage }) => stage !== 'sent')
        .map(({ at, draft, sealed, fileId }) => ({
          at,
          ...(draft.kind === 'text' ? { text: draft.text } : { file: noted(draft, indexed) }),
          ...(sealed && { sealed, fileId }),
        })),
    };
  });
  const text = JSON.stringify(notes).replace(/\p{Surrogate}/gu, '\uFFFD');
  return { account, count, notes: await vault.remote.letters.pack(text), files };
}

/** Takes everything out again. */
export async function takeOut(
  drawer: Drawer,
  vault: Vault,
  between: (people: readonly Person[]) => Conversation,
): Promise<Outgoing[]> {
  const { files } = drawer;
  const notes = JSON.parse(await vault.remote.letters.unpack(drawer.notes)) as Note[];
  return notes.flatMap((note) => {
    const conversation = between(note.others);
    conversation.text = note.text;
    conversation.files = note.files.flatMap((index) => files[index] ?? []);
    return note.outgoing.map(({ at, text, file, sealed, fileId }) => {
      const draft: Draft = file
        ? { kind: 'file', name: file.name, size: file.size, ...fileAt(files, file.index) }
        : { kind: 'text', text: text ?? '' };
      const letter = new Outgoing(conversation, draft, at);
      letter.sealed = sealed;
      letter.fileId = fileId;
      return letter;
    });
  });
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
