import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser } from '../support/browser.ts';
import { TestServer } from '../support/server.ts';

const LIMIT = 250_000;

test('the first load is under 250 KB with brotli besides the WebAssembly', async () => {
  await using server = await TestServer.start();
  await using browser = await Browser.open('about:blank');
  const paths = new Set<string>();
  browser.page.context().on('request', (request) => paths.add(new URL(request.url()).pathname));
  const last = browser.page.context().waitForEvent('response', (it) => it.url().endsWith('.wasm'));
  await browser.page.goto(server.url);
  await last;
  await browser.page.getByRole('textbox').first().waitFor();
  await browser.page.waitForLoadState('networkidle');

  const loaded = new Map<string, number>();
  for (const path of paths) {
    const file = await fetch(new URL(path, server.url), { headers: { 'Accept-Encoding': 'br' } });
    assert.equal(file.headers.get('content-encoding'), 'br', path);
    loaded.set(path, Number(file.headers.get('content-length')));
  }
  const names = [...loaded.keys()].join(' ');
  assert.match(names, /worker-.*\.js/, 'the crypto worker belongs to the first load');
  assert.doesNotMatch(names, /strength/, 'the lists of words come when a password is typed');
  const counted = [...loaded].filter(([path]) => !path.endsWith('.wasm'));
  const total = counted.reduce((sum, [, size]) => sum + size, 0);
  assert(total > 10_000 && total < LIMIT, `${total} bytes: ${JSON.stringify(counted)}`);
});
