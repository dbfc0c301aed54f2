import type { Conversation, Letter } from './conversation.svelte';

/** A letter with what was looked for, and the words around it. */
export interface Hit {
  conversation: Conversation;
  letter: Letter;
  before: string;
  match: string;
  after: string;
}

/** More are not listed. */
export const MOST_HITS = 50;

/** Characters shown around what was found. */
const AROUND = 40;

/** Conversations with somebody of this name. */
export function namesWith(
  conversations: readonly Conversation[],
  query: string,
): readonly Conversation[] {
  const sought = plain(query);
  return conversations.filter(({ names }) => names.some((name) => plain(name).includes(sought)));
}

/** Letters among those that are open on this page, the latest first. */
export function lettersWith(conversations: readonly Conversation[], query: string): Hit[] {
  const hits: Hit[] = [];
  for (const conversation of conversations) {
    for (const letter of conversation.letters) {
      const hit = found(textOf(letter), query);
      if (hit) hits.push({ conversation, letter, ...hit });
    }
  }
  return hits.sort((a, b) => b.letter.seq - a.letter.seq).slice(0, MOST_HITS);
}

function textOf({ outcome }: Letter): string {
  if (outcome.kind === 'broken') return '';
  return outcome.content.kind === 'text' ? outcome.content.text : outcome.content.name;
}

/** Finds a text whatever its case and accents. */
function found(text: string, query: string): Pick<Hit, 'before' | 'match' | 'after'> | undefined {
  const signs = [...text];
  const folded = signs.map(plain);
  const starts: number[] = [];
  let length = 0;
  for (const sign of folded) {
    starts.push(length);
    length += sign.length;
  }
  const sought = plain(query);
  const at = folded.join('').indexOf(sought);
  if (at < 0) return undefined;
  const from = starts.findLastIndex((start) => start <= at);
  const end = starts.findIndex((start) => start >= at + sought.length);
  const to = end < 0 ? signs.length : end;
  const cut = (start: number, stop: number) =>
    signs.slice(Math.max(0, start), stop).join('').replace(/\s+/g, ' ');
  return {
    before: (from > AROUND ? '…' : '') + cut(from - AROUND, from),
    match: cut(from, to),
    after: cut(to, to + AROUND) + (signs.length > to + AROUND ? '…' : ''),
  };
}

function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
