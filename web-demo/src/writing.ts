/** What of a text leaves the desk, and what of it is laid out at once. */

/** A letter and its pad must stay within 1 MiB; three bytes a character, quotes included. */
const LONGEST_LETTER = 300_000;

/**
 * Characters of a piece: there are texts for which browsers take time by the square of their
 * length, and fifty letters may stand on a page.
 */
const LONGEST_PIECE = 5_000;

/** Combining marks on one sign, as many as UAX #15 § 13 finds more than enough, and those beyond. */
const PILED_UP = /(\p{M}{30})\p{M}+/gu;

/** Whether a text goes into one letter. */
export function fits(text: string): boolean {
  return JSON.stringify(text).length <= LONGEST_LETTER;
}

/** The first so many pieces of a text, which end at the end of a line where there is one. */
export function beginning(text: string, count: number): { pieces: string[]; whole: boolean } {
  const pieces: string[] = [];
  let start = 0;
  while (pieces.length < count && start < text.length) {
    let end = Math.min(start + LONGEST_PIECE, text.length);
    // The block that the piece becomes ends the line.
    let next = end;
    if (end < text.length) {
      const line = text.lastIndexOf('\n', end);
      if (line > start + LONGEST_PIECE / 2) [end, next] = [line, line + 1];
      else if (/[\uDC00-\uDFFF]/.test(text.charAt(end))) next = ++end;
    }
    pieces.push(text.slice(start, end).replace(PILED_UP, '$1\uFFFD'));
    start = next;
  }
  return { pieces, whole: start >= text.length };
}
