import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';

import { Contact, Identity } from '@pli/crypto';

import { Files } from '../../web-demo/src/vault/files.ts';
import { Keys } from '../../web-demo/src/vault/keys.ts';
import { Letters } from '../../web-demo/src/vault/letters.ts';

const PASSWORD = 'confiture d’oranges amères';
const DAYS = 24 * 60 * 60_000;

test('nothing is sealed to replaced keys, or to those before, and nothing they signed opens', async () => {
  const { wrappedKeys, history } = await locked('alice');
  using device = await Device.of(wrappedKeys);
  const { letters } = device;
  using bob = await Identity.generate({ username: 'bob', bits: 2048 });
  using mallory = await Identity.generate({ username: 'bob', bits: 2048 });
  await letters.meet('bob', bob.history);
  await letters.seal({ text: 'To bob' }, ['bob']);

  for (const given of [mallory.history, [], mallory.history]) {
    const { trust, pin } = await letters.meet('bob', given, bob.history);
    assert.equal(trust, 'changed', 'a history that is refused does not end the stop');
    assert.deepEqual(pin, bob.history);
    await assert.rejects(letters.seal({ text: 'To whom?' }, ['bob']), { code: 'identity_changed' });
  }
  const { used, offered } = await letters.safetyNumbers('bob');
  assert.deepEqual([used.history, offered?.history], [bob.history, mallory.history]);
  assert.notEqual(used.digits, offered?.digits);

  const alice = await Contact.from(history, { username: 'alice' });
  const genuine = await bob.seal({ text: 'It is me' }, [alice]);
  const forged = await mallory.seal({ text: 'It is me' }, [alice]);
  await letters.open(genuine.envelope, 'bob', genuine.id);
  await assert.rejects(letters.open(forged.envelope, 'bob', forged.id), { code: 'wrong_sender' });

  await letters.meet('bob', mallory.history, mallory.history);
  await letters.open(forged.envelope, 'bob', forged.id);
  await assert.rejects(letters.open(genuine.envelope, 'bob', genuine.id), { code: 'wrong_sender' });
  assert.equal((await letters.safetyNumbers('bob')).offered, undefined);
});

test('what a device has put away opens, though its keys were given up days before', async () => {
  const { wrappedKeys } = await locked('alice');
  using here = await Device.of(wrappedKeys);
  using elsewhere = await Device.of(wrappedKeys);
  const made = await elsewhere.keys.rotate(wrappedKeys, PASSWORD, () => {});

  const later = Date.now() + 3 * DAYS;
  mock.method(Date, 'now', () => later);
  try {
    const { keys, letters } = here;
    const packed = await letters.pack('Half a letter');
    const { id, envelope } = await letters.seal({ text: 'Sealed and not sent' }, []);
    await keys.unlockAgain(made.wrappedKeys, PASSWORD, 'alice');
    assert.equal(await letters.unpack(packed), 'Half a letter');
    const content = await letters.openUnsent(envelope, id);
    assert.deepEqual(content, { kind: 'text', text: 'Sealed and not sent' });
    const again = await letters.sealAgain(envelope, id, []);
    const { signer } = await letters.open(again, 'alice', id);
    assert.deepEqual(signer, { seq: 1, current: true });
    await assert.rejects(letters.open(envelope, 'alice', id), { code: 'key_retired' });
  } finally {
    mock.restoreAll();
  }
});

test('keys that were replaced end what they have begun, and are wiped then', async () => {
  const { wrappedKeys } = await locked('alice');
  using device = await Device.of(wrappedKeys);
  const { keys } = device;
  const replaced = keys.own;
  let goOn!: () => void;
  const pause = new Promise<void>((resolve) => (goOn = resolve));
  const begun = keys.use((own) => pause.then(() => own.seal({ text: 'Begun' }, [])));
  await keys.unlockAgain(wrappedKeys, PASSWORD, 'alice');
  await tick();
  assert.equal(replaced.username, 'alice');
  goOn();
  await begun;
  await tick();
  assert.throws(() => replaced.username, { code: 'destroyed' });
  assert.equal(keys.own.username, 'alice');
});

test('what opens a file is there until the file is sent, and no longer', async () => {
  const { wrappedKeys } = await locked('alice');
  using device = await Device.of(wrappedKeys);
  const { files, letters } = device;
  const { file } = files.begin(new File(['The notes.'], 'notes.txt', { type: 'text/plain' }));
  while (await files.next(file));
  const first = await letters.seal({ file }, []);
  const { envelope } = await letters.seal({ file }, []);
  assert.notDeepEqual(envelope, first.envelope);
  await files.release(file);
  await assert.rejects(letters.seal({ file }, []), { code: 'invalid_argument' });
});

/** The crypto worker of a page, without the worker. */
class Device {
  readonly keys = new Keys();
  readonly files = new Files();
  readonly letters = new Letters(this.keys, this.files);

  static async of(wrappedKeys: string): Promise<Device> {
    const device = new Device();
    await device.keys.unlockAgain(wrappedKeys, PASSWORD, 'alice');
    return device;
  }

  [Symbol.dispose](): void {
    this.keys.wipe();
  }
}

/** Keys of 2048 bits, which are made quickly, as a server keeps them. */
async function locked(username: string) {
  using identity = await Identity.generate({ username, bits: 2048 });
  const { wrappedKeys } = await identity.lock(PASSWORD);
  return { wrappedKeys, history: identity.history };
}
