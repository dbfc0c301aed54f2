import { PageError } from './failure';

/** What a server takes unless it says otherwise, in bytes. Files are sealed as they are sent. */
export const LARGEST_FILE = 4 * 1024 * 1024 * 1024 - 1024 * 1024;

/** UTF-8 bytes of a name; longer ones fit into no letter, and into few file systems. */
const LONGEST_NAME = 255;

/** The kinds of file that are sent and opened, by extension. */
const MEDIA_TYPES = new Map([
  ['txt', 'text/plain'],
  ['pdf', 'application/pdf'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
]);

/** What a file picker offers. */
export const ACCEPTED = [...MEDIA_TYPES.keys()].map((extension) => `.${extension}`).join();

/** Checks a file before it is attached; one whose type the system doesn't know gets its kind's. */
export function attachment(file: File): File {
  const { name, size, type } = file;
  const kind = MEDIA_TYPES.get(/.\.([^.]+)$/s.exec(name)?.[1]?.toLowerCase() ?? '');
  if (kind === undefined || (type !== '' && type !== kind)) throw new PageError('file_refused');
  if (new TextEncoder().encode(name).length > LONGEST_NAME) {
    throw new PageError('file_name_too_long');
  }
  if (/[/\\\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u.test(name)) {
    throw new PageError('file_name_misleading');
  }
  if (size > LARGEST_FILE) throw new PageError('file_too_large');
  return type === kind ? file : new File([file], name, { type: kind });
}

/** Whether files are being dragged or dropped. */
export function bearsFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') ?? false;
}

/**
 * A file's name as it is shown and saved, without signs that could make it look like another. The
 * joiners (U+200C, U+200D) stay: emoji, Persian and the scripts of India are written with them.
 */
export function plainName(name: string): string {
  return name.replace(/[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200C\u200D])\p{Cf}/gu, '\uFFFD');
}
