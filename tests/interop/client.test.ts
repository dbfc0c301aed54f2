import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { python } from '../support/python.ts';
import { TestServer } from '../support/server.ts';

test('the Python client and stock libraries read a letter and a file, without code of Pli', async () => {
  const vectors = new URL('../../crypto-wasm/vectors/exchange.json', import.meta.url);
  const exchange = await readFile(vectors, 'utf8');
  await using server = await TestServer.start();
  const opened = await python('pli_client_reader.py', [server.url], exchange);
  const { letterWithFile } = JSON.parse(exchange);
  assert.deepEqual(JSON.parse(opened), {
    text: 'Bonjour Bob, ça va ? 🕊️',
    name: 'note.txt',
    file: letterWithFile.plaintext,
  });
});
