import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import {
  Contact,
  type Envelope,
  type Expected,
  Identity,
  loginSecret,
  passwordKdf,
  safetyNumber,
  stretch,
  type Stretched,
  verify,
} from '@pli/crypto';

import { ENGINES } from '../support/engines.ts';
import { refused } from '../support/refused.ts';

const PASSWORD = 'correct horse battery staple';

for (const engine of ENGINES) {
  describe(`with the engine ${engine}`, () => {
    const unlock = (wrappedKeys: string, password: string | Stretched, expected: Expected = {}) =>
      Identity.unlock(wrappedKeys, password, { engine, ...expected });
    const unlockWith = (wrappedKeys: string, key: CryptoKey, expected: Expected = {}) =>
      Identity.unlockWith(wrappedKeys, key, { engine, ...expected });
    let alice: Identity;
    let bob: Identity;
    let toAlice: Contact;
    let toBob: Contact;

    before(async () => {
      alice = await Identity.generate({ engine, username: 'alice', bits: 2048 });
      bob = await Identity.generate({ engine, username: 'bob', bits: 2048 });
      toAlice = await Contact.from(alice.history, { username: 'alice' });
      toBob = await Contact.from(bob.history, { username: 'bob' });
    });

    describe('keys', () => {
      test('progress counts the primes from 0 to 4', async () => {
        const seen: number[] = [];
        using identity = await Identity.generate({
          engine,
          username: 'carol',
          bits: 2048,
          onProgress: (primes) => seen.push(primes),
        });
        assert.deepEqual(seen, engine === 'wasm' ? [0, 1, 2, 3, 4] : [0, 2, 4]);
        assert.equal(identity.username, 'carol');
        assert.equal(identity.engine, engine);
      });

      test('a password locks and unlocks them', async () => {
        const { wrappedKeys } = await alice.lock(PASSWORD);
        using again = await unlock(wrappedKeys, PASSWORD, {
          username: 'alice',
          pin: alice.history,
        });
        assert.deepEqual(again.history, alice.history);
      });

      test('one stretched password logs in and unlocks', async () => {
        const locked = await alice.lock(PASSWORD);
        using stretched = await stretch(PASSWORD, locked.kdf);
        assert.equal(stretched.loginSecret, locked.loginSecret);
        assert.equal(await loginSecret(PASSWORD, locked.kdf), locked.loginSecret);
        using again = await unlock(locked.wrappedKeys, stretched);
        assert.equal(again.username, 'alice');
      });

      test('keys that change stay under their password', async () => {
        const locked = await alice.lock(PASSWORD);
        assert.deepEqual(passwordKdf(locked.wrappedKeys), locked.kdf);
        using changed = await unlock(locked.wrappedKeys, PASSWORD);
        const kit = await changed.recoveryKit();
        const again = await changed.lock(PASSWORD, { kdf: passwordKdf(locked.wrappedKeys) });
        assert.equal(again.loginSecret, locked.loginSecret);
        await refused('kdf_refused', async () => passwordKdf(kit.wrappedKeys));
      });

      test('a password typed in another Unicode form is the same', async () => {
        const { wrappedKeys } = await alice.lock('caf\u00e9 cre\u0300me');
        using again = await unlock(wrappedKeys, 'cafe\u0301 cr\u00e8me');
        assert.equal(again.username, 'alice');
      });

      test('a wrong password, damaged keys and someone else’s keys are refused', async () => {
        const { wrappedKeys } = await alice.lock(PASSWORD);
        await refused('decrypt_failed', () => unlock(wrappedKeys, 'another'));
        await refused('decrypt_failed', () => unlock(wrappedKeys.slice(0, -2), PASSWORD));
        await refused('decrypt_failed', () => unlock('nonsense', PASSWORD));
        for (const header of ['', '{}', '[]', '{"kdf":null}', '{"kdf":"argon2id"}']) {
          const keys = `${Buffer.from(header).toString('base64url')}....`;
          await refused('decrypt_failed', async () => passwordKdf(keys));
        }
        await refused('bad_history', () => unlock(wrappedKeys, PASSWORD, { username: 'mallory' }));
      });

      test('parameters that would expose the password are refused', async () => {
        const salt = Buffer.alloc(16).toString('base64url');
        const kdf = { name: 'argon2id', m: 65536, t: 3, p: 1, salt } as const;
        for (const weak of [
          { m: 8 },
          { t: 1 },
          { p: 2 },
          { m: 1 << 20 },
          { t: 99 },
          { salt: 'AAAA' },
        ]) {
          await refused('kdf_refused', () => stretch(PASSWORD, { ...kdf, ...weak }));
        }
      });

      test('a destroyed identity does nothing any more', async () => {
        const identity = await Identity.generate({ engine, username: 'dora', bits: 2048 });
        identity.destroy();
        identity.destroy();
        await refused('destroyed', () => identity.seal({ text: 'x' }, [toBob]));
        await refused('destroyed', () => identity.username);
        const { wrappedKeys, kdf } = await alice.lock(PASSWORD);
        const stretched = await stretch(PASSWORD, kdf);
        stretched.destroy();
        await refused('destroyed', () => stretched.loginSecret);
        await refused('destroyed', () => unlock(wrappedKeys, stretched));
      });
    });

    describe('letters', () => {
      test('a sealed text opens, with its signer', async () => {
        const { id, envelope } = await alice.seal({ text: 'bonjour' }, [toBob]);
        const letter = await bob.open(envelope, toAlice, { id });
        assert.equal(letter.type, 'text');
        assert.equal('text' in letter && letter.text, 'bonjour');
        assert.deepEqual(letter.signer, { seq: 0, current: true });
        assert.equal(letter.from.sub, 'alice');
        assert(Math.abs(Date.parse(letter.sentAt) - Date.now()) < 60_000);
      });

      test('the sender opens it as well', async () => {
        const { id, envelope } = await alice.seal({ text: 'bonjour' }, [toBob]);
        assert.equal((await alice.open(envelope, toAlice, { id })).id, id);
      });

      test('JSON text is an envelope too, and goes there and back', async () => {
        const { envelope } = await alice.seal({ text: 'bonjour' }, [toBob]);
        assert.equal((await bob.open(JSON.stringify(envelope), toAlice)).type, 'text');
      });

      test('attacks are refused with the code that says which', async () => {
        const { id, envelope } = await alice.seal({ text: 'bonjour' }, [toBob]);
        const altered = (change: Partial<Envelope>) => ({ ...envelope, ...change });
        const flip = (value: string) => (value[0] === 'A' ? 'B' : 'A') + value.slice(1);
        await refused('decrypt_failed', () =>
          bob.open(altered({ ciphertext: flip(envelope.ciphertext) }), toAlice),
        );
        await refused('decrypt_failed', () =>
          bob.open(altered({ tag: flip(envelope.tag) }), toAlice),
        );
        await refused('bad_envelope', () =>
          bob.open(altered({ protected: flip(envelope.protected) }), toAlice),
        );
        await refused('bad_envelope', () => bob.open({} as Envelope, toAlice));
        await refused('wrong_sender', () => bob.open(envelope, toBob));
        await refused('wrong_id', () =>
          bob.open(envelope, toAlice, { id: id.replace(/.$/, (c) => (c === '0' ? '1' : '0')) }),
        );
        using carol = await Identity.generate({ engine, username: 'carol', bits: 2048 });
        await refused('not_a_recipient', () => carol.open(envelope, toAlice));
      });

      test('an array of the members is no object', async () => {
        const { envelope } = await alice.seal({ text: 'bonjour' }, [toBob]);
        const array = (value: object) => JSON.stringify(Object.values(value));
        await refused('bad_envelope', () => bob.open(array(envelope), toAlice));
        const statements = alice.history.map((statement) => Object.values(statement));
        await refused('bad_history', () =>
          Contact.from(statements as never, { username: 'alice' }),
        );
        const { kdf } = await alice.lock(PASSWORD);
        await refused('kdf_refused', () => stretch(PASSWORD, Object.values(kdf) as never));
      });

      test('a name that is none is refused before keys are made', async () => {
        let asked = false;
        const onProgress = () => {
          asked = true;
        };
        await refused('invalid_argument', () =>
          Identity.generate({ engine, username: '!!', onProgress }),
        );
        assert(!asked);
      });

      test('what is no argument is said to be none', async () => {
        const wrong = (value: unknown) => value as never;
        await refused('invalid_argument', () => alice.seal({ text: wrong(7) }, [toBob]));
        await refused('invalid_argument', () => alice.seal({ text: '\ud800' }, [toBob]));
        await refused('invalid_argument', () => alice.seal(wrong(null), [toBob]));
        await refused('invalid_argument', () => alice.seal(wrong('text'), [toBob]));
        await refused('invalid_argument', () => alice.seal({ text: 'x' }, wrong(toBob)));
        await refused('invalid_argument', () => alice.seal({ text: 'x' }, [wrong({})]));
        await refused('invalid_argument', () => alice.seal({ text: 'x' }, [toBob, toBob]));
        await refused('invalid_argument', () => alice.seal({ text: 'x' }, [toBob], { id: 'x' }));
        await refused('invalid_argument', () => alice.seal({ text: 'x'.repeat(1 << 20) }, [toBob]));
        await refused('invalid_argument', () => bob.open(wrong(undefined), toAlice));
        await refused('invalid_argument', () => Identity.generate(wrong(undefined)));
        await refused('invalid_argument', () =>
          Identity.generate({ engine, username: 'Alice!', bits: 2048 }),
        );
        await refused('invalid_argument', () =>
          Identity.generate({ engine, username: 'al', bits: 2048 }),
        );
        await refused('invalid_key', () =>
          Identity.generate({ engine, username: 'ann', bits: wrong(1024) }),
        );
        await refused('invalid_argument', () => alice.lock(''));
        await refused('invalid_argument', () =>
          Identity.generate({ username: 'ann', engine: wrong('gpu') }),
        );
      });

      test('a hundred calls at once all answer', async () => {
        const sealed = await Promise.all(
          Array.from({ length: 100 }, (_, n) => alice.seal({ text: `${n}` }, [toBob])),
        );
        const letters = await Promise.all(
          sealed.map(({ envelope }) => bob.open(envelope, toAlice)),
        );
        assert.deepEqual(
          letters.map((letter) => 'text' in letter && letter.text),
          Array.from({ length: 100 }, (_, n) => `${n}`),
        );
      });
    });

    describe('contacts', () => {
      test('a history under another name, altered or empty is refused', async () => {
        await refused('bad_history', () => Contact.from(alice.history, { username: 'bob' }));
        await refused('bad_history', () => Contact.from([], { username: 'alice' }));
        const [statement] = alice.history;
        const payload = statement!.payload.replace(/.$/, (c) => (c === 'A' ? 'Q' : 'A'));
        await refused('bad_history', () =>
          Contact.from([{ ...statement!, payload }], { username: 'alice' }),
        );
      });

      test('a history that replaces the pinned one is said to be another identity', async () => {
        using other = await Identity.generate({ engine, username: 'alice', bits: 2048 });
        await refused('identity_changed', () =>
          Contact.from(other.history, { username: 'alice', pin: toAlice.pin }),
        );
      });

      test('both sides see the same safety number', async () => {
        const number = await safetyNumber(alice, toBob);
        assert.match(number, /^\d{5}( \d{5}){11}$/);
        assert.equal(await safetyNumber(bob, toAlice), number);
      });

      test('a detached signature holds for its bytes and signer alone', async () => {
        const data = new TextEncoder().encode('I was here');
        const jws = await alice.sign(data);
        assert.deepEqual(await verify(jws, data, toAlice), { seq: 0, current: true });
        assert.equal(await verify(jws, data.subarray(1), toAlice), false);
        assert.equal(await verify(jws, data, toBob), false);
        await refused('invalid_argument', () => verify('nonsense', data, toAlice));
      });
    });

    test('nothing secret shows when an identity is printed', async () => {
      const { inspect } = await import('node:util');
      const { kdf } = await alice.lock(PASSWORD);
      using stretched = await stretch(PASSWORD, kdf);
      const printed = [alice, stretched]
        .map((value) => JSON.stringify(value) + inspect(value))
        .join();
      assert(!printed.includes(stretched.loginSecret));
      assert(printed.length < 200, printed);
    });

    describe('a key of the device', () => {
      const usages: KeyUsage[] = ['encrypt', 'decrypt'];
      const aes = (length: number, uses = usages) =>
        crypto.subtle.generateKey({ name: 'AES-GCM', length }, false, uses);

      test('keeps somebody signed in without a password', async () => {
        const key = await aes(256);
        const { wrappedKeys } = await alice.lockWith(key);
        const header = JSON.parse(Buffer.from(wrappedKeys.split('.')[0]!, 'base64url').toString());
        assert.deepEqual(header.kdf, { name: 'device' });
        using again = await unlockWith(wrappedKeys, key, {
          username: 'alice',
          pin: alice.history,
        });
        assert.deepEqual(again.history, alice.history);
      });

      test('that is another one, too short or of another use is refused', async () => {
        const { wrappedKeys } = await alice.lockWith(await aes(256));
        const other = await aes(256);
        await refused('decrypt_failed', () => unlockWith(wrappedKeys, other));
        await refused('decrypt_failed', () => unlockWith('nonsense', other));
        const short = await aes(128);
        await refused('invalid_key', () => alice.lockWith(short));
        const half = await aes(256, ['encrypt']);
        await refused('invalid_key', () => unlockWith(wrappedKeys, half));
        await refused('invalid_argument', () => alice.lockWith(undefined as never));
        const { wrappedKeys: underPassword, kdf } = await alice.lock(PASSWORD);
        await refused('kdf_mismatch', () => unlockWith(underPassword, other));
        await refused('kdf_refused', () => unlock(wrappedKeys, PASSWORD));
        await refused('kdf_refused', async () => passwordKdf(wrappedKeys));
        using stretched = await stretch(PASSWORD, kdf);
        await refused('kdf_mismatch', () => unlock(wrappedKeys, stretched));
      });

      test('that is taken for somebody else opens nothing', async () => {
        const key = await aes(256);
        const { wrappedKeys } = await alice.lockWith(key);
        await refused('bad_history', () => unlockWith(wrappedKeys, key, { username: 'bob' }));
      });
    });
  });
}
