import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { createPliClient } from '@pli/client';
import { stretch } from '@pli/crypto';
import type { Page, Worker } from 'playwright-core';

import { TestServer } from '../support/server.ts';
import { type Secret, traces, writings } from '../support/traces.ts';
import { unwrap } from '../support/unwrap.ts';
import { keptBy } from './kept.ts';
import { Person } from './person.ts';

const TEXT = 'Dear Bob, the quince jelly is ready: 14 jars';
const DRAFT = 'Half of a letter about marmalade';
const NAME = 'Recette de famille.txt';

const ELSEWHERE = 'http://127.0.0.2:9/';

/** What neither a page nor a worker may do. */
const EVERYWHERE = {
  eval: "(0, eval)('1')",
  Function: "new Function('return 1')()",
  'an import from memory': "await import('data:text/javascript,export default 1')",
  'an import from elsewhere': `await import('${ELSEWHERE}')`,
  'a request to elsewhere': `await fetch('${ELSEWHERE}', { mode: 'no-cors' })`,
  'a policy of its own': "trustedTypes.createPolicy('mallory', {})",
};

describe('a page under strict rules', () => {
  let server: TestServer;
  let alice: Person;
  let code: string;
  /** Every address that the page has asked for, and where it came from. */
  const asked: string[] = [];

  before(async () => {
    server = await TestServer.start();
    alice = await Person.at(server.url, 'alice', 'confiture d’oranges amères');
    alice.page.context().on('request', (request) => {
      asked.push(request.url(), request.headers()['referer'] ?? '');
    });
    await using bob = await Person.at(server.url, 'bob', 'eleven quiet locomotives');
    await bob.joins();
    // What is shown of a password must not be noted down by the browser.
    await alice.page.getByLabel(alice.t.signUp.password, { exact: true }).fill(alice.password);
    await alice.page.getByRole('button', { name: alice.t.showPassword.join('') }).click();
    await alice.asksForAnAccount(alice.email, { stays: true });
    code = await alice.keepsRecoveryCode();
    await alice.opensConversationWith('bob');
    await alice.writes(TEXT);
    await alice.readsSealed(TEXT, 'alice');
    const buffer = Buffer.from('Ten quinces and patience');
    await alice.attaches({ name: NAME, mimeType: 'text/plain', buffer });
    await alice.readsSealed(NAME, 'alice');
    await alice.shows(NAME);
    await alice.drafts(DRAFT);
  });

  after(async () => {
    await alice?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('it has nothing to complain of, and asks nobody but its server', () => {
    alice.hasNoComplaint();
  });

  describe('with everything secret that there is to look for', () => {
    let secrets: Secret[];

    before(async () => {
      secrets = await secretsOf(alice, server.url, code);
    });

    test('nothing that the browser keeps for the page holds any of it', async () => {
      const kept = Buffer.from(await keptBy(alice.page), 'latin1');
      assert(kept.includes('pli-signed-in-before'), 'the search must find what is there');
      assert(kept.includes('extractable: false'));
      assert(!kept.includes('extractable: true'));
      assert.deepEqual(found(kept, secrets), []);
    });

    test('no address that was asked for holds any of it, nor says where it came from', () => {
      const addresses = Buffer.from(asked.join('\n'));
      assert(addresses.includes('/auth/login'), 'the search must find what is there');
      assert.deepEqual(found(addresses, secrets), []);
      const origin = new URL(server.url).origin;
      assert.deepEqual(
        asked.filter((it) => it !== '' && new URL(it).origin !== origin),
        [],
      );
    });

    test('no step of the history and no title holds any of it', async () => {
      const session = await alice.page.context().newCDPSession(alice.page);
      const { entries } = await session.send('Page.getNavigationHistory');
      const states: unknown[] = [];
      // The first step is the blank page of the browser.
      for (let left = entries.length; left > 2; left--) {
        states.push(await alice.page.evaluate(() => history.state as unknown));
        await alice.page.goBack();
      }
      const steps = JSON.stringify([entries, states]);
      assert.match(steps, /"name":"conversation"/, 'the search must find what is there');
      assert.deepEqual(found(Buffer.from(steps), secrets), []);
      assert.doesNotMatch(steps, /alice|bob/);
    });

    test('nor does any file that the browser has written to the disk', async () => {
      const visible = { name: 'a mark', bytes: Buffer.from('pli-signed-in-before') };
      // A browser writes when it sees fit.
      const late = Date.now() + 60_000;
      while ((await inProfile([visible])).length === 0) {
        assert(Date.now() < late, 'the search must find it');
      }
      assert.deepEqual(await inProfile(secrets), []);
    });

    /** Searches anew when the browser has removed a file meanwhile, so that none is passed over. */
    async function inProfile(sought: typeof secrets): Promise<string[]> {
      for (let left = 20; ; left--) {
        try {
          return await traces(alice.profile, sought);
        } catch (cause) {
          if (left === 0 || (cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
        }
      }
    }
  });

  test('it runs no text that it is given, wherever it is put', async () => {
    const ran = await runs(alice.page, {
      'a timer': "setTimeout('1', 0)",
      innerHTML: "document.createElement('p').innerHTML = '<b>bold</b>'",
      outerHTML: "document.getElementById('none') ?? (document.body.outerHTML = '<b>bold</b>')",
      insertAdjacentHTML: "document.body.insertAdjacentHTML('beforeend', '<b>bold</b>')",
      srcdoc: "document.createElement('iframe').srcdoc = '<b>bold</b>'",
      'a parser': "new DOMParser().parseFromString('<b>bold</b>', 'text/html')",
      'the text of a script': "document.createElement('script').text = '1'",
      'the address of a script': "document.createElement('script').src = '/save-worker.js'",
      'a worker': "new Worker('/save-worker.js')",
      'a worker from memory': "new Worker(URL.createObjectURL(new Blob(['1'])))",
      'a service worker': "await navigator.serviceWorker.register('/save-worker.js')",
      'a policy for all': "trustedTypes.createPolicy('default', {})",
      'the policy of the page': "trustedTypes.createPolicy('pli-scripts', {})",
      ...EVERYWHERE,
    });
    assert.deepEqual(ran, []);
  });

  test('inline scripts and handlers are dead, and nothing is loaded from elsewhere', async () => {
    const { page } = alice;
    const refused = await page.evaluate(async (elsewhere) => {
      const refused = new Set<string>();
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
        refused.add(effectiveDirective);
      });
      const form = document.createElement('form');
      const image = new Image();
      const frame = document.createElement('iframe');
      const style = document.createElement('style');
      style.textContent = 'body { display: none }';
      document.body.append(form, image, frame, style);
      form.action = image.src = frame.src = elsewhere;
      form.submit();
      await new Promise((resolve) => (new WebSocket('ws://127.0.0.2:9/').onerror = resolve));
      navigator.sendBeacon(elsewhere, 'x');
      const patience = Date.now() + 60_000;
      while (refused.size < 5 && Date.now() < patience) await new Promise(requestAnimationFrame);
      for (const it of [form, image, frame, style]) it.remove();
      return [...refused].sort();
    }, ELSEWHERE);
    const expected = ['connect-src', 'form-action', 'frame-src', 'img-src', 'style-src-elem'];
    assert.deepEqual(refused, expected);
    const handler = 'document.body.setAttribute("onclick", "document.title = `clicked`")';
    assert.deepEqual(await runs(page, { handler: `${handler}; document.body.click()` }), []);
    assert.doesNotMatch(await page.title(), /clicked/);
  });

  test('its workers live under the same rules', async () => {
    const { page } = alice;
    const [vault, ...others] = page.workers();
    assert(vault, 'the crypto worker must be there');
    // Another page of this origin may register the service worker; this one does for large files.
    await using docs = await alice.opensTab();
    await docs.page.goto(`${server.url}/docs`);
    const registering = "navigator.serviceWorker.register('/save-worker.js', { scope: '/save/' })";
    const [saver] = await Promise.all([
      page.context().waitForEvent('serviceworker'),
      docs.page.evaluate(`${registering}.then(() => {})`),
    ]);
    for (const worker of [vault, saver, ...others]) {
      assert.deepEqual(await runs(worker, EVERYWHERE), [], worker.url());
    }
  });
});

/** Tries each piece of code on its own; gives the names of those that were not refused. */
async function runs(where: Page | Worker, ways: Record<string, string>): Promise<string[]> {
  const ran: string[] = [];
  for (const [name, way] of Object.entries(ways)) {
    // The debugger may evaluate what the page may not: the code waits until it is gone.
    const later = `await new Promise((resolve) => setTimeout(resolve)); ${way};`;
    const tried = `(async () => { try { ${later} return true } catch { return false } })()`;
    if (await (where as Page).evaluate(tried)) ran.push(name);
  }
  return ran;
}

function found(where: Buffer, secrets: readonly Secret[]): string[] {
  return secrets.flatMap(({ name, bytes }) =>
    [...writings(bytes)]
      .filter(([, needle]) => where.includes(needle))
      .map(([way]) => `${name}, ${way}`),
  );
}

/** What only the page may know: read, typed, or derived from the password outside of it. */
async function secretsOf(person: Person, url: string, code: string): Promise<Secret[]> {
  const { email, password } = person;
  const client = createPliClient({ baseUrl: url });
  const kdf = (await client.POST('/auth/kdf', { body: { email } })).data!;
  using stretched = await stretch(password, kdf);
  const { loginSecret } = stretched;
  const { data } = await client.POST('/auth/login', { body: { email, password: loginSecret } });
  const texts = { TEXT, DRAFT, NAME, password, loginSecret, code, tokens: 'eyJ0eXAiOi' };
  const secrets = Object.entries(texts).map(([name, text]) => ({ name, bytes: Buffer.from(text) }));
  const { keys } = await unwrap(data!.wrapped_keys!, password);
  for (const key of keys) {
    for (const member of ['k', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const) {
      const value = key[member];
      if (value === undefined) continue;
      const bytes = Buffer.from(value, 'base64url');
      secrets.push({ name: `${key.use ?? key.kid} ${member}`, bytes });
    }
  }
  return secrets;
}
