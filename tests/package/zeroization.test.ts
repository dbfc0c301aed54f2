import assert from 'node:assert/strict';
import { createPrivateKey, privateDecrypt } from 'node:crypto';
import { describe, mock, test } from 'node:test';

import {
  Contact,
  type Envelope,
  type History,
  Identity,
  type Kdf,
  openFile,
  openFileRange,
  sealFile,
  stretch,
} from '@pli/crypto';
import { argon2id } from 'hash-wasm';
import type { JWK } from 'jose';

import { ENGINES } from '../support/engines.ts';
import {
  addSecret,
  addSecretText,
  memory,
  type Secrets,
  secretsInMemory,
  withPlanted,
} from '../support/memory.ts';
import { refused } from '../support/refused.ts';
import { hkdf, unwrap } from '../support/unwrap.ts';
import { vectors } from '../support/vectors.ts';

// What the library had in memory is gone when the objects that needed it are. The whole memory is
// searched for the secrets, which other people's libraries compute, as bytes, as the limbs that
// numbers are computed with, and in base64url.

const { alice: keys } = vectors<Record<string, Record<'encryption' | 'signing', JWK>>>('keys.json');
const { kdf, people } = vectors<{
  kdf: Kdf;
  people: Record<string, { history: History; wrappedKeys: string }>;
}>('people.json');
const PASSWORD = 'correct horse battery staple';
const TEXT = 'what nobody but the two of them is ever to read';

const secrets: Secrets = new Map();
addSecretText(secrets, 'the password', PASSWORD);
addSecretText(secrets, 'the text', TEXT);
addKeys(keys!.encryption, keys!.signing);
const stretched = await argon2id({
  password: PASSWORD,
  salt: Buffer.from(kdf.salt, 'base64url'),
  memorySize: kdf.m,
  iterations: kdf.t,
  parallelism: kdf.p,
  hashLength: 32,
  outputType: 'binary',
});
addSecret(secrets, 'the stretched password', stretched);
addSecret(secrets, 'the login secret', hkdf(stretched, 'pli login v1'));
addSecret(secrets, 'the wrapping key', hkdf(stretched, 'pli key wrap v1'));

function addKeys(...keys: JWK[]): void {
  for (const key of keys) {
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const) {
      addSecret(secrets, `${member} of ${key.kid}`, key[member]!);
    }
  }
}

async function nothingIsLeft(): Promise<void> {
  assert.deepEqual(await secretsInMemory(secrets), []);
}

/** Alice's keys, wrapped under the password of these tests. */
const wrappedKeys = await (async () => {
  const { password } = vectors<{ password: string }>('people.json');
  using before = await stretch(password, kdf);
  using alice = await Identity.unlock(people['alice']!.wrappedKeys, before);
  return (await alice.lock(PASSWORD, { kdf })).wrappedKeys;
})();

test('the search finds every form of every secret when it is there', async () => {
  await withPlanted(secrets, async () => {
    assert.deepEqual(await secretsInMemory(secrets), [...secrets.keys()]);
  });
  await nothingIsLeft();
});

for (const engine of ENGINES) {
  describe(`with the engine ${engine}`, () => {
    async function unlocked(): Promise<Identity> {
      return await Identity.unlock(wrappedKeys, PASSWORD, { engine });
    }

    async function sealedToOneself(
      alice: Identity,
    ): Promise<{ envelope: Envelope; contact: Contact }> {
      const { envelope } = await alice.seal({ text: TEXT }, []);
      const contact = await Contact.from(alice.history, { username: 'alice' });
      const contentKey = privateDecrypt(
        {
          key: createPrivateKey({ key: { ...keys!.encryption }, format: 'jwk' }),
          oaepHash: 'sha256',
        },
        Buffer.from(envelope.recipients[0]!.encrypted_key, 'base64url'),
      );
      addSecret(secrets, 'the content key', contentKey);
      return { envelope, contact };
    }

    test('keys and stretched passwords are there while they live, and then no more', async () => {
      const password = await stretch(PASSWORD, kdf);
      const alice = await Identity.unlock(wrappedKeys, password, { engine });
      const found = await secretsInMemory(secrets);
      for (const member of ['d', 'p', 'q']) {
        for (const { kid } of [keys!.encryption, keys!.signing]) {
          assert(
            found.includes(`${member} of ${kid}, as little-endian limbs`),
            `${member} of ${kid}`,
          );
        }
      }
      assert(found.includes('the login secret') && found.includes('the wrapping key'));
      assert(!found.includes('the password') && !found.includes('the stretched password'));
      assert.equal(password.loginSecret.length, 43);
      password.destroy();
      assert(!(await secretsInMemory(secrets)).includes('the wrapping key'));
      alice.destroy();
      await nothingIsLeft();
    });

    test('nothing is left of sealing, opening and signing', async () => {
      const alice = await unlocked();
      const { envelope, contact } = await sealedToOneself(alice);
      await alice.open(envelope, contact);
      await alice.sign(new TextEncoder().encode(TEXT));
      const found = await secretsInMemory(secrets);
      assert(!found.includes('the text') && !found.includes('the content key'));
      alice.destroy();
      await nothingIsLeft();
    });

    test('nothing is left of locking, recovery codes and recovering', async () => {
      const alice = await unlocked();
      const kit = await alice.recoveryKit();
      addSecretText(secrets, 'the recovery code', kit.code);
      addSecret(secrets, 'the recovery secret', kit.recoverySecret);
      await alice.lock(PASSWORD, { kdf });
      alice.destroy();
      const again = await Identity.recover(kit.wrappedKeys, kit.code, { engine });
      again.destroy();
      await nothingIsLeft();
    });

    test('nothing is left of keeping keys on a device', async () => {
      const alice = await unlocked();
      const usages = ['encrypt', 'decrypt'] as const;
      const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, usages);
      const { wrappedKeys: kept } = await alice.lockWith(key);
      alice.destroy();
      const again = await Identity.unlockWith(kept, key, { engine });
      again.destroy();
      await nothingIsLeft();
    });

    test('nothing is left of making keys and of rotating them', async () => {
      const anna = await Identity.generate({ username: 'anna', bits: 2048, engine });
      const first = await anna.lock(PASSWORD, { kdf });
      await anna.rotate({ bits: 2048 });
      const second = await anna.lock(PASSWORD, { kdf });
      for (const { wrappedKeys } of [first, second]) {
        addKeys(...(await unwrap(wrappedKeys, PASSWORD)).keys);
      }
      anna.destroy();
      await nothingIsLeft();
    });

    test('nothing is left of sealing and opening files', async () => {
      const text = new TextEncoder().encode(TEXT);
      const file = sealFile(text, { name: 'a.txt', mediaType: 'text/plain', engine });
      const sealed = new Uint8Array(await new Response(file.stream).arrayBuffer());
      const descriptor = await file.descriptor;
      addSecret(secrets, 'the file key', descriptor.key);
      await nothingIsLeft();
      await new Response(openFile(descriptor, sealed, { engine })).arrayBuffer();
      const fetchRange = (start: number, end: number) => sealed.slice(start, end);
      assert.equal((await openFileRange(descriptor, 1, 5, fetchRange, { engine })).length, 4);
      await nothingIsLeft();
    });

    test('nothing is left of calls that fail', async () => {
      const alice = await unlocked();
      const { envelope, contact } = await sealedToOneself(alice);
      const id = '0191b2c3-0000-7000-8000-000000000000';
      await refused('wrong_id', () => alice.open(envelope, contact, { id }));
      const [stranger] = [people['bob']!];
      const bob = await Contact.from(stranger.history, { username: 'bob' });
      await refused('wrong_sender', () => alice.open(envelope, bob));
      await refused('invalid_argument', () => alice.seal({ text: TEXT }, [bob, bob]));
      await refused('invalid_argument', () => alice.seal({ text: TEXT.repeat(30_000) }, []));
      alice.destroy();
      using password = await stretch(PASSWORD, kdf);
      const pin = people['another alice']!.history;
      await refused('identity_changed', () => Identity.unlock(wrappedKeys, password, { pin }));
      password.destroy();
      const text = new TextEncoder().encode(`%PDF-${TEXT}`);
      const file = sealFile(text, { name: 'a.txt', mediaType: 'text/plain', engine });
      await refused('file_refused', () => new Response(file.stream).arrayBuffer());
      await nothingIsLeft();
    });

    test('of many calls at once only a few are in memory', async () => {
      const alice = await unlocked();
      const { envelope, contact } = await sealedToOneself(alice);
      const forged = JSON.stringify({ ...envelope, ciphertext: 'A'.repeat(1_900_000) });
      const before = (await memory()).length;
      const calls = Array.from({ length: 60 }, () => alice.open(forged, contact));
      for (const outcome of await Promise.allSettled(calls.slice(0, 40))) {
        assert(outcome.status === 'rejected');
        await refused('decrypt_failed', () => Promise.reject(outcome.reason));
      }
      assert((await memory()).length - before < 40 << 20);
      alice.destroy(); // WebAssembly has answered all of them by now.
      const last = engine === 'wasm' ? 'decrypt_failed' : 'destroyed';
      const [outcome] = (await Promise.allSettled(calls)).slice(-1);
      assert(outcome?.status === 'rejected');
      await refused(last, () => Promise.reject(outcome.reason));
      await nothingIsLeft();
    });

    test('calls that fail and calls that succeed leave memory no larger', async () => {
      const alice = await unlocked();
      const { envelope, contact } = await sealedToOneself(alice);
      const id = '0191b2c3-0000-7000-8000-000000000000';
      const round = async () => {
        await alice.open(envelope, contact);
        await refused('wrong_id', () => alice.open(envelope, contact, { id }));
        await refused('bad_envelope', () => alice.open('{}', contact));
        await refused('bad_history', () => Contact.from([], { username: 'alice' }));
        const label = { name: 'a', mediaType: 'a/b', policy: 'any', engine } as const;
        const file = sealFile(new Uint8Array(100_000), label);
        await file.stream.cancel();
      };
      await round();
      const before = (await memory()).length;
      for (let rounds = 0; rounds < 100; rounds += 1) await round();
      assert.equal((await memory()).length, before);
      alice.destroy();
      await nothingIsLeft();
    });
  });
}

test('nothing is left of keys that were made for an identity that is no more', async () => {
  const { subtle } = crypto;
  const exported: Buffer[] = [];
  const exporting = mock.method(subtle, 'exportKey', async (form: 'pkcs8', key: CryptoKey) => {
    const pkcs8 = await SubtleCrypto.prototype.exportKey.call(subtle, form, key);
    exported.push(Buffer.from(new Uint8Array(pkcs8 as ArrayBuffer)));
    return pkcs8;
  });
  const alice = await Identity.unlock(wrappedKeys, PASSWORD, { engine: 'webcrypto' });
  const onProgress = (primes: number) => {
    if (primes === 4) alice.destroy();
  };
  await refused('destroyed', () => alice.rotate({ bits: 2048, onProgress }));
  exporting.mock.restore();
  assert.equal(exported.length, 2);
  for (const [index, key] of exported.entries()) {
    const jwk = createPrivateKey({ key, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
    addKeys({ ...(jwk as JWK), kid: `key ${index}` });
  }
  await nothingIsLeft();
});
