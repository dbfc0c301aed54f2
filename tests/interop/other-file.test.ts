import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import assert from 'node:assert/strict';

import { type FileDescriptor, openFile } from '@pli/crypto';

import { python } from '../support/python.ts';
import { refused } from '../support/refused.ts';

// Files that Tink seals in other parameters than those of FORMAT.md section 13, each described as
// an honest sender would: only the bytes are of another format.

const TEXT = 'a text of some bytes, sealed by somebody else';
const RIGHT = ['pli file v1', '1048576', '32', 'SHA256'];

async function opened(parameters: string[], text = TEXT): Promise<string> {
  const key = randomBytes(32).toString('base64url');
  const printed = await python('tink_other_file.py', [key, ...parameters], text);
  const sealed = new Uint8Array(Buffer.from(printed, 'base64url'));
  const descriptor: FileDescriptor = {
    name: 'a.txt',
    media_type: 'text/plain',
    size: text.length,
    key,
    digests: [createHash('sha256').update(sealed).digest('base64url')],
  };
  return await new Response(openFile(descriptor, sealed)).text();
}

test('a file in the parameters of the format opens', async () => {
  assert.equal(await opened(RIGHT), TEXT);
});

for (const [what, parameters] of [
  ['other associated data', ['pli file v2', '1048576', '32', 'SHA256']],
  ['AES-128', ['pli file v1', '1048576', '16', 'SHA256']],
  ['HKDF of SHA-512', ['pli file v1', '1048576', '32', 'SHA512']],
] as const) {
  test(`a file with ${what} is refused`, async () => {
    await refused('file_corrupted', () => opened([...parameters]));
  });
}

test('a file in shorter segments is refused', async () => {
  const shorter = ['pli file v1', '4096', '32', 'SHA256'];
  await refused('file_corrupted', () => opened(shorter, TEXT.repeat(200)));
});
