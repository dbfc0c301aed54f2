import assert from 'node:assert/strict';
import { createPrivateKey, privateDecrypt } from 'node:crypto';
import { before, describe, test } from 'node:test';

import type { Envelope, ErrorCode } from '@pli/crypto';
import { compactVerify, generalDecrypt, generalVerify, importJWK } from 'jose';

import { type Person, person, publicHalf } from '../support/person.ts';
import { python } from '../support/python.ts';
import { refused } from '../support/refused.ts';
import {
  encryptedByJose,
  sealedByJose,
  type Sealing,
  sealing,
  wrapped,
} from '../support/sealing.ts';
import { hkdf, type RawLetter } from '../support/unwrap.ts';

const TEXT = 'Bonjour Bob, ça va ? 🕊️';

let alice: Person;
let bob: Person;
let carol: Person;

before(async () => {
  alice = await person('alice');
  bob = await person('bob');
  carol = await person('carol');
});

const decoded = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('what the package makes', () => {
  let id: string;
  let envelope: Envelope;

  before(async () => {
    ({ id, envelope } = await alice.identity.seal({ text: TEXT }, [bob.contact, carol.contact]));
  });

  test('wrapped keys open with hash-wasm and jose', () => {
    const jwk = JSON.parse(
      Buffer.from(bob.identity.history[0]!.payload, 'base64url').toString(),
    ) as { keys: object[] };
    assert.deepEqual(jwk.keys, [publicHalf(bob.encryption), publicHalf(bob.signing)]);
  });

  test('jose verifies a key statement', async () => {
    const key = await importJWK(publicHalf(bob.signing), 'PS256');
    const { payload } = await generalVerify({ ...bob.identity.history[0]! }, key);
    assert.equal((JSON.parse(decoded(payload)) as { sub: string }).sub, 'bob');
  });

  function isTheLetter(letter: RawLetter): void {
    assert.equal(letter.text, TEXT);
    assert.equal(letter.id, id);
    assert.deepEqual(letter.from, { sub: 'alice', kid: alice.signing.kid });
    const kids = [alice, bob, carol].map(({ encryption }) => encryption.kid!).sort();
    assert.deepEqual(
      letter.to.map(({ kid }) => kid),
      kids,
    );
  }

  test('jose opens an envelope and verifies the letter in it', async () => {
    for (const reader of [alice, bob, carol]) {
      const { plaintext, protectedHeader } = await generalDecrypt(
        envelope,
        await importJWK(reader.encryption, 'RSA-OAEP-256'),
      );
      assert.equal(protectedHeader?.typ, 'pli-envelope+json');
      const key = await importJWK(publicHalf(alice.signing), 'PS256');
      const verified = await compactVerify(decoded(plaintext), key);
      assert.equal(verified.protectedHeader.typ, 'pli-letter+json');
      isTheLetter(JSON.parse(decoded(verified.payload)) as RawLetter);
    }
  });

  test('jwcrypto opens an envelope and verifies the letter in it', async () => {
    const order = {
      envelope,
      encryption_key: bob.encryption,
      signing_key: publicHalf(alice.signing),
    };
    const letter = await python('jwcrypto_letter.py', ['open'], JSON.stringify(order));
    isTheLetter(JSON.parse(letter) as RawLetter);
  });

  test('jose refuses an envelope whose ciphertext was altered', async () => {
    const bytes = Buffer.from(envelope.ciphertext, 'base64url');
    bytes[0]! ^= 1;
    const altered = { ...envelope, ciphertext: bytes.toString('base64url') };
    const key = await importJWK(bob.encryption, 'RSA-OAEP-256');
    await assert.rejects(generalDecrypt(altered, key));
  });

  test('the key commitment is HKDF of the content key', () => {
    const { encrypted_key } = envelope.recipients.find(
      ({ header }) => header.kid === bob.encryption.kid,
    )!;
    const contentKey = privateDecrypt(
      { key: createPrivateKey({ key: { ...bob.encryption }, format: 'jwk' }), oaepHash: 'sha256' },
      Buffer.from(encrypted_key, 'base64url'),
    );
    const { kc } = JSON.parse(Buffer.from(envelope.protected, 'base64url').toString()) as {
      kc: string;
    };
    assert.equal(kc, Buffer.from(hkdf(contentKey, 'pli key commitment v1')).toString('base64url'));
  });
});

describe('what others make', () => {
  test('the package opens an envelope made with jose', async () => {
    const made = sealing(alice, [bob, carol], TEXT);
    const envelope = await sealedByJose(made);
    for (const reader of [bob, carol]) {
      const letter = await reader.identity.open(envelope, alice.contact, { id: made.letter.id });
      assert.equal('text' in letter && letter.text, TEXT);
    }
  });

  test('the package opens an envelope made with jwcrypto', async () => {
    const made = sealing(alice, [bob], TEXT);
    const order = {
      letter: made.letter,
      signing_key: made.signingKey,
      encryption_keys: made.recipients,
    };
    const sealed = await python('jwcrypto_letter.py', ['seal'], JSON.stringify(order));
    const letter = await bob.identity.open(sealed, alice.contact, { id: made.letter.id });
    assert.equal('text' in letter && letter.text, TEXT);
  });

  const attacks: [string, ErrorCode, (made: Sealing) => void][] = [
    [
      'another commitment',
      'decrypt_failed',
      (made) => (made.envelopeHeader['kc'] = 'A'.repeat(43)),
    ],
    ['no commitment', 'bad_envelope', (made) => delete made.envelopeHeader['kc']],
    ['another typ', 'bad_envelope', (made) => (made.envelopeHeader['typ'] = 'JWT')],
    [
      'a jwk in the header',
      'bad_envelope',
      (made) => (made.envelopeHeader['jwk'] = { kty: 'RSA' }),
    ],
    [
      'a letter of another typ',
      'bad_letter',
      (made) => (made.letterHeader['typ'] = 'pli-signature'),
    ],
    ['a letter without typ', 'bad_letter', (made) => delete made.letterHeader['typ']],
    ['a key of somebody else', 'bad_signature', (made) => (made.signingKey = bob.signing)],
    ['somebody else’s name', 'wrong_recipients', (made) => (made.letter.from.sub = 'carol')],
    ['another version', 'bad_letter', (made) => ((made.letter as { v: number }).v = 2)],
    [
      'a recipient whom the letter does not name',
      'wrong_recipients',
      (made) => {
        made.recipients.push(publicHalf(carol.encryption));
        made.recipients.sort((a, b) => (a.kid! < b.kid! ? -1 : 1));
      },
    ],
    [
      'recipients in another order than that of their kids',
      'bad_envelope',
      (made) => made.recipients.reverse(),
    ],
    [
      'a reader under another name',
      'wrong_recipients',
      (made) => (made.letter.to.find(({ sub }) => sub === 'bob')!.sub = 'carol'),
    ],
    [
      'the sender missing among the readers',
      'wrong_recipients',
      (made) => {
        const others = ({ kid }: { kid?: string }) => kid !== alice.encryption.kid;
        made.letter.to = made.letter.to.filter(others);
        made.recipients = made.recipients.filter(others);
      },
    ],
  ];

  for (const [what, code, attack] of attacks) {
    test(`an envelope with ${what} is refused as ${code}`, async () => {
      const made = sealing(alice, [bob], TEXT);
      attack(made);
      await refused(code, async () => bob.identity.open(await sealedByJose(made), alice.contact));
    });
  }

  test('a letter forwarded with its signature to another reader is refused', async () => {
    const made = sealing(alice, [bob], TEXT);
    const { plaintext } = await generalDecrypt(
      await sealedByJose(made),
      await importJWK(bob.encryption, 'RSA-OAEP-256'),
    );
    const forwarded = sealing(bob, [carol], '');
    const envelope = await encryptedByJose(plaintext, forwarded);
    await refused('wrong_recipients', () => carol.identity.open(envelope, alice.contact));
  });

  test('two recipients given different content keys are not both served', async () => {
    const made = sealing(alice, [bob, carol], TEXT);
    const envelope = await sealedByJose(made);
    const victim = envelope.recipients.find(({ header }) => header.kid === carol.encryption.kid)!;
    victim.encrypted_key = wrapped(new Uint8Array(32), publicHalf(carol.encryption));
    await bob.identity.open(envelope, alice.contact);
    await refused('decrypt_failed', () => carol.identity.open(envelope, alice.contact));
  });

  test('a letter signed with a key that was replaced a day before is refused', async () => {
    const dora = await person('dora');
    await dora.identity.rotate({ bits: 2048 });
    const { Contact } = await import('@pli/crypto');
    const contact = await Contact.from(dora.identity.history, { username: 'dora' });
    const made = sealing(dora, [bob], TEXT);
    const letter = await bob.identity.open(await sealedByJose(made), contact);
    assert.deepEqual(letter.signer, { seq: 0, current: false });
    made.letter.sent_at = new Date(Date.now() + 25 * 3600 * 1000).toISOString();
    await refused('key_retired', async () => bob.identity.open(await sealedByJose(made), contact));
  });

  test('plaintext that is no letter is refused', async () => {
    for (const text of ['hello', '{}', 'a.b.c', '']) {
      const envelope = await encryptedByJose(Buffer.from(text), sealing(alice, [bob], ''));
      await refused('bad_letter', () => bob.identity.open(envelope, alice.contact));
    }
  });
});
