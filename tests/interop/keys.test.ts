import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';

import {
  Contact,
  type History,
  Identity,
  type Kdf,
  type Statement,
  stretch,
  verify,
} from '@pli/crypto';
import { argon2id } from 'hash-wasm';
import {
  compactDecrypt,
  CompactEncrypt,
  FlattenedSign,
  flattenedVerify,
  GeneralSign,
  generalVerify,
  importJWK,
  type JWK,
} from 'jose';

import { publicHalf } from '../support/person.ts';
import { python } from '../support/python.ts';
import { refused } from '../support/refused.ts';
import { hkdf } from '../support/unwrap.ts';
import { vectors } from '../support/vectors.ts';

// Statements, wrapped keys and detached signatures, with the keys and people of
// crypto-wasm/vectors; envelope.test.ts does letters.

type Pair = Record<'encryption' | 'signing', JWK>;

const keys = vectors<Record<'alice' | 'alice-2', Pair>>('keys.json');
const { kdf, password, people } = vectors<{
  kdf: Kdf;
  password: string;
  people: Record<'alice' | 'alice, rotated', { history: History; wrappedKeys: string }>;
}>('people.json');

const stretched = await stretch(password, kdf);
const wrappingKey = hkdf(
  await argon2id({
    password,
    salt: Buffer.from(kdf.salt, 'base64url'),
    memorySize: kdf.m,
    iterations: kdf.t,
    parallelism: kdf.p,
    hashLength: 32,
    outputType: 'binary',
  }),
  'pli key wrap v1',
);
const alice = await Identity.unlock(people.alice.wrappedKeys, stretched);
const contact = await Contact.from(alice.history, { username: 'alice' });

const BYTES = new TextEncoder().encode('I was here');
const base64url = (data: Uint8Array | string) => Buffer.from(data).toString('base64url');
const jwcrypto = async (verb: string, order: object) =>
  JSON.parse(await python('jwcrypto_keys.py', [verb], JSON.stringify(order))) as unknown;

/** A protected header, in the making. */
type Header = { alg: string } & Record<string, unknown>;

/** Signs a payload with each key, under this header but for its kid. */
type Sign = (payload: string, header: Header, keys: JWK[]) => Promise<Statement>;

const signWith: Record<'jose' | 'jwcrypto', Sign> = {
  async jose(payload, header, keys) {
    const jws = new GeneralSign(new TextEncoder().encode(payload));
    for (const key of keys) {
      const signature = jws.addSignature(await importJWK(key, 'PS256'));
      signature.setProtectedHeader({ ...header, kid: key.kid! });
    }
    return (await jws.sign()) as Statement;
  },
  async jwcrypto(payload, header, keys) {
    const signatures = keys.map((key) => ({ key, header: { ...header, kid: key.kid } }));
    return (await jwcrypto('sign', { payload: base64url(payload), signatures })) as Statement;
  },
};

function payloadOf(seq: number, before: Statement | undefined, pair: Pair): string {
  const hash = () => createHash('sha256').update(Buffer.from(before!.payload, 'base64url'));
  return JSON.stringify({
    v: 1,
    sub: 'alice',
    seq,
    prev: before === undefined ? null : hash().digest('base64url'),
    keys: [publicHalf(pair.encryption), publicHalf(pair.signing)],
    iat: 1_790_000_000 + seq,
  });
}

describe('key statements', () => {
  const [, rotation] = people['alice, rotated'].history;
  const signers = [keys['alice-2'].signing, keys.alice.signing].map(publicHalf);

  test('jose verifies both signatures of a rotation', async () => {
    for (const signer of signers) {
      const { protectedHeader } = await generalVerify(
        { ...rotation! },
        await importJWK(signer, 'PS256'),
        { algorithms: ['PS256'] },
      );
      assert.equal(protectedHeader?.kid, signer.kid);
    }
  });

  test('jwcrypto verifies both signatures of a rotation', async () => {
    assert.equal(await jwcrypto('verify', { signed: rotation, keys: signers }), true);
    const stranger = publicHalf(keys.alice.encryption);
    await assert.rejects(jwcrypto('verify', { signed: rotation, keys: [stranger] }));
  });

  for (const [library, sign] of Object.entries(signWith)) {
    const header = { alg: 'PS256', typ: 'pli-keys+json' };
    const one = keys.alice.signing;
    const other = keys['alice-2'].signing;

    test(`a history made with ${library} is a contact's, and continues its pin`, async () => {
      const first = await sign(payloadOf(0, undefined, keys.alice), header, [one]);
      const { pin } = await Contact.from([first], { username: 'alice' });
      const second = await sign(payloadOf(1, first, keys['alice-2']), header, [other, one]);
      const rotated = await Contact.from([first, second], { username: 'alice', pin });
      assert.equal(rotated.pin.length, 2);
    });

    test(`a history made with ${library} that breaks a rule is refused`, async () => {
      const payload = payloadOf(0, undefined, keys.alice);
      const first = await sign(payload, header, [one]);
      const next = payloadOf(1, first, keys['alice-2']);
      for (const history of [
        [await sign(payload, { alg: 'PS256' }, [one])],
        [await sign(payload, { ...header, typ: 'JWT' }, [one])],
        [await sign(payload, { ...header, cty: 'json' }, [one])],
        [await sign(payload, header, [one, other])],
        [await sign(payload, header, [other])],
        [await sign(payload.replace('"v":1', '"v":2'), header, [one])],
        [await sign(payload.replace('"seq":0', '"seq":0,"seq":0'), header, [one])],
        [first, await sign(next, header, [other])],
        [first, await sign(next, header, [one, other])],
      ]) {
        await refused('bad_history', () => Contact.from(history, { username: 'alice' }));
      }
    });
  }
});

describe('wrapped keys', () => {
  const contents = (wrapped: string) =>
    jwcrypto('unwrap', { wrapped, key: base64url(wrappingKey) }) as Promise<string>;

  test('jwcrypto opens them', async () => {
    const { wrappedKeys } = await alice.lock(password, { kdf });
    const { keys: held } = JSON.parse(await contents(wrappedKeys)) as { keys: JWK[] };
    assert.deepEqual(held, [keys.alice.encryption, keys.alice.signing]);
  });

  const header = { alg: 'dir', enc: 'A256GCM', typ: 'pli-wrapped-keys+jwe', kdf, seq: 0 };
  const wrapWith: Record<string, (text: string, header: object) => Promise<string>> = {
    jose: (text, header) =>
      new CompactEncrypt(new TextEncoder().encode(text))
        .setProtectedHeader(header as { alg: string; enc: string })
        .encrypt(wrappingKey),
    jwcrypto: (text, header) =>
      jwcrypto('wrap', { text, header, key: base64url(wrappingKey) }) as Promise<string>,
  };

  for (const [library, wrap] of Object.entries(wrapWith)) {
    test(`those wrapped with ${library} unlock when they follow the format, and only then`, async () => {
      const text = await contents(people.alice.wrappedKeys);
      using again = await Identity.unlock(await wrap(text, header), stretched);
      assert.deepEqual(again.history, alice.history);
      const unlock = async (text: string, changed: object) => {
        await Identity.unlock(await wrap(text, { ...header, ...changed }), stretched);
      };
      await refused('decrypt_failed', () => unlock(text, { typ: 'JWT' }));
      await refused('decrypt_failed', () => unlock(text, { cty: 'json' }));
      await refused('decrypt_failed', () => unlock('{}', {}));
      await refused('kdf_mismatch', () => unlock(text, { kdf: { ...kdf, t: 4 } }));
      await refused('bad_history', () => unlock(text, { seq: 1 }));
      const altered = JSON.parse(text) as { keys: JWK[] };
      altered.keys[0]!.dp = altered.keys[0]!.dq!;
      await refused('invalid_key', () => unlock(JSON.stringify(altered), {}));
    });
  }

  test('jose opens them', async () => {
    const { wrappedKeys } = await alice.lock(password, { kdf });
    const { plaintext } = await compactDecrypt(wrappedKeys, wrappingKey, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    assert.equal(new TextDecoder().decode(plaintext), await contents(wrappedKeys));
  });
});

describe('detached signatures', () => {
  test('jose and jwcrypto verify them, with the bytes put back in', async () => {
    const [header, , signature] = (await alice.sign(BYTES)).split('.');
    const jws = { protected: header!, payload: base64url(BYTES), signature: signature! };
    const key = publicHalf(keys.alice.signing);
    await flattenedVerify(jws, await importJWK(key, 'PS256'), { algorithms: ['PS256'] });
    assert.equal(await jwcrypto('verify', { signed: jws, keys: [key] }), true);
    const other = { ...jws, payload: base64url('I was there') };
    await assert.rejects(flattenedVerify(other, await importJWK(key, 'PS256')));
    await assert.rejects(jwcrypto('verify', { signed: other, keys: [key] }));
  });

  test('those made with jose and jwcrypto verify when they follow the format, and only then', async () => {
    const key = keys.alice.signing;
    const right = { alg: 'PS256', typ: 'pli-signature' };
    const detached = async (sign: Sign, header: Header) => {
      const [signature] = (await sign('I was here', header, [key])).signatures;
      return `${signature!.protected}..${signature!.signature}`;
    };
    for (const sign of Object.values(signWith)) {
      const jws = await detached(sign, right);
      assert.deepEqual(await verify(jws, BYTES, contact), { seq: 0, current: true });
      assert.equal(await verify(jws, BYTES.subarray(1), contact), false);
      for (const header of [{ alg: 'PS256' }, { ...right, typ: 'pli-letter+json' }]) {
        const other = await detached(sign, header);
        await refused('invalid_argument', () => verify(other, BYTES, contact));
      }
    }
    const unencoded = await new FlattenedSign(BYTES)
      .setProtectedHeader({ ...right, kid: key.kid!, b64: false, crit: ['b64'] })
      .sign(await importJWK(key, 'PS256'));
    const jws = `${unencoded.protected!}..${unencoded.signature}`;
    await refused('invalid_argument', () => verify(jws, BYTES, contact));
  });
});
