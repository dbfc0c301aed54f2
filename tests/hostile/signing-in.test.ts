import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { Schemas } from '@pli/client';
import type { Page } from 'playwright-core';

import { type Failure, Person } from '../e2e/person.ts';
import { register } from '../support/account.ts';
import { altered, type Impostor, says } from '../support/impostor.ts';
import { writings } from '../support/traces.ts';
import { Stage } from './stage.ts';

type SignedIn = Schemas['SignedIn'];

const KDF = { name: 'argon2id', m: 65_536, t: 3, p: 1, salt: 'AAAAAAAAAAAAAAAAAAAAAA' };

/** How a server would like the password to be treated, and what the page must say. */
const TREATMENTS: Record<string, { kdf: unknown; says: Failure }> = {
  'a weak one': { kdf: { ...KDF, m: 8, t: 1 }, says: 'kdf_refused' },
  'too little memory': { kdf: { ...KDF, m: 65_535 }, says: 'kdf_refused' },
  'too few passes': { kdf: { ...KDF, t: 2 }, says: 'kdf_refused' },
  'more memory than there is': { kdf: { ...KDF, m: 2 ** 31 }, says: 'kdf_refused' },
  'a year of passes': { kdf: { ...KDF, t: 2 ** 31 }, says: 'kdf_refused' },
  'other lanes': { kdf: { ...KDF, p: 4 }, says: 'kdf_refused' },
  'a short salt': { kdf: { ...KDF, salt: 'AAAA' }, says: 'kdf_refused' },
  'no salt': { kdf: { ...KDF, salt: undefined }, says: 'kdf_refused' },
  'another function': { kdf: { ...KDF, name: 'md5' }, says: 'kdf_refused' },
  'the password as it is': { kdf: { name: 'none' }, says: 'kdf_refused' },
  'numbers as text': { kdf: { ...KDF, m: '65536' }, says: 'kdf_refused' },
  'nothing at all': { kdf: {}, says: 'kdf_refused' },
  'no object': { kdf: null, says: 'bad_answer' },
};

/** What a server gives in place of the account's keys, and what the page must say. */
const SWAPS: Record<string, { gives: (session: SignedIn, keys: Keys) => void; says: Failure }> = {
  'no keys': { gives: (session) => delete session.wrapped_keys, says: 'account_has_no_keys' },
  'broken keys': {
    gives: (session) => (session.wrapped_keys = `${session.wrapped_keys!.slice(0, -4)}AAAA`),
    says: 'keys_damaged',
  },
  'keys of another format': {
    gives: (session) => (session.wrapped_keys = '<script>alert(1)</script>'),
    says: 'keys_damaged',
  },
  'bob’s keys': {
    gives: (session, { ofBob }) => (session.wrapped_keys = ofBob),
    says: 'kdf_mismatch',
  },
  'keys of before the password was changed': {
    gives: (session, { beforePassword }) => (session.wrapped_keys = beforePassword),
    says: 'kdf_mismatch',
  },
  'keys of before the rotation': {
    gives: (session, { beforeRotation }) => (session.wrapped_keys = beforeRotation),
    says: 'history_rolled_back',
  },
  'keys under another account’s name': {
    gives: (session) => (session.account.username = 'mallory'),
    says: 'wrong_account',
  },
};

interface Keys {
  ofBob: string;
  beforePassword: string;
  beforeRotation: string;
}

describe('a server that wants the password or other keys in use', () => {
  let stage: Stage;
  let impostor: Impostor;
  let alice: Person;
  const keys = {} as Keys;

  before(async () => {
    stage = await Stage.set();
    const { bob, own } = stage;
    ({ impostor, alice } = stage);
    keys.ofBob = await bob.wrappedKeys();
    keys.beforePassword = (await own.identity.lock(own.password)).wrappedKeys;
    keys.beforeRotation = await own.wrappedKeys();
    await own.rotates();
    // A first visit pins the keys.
    await alice.signsIn();
    await alice.isIn();
    const signedOut = alice.page.waitForResponse(/\/auth\/logout/);
    await alice.signsOut();
    // The page does not wait for it, but what is asked from here on is counted.
    await signedOut;
  });

  after(async () => await stage?.[Symbol.asyncDispose]());

  for (const [name, { kdf, says: failure }] of Object.entries(TREATMENTS)) {
    test(`asked to treat it in another way, ${name}, the page sends nothing of it`, async () => {
      using _ = impostor.lieTo('POST /auth/kdf', says(JSON.stringify(kdf)));
      impostor.asked.length = 0;
      await alice.signsIn(alice.password, { name: 'alice' });
      await alice.isTold(failure);
      assert.deepEqual(impostor.asked, ['POST /auth/kdf']);
    });
  }

  for (const [name, { gives, says: failure }] of Object.entries(SWAPS)) {
    test(`given ${name}, the page opens nothing`, async () => {
      const lie = altered<SignedIn>((session) => {
        gives(session, keys);
        return session;
      });
      using _ = impostor.lieTo('POST /auth/login', lie);
      await alice.signsIn(alice.password, { name: 'alice' });
      await alice.isTold(failure);
      await alice.isAskedToSignIn();
    });
  }

  test('given broken keys for a recovery code, the page does not speak of the password', async () => {
    const code = await register(stage.server.url, 'dave', 'nine brown umbrellas');
    const lie = altered<Schemas['RecoveredKeys']>((recovered) => ({
      ...recovered,
      recovery_wrapped_keys: `${recovered.recovery_wrapped_keys.slice(0, -4)}AAAA`,
    }));
    using _ = impostor.lieTo('POST /auth/recovery_keys', lie);
    await using dave = await Person.at(impostor.url, 'dave', 'nine brown umbrellas');
    await dave.recovers(code, 'eight brown umbrellas');
    await dave.isTold('recovery_damaged');
  });

  test('a sign-up that the server answers for somebody else is not gone on with', async () => {
    using _ = impostor.lieTo(
      'POST /auth/login',
      altered<SignedIn>((session) => ({
        ...session,
        account: { ...session.account, username: 'mallory' },
      })),
    );
    await using carol = await Person.at(impostor.url, 'carol', 'three grey umbrellas');
    await carol.asksForAnAccount();
    await carol.isTold('wrong_account');
  });

  test('it can not make the browser ask for the password in a window of its own', async () => {
    await using elsewhere = await Person.at(impostor.url, alice.name, alice.password);
    const asked = await windowsOf(elsewhere.page);
    const lie = says(
      JSON.stringify({ title: 'Who?', status: 401, code: 'wrong_credentials' }),
      401,
      {
        'content-type': 'application/problem+json',
        'www-authenticate': 'Basic realm="Your password, please"',
      },
    );
    {
      using _ = impostor.lieTo('POST /auth/login', lie);
      await elsewhere.signsIn();
      await elsewhere.isTold('wrong_credentials');
    }
    await elsewhere.signsIn();
    await elsewhere.opensConversationWith('bob');
    {
      using _ = impostor.lieTo('POST /files', lie);
      const buffer = Buffer.from('Sixteen jars');
      await elsewhere.attaches({ name: 'jars.txt', mimeType: 'text/plain', buffer });
      await elsewhere.failsToSend('jars.txt', 'wrong_credentials');
    }
    assert.deepEqual(asked, []);
  });

  test('what was typed as a password has never left the page', () => {
    const heard = Buffer.concat(impostor.heard);
    assert(heard.includes('"password"'), 'the search must find what is there');
    for (const password of [alice.password, 'three grey umbrellas']) {
      for (const [way, needle] of writings(Buffer.from(password))) {
        assert(!heard.includes(needle), way);
      }
    }
  });

  test('with the truth, she is in', async () => {
    await alice.signsIn(alice.password, { name: 'alice' });
    await alice.isIn();
    alice.hasNoComplaint();
  });
});

/** For which addresses the browser would ask for a password itself, from now on. */
async function windowsOf(page: Page): Promise<string[]> {
  const asked: string[] = [];
  const session = await page.context().newCDPSession(page);
  session.on('Fetch.requestPaused', ({ requestId }) => {
    session.send('Fetch.continueRequest', { requestId }).catch(() => {});
  });
  session.on('Fetch.authRequired', ({ requestId, request }) => {
    asked.push(`${request.method} ${new URL(request.url).pathname}`);
    const authChallengeResponse = { response: 'CancelAuth' } as const;
    session.send('Fetch.continueWithAuth', { requestId, authChallengeResponse }).catch(() => {});
  });
  await session.send('Fetch.enable', { handleAuthRequests: true });
  return asked;
}
