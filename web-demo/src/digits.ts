/** The decimal digits of a text, whatever script they are written in. */
export function digitsOf(text: string): string {
  let digits = '';
  for (const sign of text.normalize('NFKC')) {
    if (/\p{Nd}/u.test(sign)) digits += valueOf(sign.codePointAt(0) ?? 0);
  }
  return digits;
}

/** The digits of a script stand one after the other, beginning with its zero. */
function valueOf(point: number): number {
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(point - value - 1))) value++;
  return value;
}
