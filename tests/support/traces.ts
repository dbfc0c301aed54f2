import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Something that must not be found, and what to call it when it is. */
export interface Secret {
  name: string;
  bytes: Uint8Array;
}

/**
 * Every way a secret might have been written down: as it is, JSON- or percent-escaped, in hex, and
 * in base64 or base64url at each of the three alignments that it can have in a longer text.
 */
export function writings(secret: Uint8Array): Map<string, Buffer> {
  const raw = Buffer.from(secret);
  const ways = new Map<string, Buffer>([
    ['plain', raw],
    ['hex', Buffer.from(raw.toString('hex'))],
    ['HEX', Buffer.from(raw.toString('hex').toUpperCase())],
    ['percent', Buffer.from(raw.toString('hex').replace(/../g, '%$&'))],
    ['PERCENT', Buffer.from(raw.toString('hex').toUpperCase().replace(/../g, '%$&'))],
  ]);
  for (const lead of [0, 1, 2]) {
    // The first and last characters also carry bits of the neighbours: leave them out.
    const text = Buffer.concat([Buffer.alloc(lead), raw])
      .toString('base64')
      .replace(/=+$/, '');
    const sure = text.slice(lead === 0 ? 0 : lead + 1, (lead + raw.length) % 3 ? -1 : undefined);
    ways.set(`base64+${lead}`, Buffer.from(sure));
    ways.set(`base64url+${lead}`, Buffer.from(sure.replaceAll('+', '-').replaceAll('/', '_')));
  }
  const text = raw.toString();
  if (Buffer.from(text).equals(raw)) {
    const quoted = JSON.stringify(text).slice(1, -1);
    const escaped = quoted.replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    ways.set('JSON', Buffer.from(quoted));
    ways.set('JSON in ASCII', Buffer.from(escaped));
    ways.set('URI component', Buffer.from(encodeURIComponent(text)));
    ways.set('form', Buffer.from(new URLSearchParams({ v: text }).toString().slice(2)));
    ways.set('UTF-16', Buffer.from(text, 'utf16le'));
  }
  return ways;
}

/** Where in the files under a folder any of the secrets is written down, in whatever way. */
export async function traces(folder: string, secrets: readonly Secret[]): Promise<string[]> {
  const needles = secrets.flatMap(({ name, bytes }) => {
    if (bytes.length < 6) throw new Error(`${name} is too short to be searched for`);
    return [...writings(bytes)].map(([way, needle]) => ({ name: `${name}, ${way}`, needle }));
  });
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const content = await readFile(join(entry.parentPath, entry.name));
    for (const { name, needle } of needles) {
      if (content.includes(needle)) found.push(`${name} in ${entry.name}`);
    }
  }
  return found;
}
