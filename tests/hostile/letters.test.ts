import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { Schemas } from '@pli/client';
import { Identity } from '@pli/crypto';

import type { Strings } from '../../web-demo/src/strings/en.ts';
import { Person } from '../e2e/person.ts';
import { altered, Impostor } from '../support/impostor.ts';
import { TestServer } from '../support/server.ts';
import { Correspondent } from './correspondent.ts';

type Message = Schemas['Message'];

/** What the server has at hand to mix up. */
interface Mail {
  /** Another letter from bob to alice. */
  other: Message;
  /** A letter from bob to carol. */
  notForAlice: Message;
  /** A letter of somebody with bob's name and other keys. */
  forged: Message;
  /** A letter from bob to alice and carol. */
  toBoth: Message;
  /** Of alice's encryption key. */
  kid: string;
  alice: Schemas['Person'];
  carol: Schemas['Person'];
}

/** What a server does to a letter, and what the page must say of it. */
const ATTACKS: Record<
  string,
  { does: (message: Message, mail: Mail) => void; says: keyof Strings['broken'] }
> = {
  'another ciphertext': {
    does: ({ envelope }) => (envelope.ciphertext = flipped(envelope.ciphertext)),
    says: 'decrypt_failed',
  },
  'another tag': {
    does: ({ envelope }) => (envelope.tag = flipped(envelope.tag)),
    says: 'decrypt_failed',
  },
  'another wrapped key': {
    does: ({ envelope }) => {
      for (const it of envelope.recipients) it.encrypted_key = flipped(it.encrypted_key);
    },
    says: 'decrypt_failed',
  },
  'no cipher at all': {
    does: ({ envelope }) => {
      const header = JSON.parse(Buffer.from(envelope.protected, 'base64url').toString());
      envelope.protected = Buffer.from(JSON.stringify({ ...header, alg: 'none' })).toString(
        'base64url',
      );
    },
    says: 'bad_envelope',
  },
  'an empty envelope': {
    does: (message) => (message.envelope = {} as Message['envelope']),
    says: 'bad_envelope',
  },
  'a receiver taken out': {
    does: ({ envelope }, { kid }) => {
      envelope.recipients = envelope.recipients.filter(({ header }) => header.kid === kid);
    },
    says: 'wrong_recipients',
  },
  'a receiver put in': {
    does: ({ envelope }, { notForAlice }) => {
      const kids = envelope.recipients.map(({ header }) => header.kid);
      const others = notForAlice.envelope.recipients;
      envelope.recipients.push(others.find(({ header }) => !kids.includes(header.kid))!);
      envelope.recipients.sort((a, b) => (a.header.kid < b.header.kid ? -1 : 1));
    },
    says: 'wrong_recipients',
  },
  'another letter in its place': {
    does: (message, { other }) => (message.envelope = other.envelope),
    says: 'wrong_id',
  },
  'an old letter as a new one': {
    does: (message, { other }) => {
      message.envelope = other.envelope;
      message.sent_at = new Date().toISOString();
    },
    says: 'wrong_id',
  },
  'a letter that is not for her': {
    does: (message, { notForAlice }) => (message.envelope = notForAlice.envelope),
    says: 'not_a_recipient',
  },
  'a letter of bob’s as carol’s': {
    does: (message, { carol }) => (message.sender = carol),
    says: 'wrong_sender',
  },
  'a letter of bob’s as her own': {
    does: (message, { alice }) => (message.sender = alice),
    says: 'wrong_sender',
  },
  'a letter to her alone as one to carol too': {
    does: (message, { carol }) => message.receivers.push(carol),
    says: 'wrong_recipients',
  },
  'a letter from another conversation': {
    does: (message, { toBoth }) => Object.assign(message, toBoth),
    says: 'wrong_recipients',
  },
  'a letter signed with keys that are not bob’s': {
    does: (message, { forged }) => {
      message.envelope = forged.envelope;
      message.message_id = forged.message_id;
    },
    says: 'wrong_sender',
  },
};

describe('a server that meddles with letters', () => {
  let server: TestServer;
  let impostor: Impostor;
  let alice: Person;
  let bob: Correspondent;
  let own: Correspondent;

  before(async () => {
    server = await TestServer.start();
    impostor = await Impostor.before(server.url);
    const { url } = server;
    const carol = await Correspondent.at(url, 'carol', 'three grey umbrellas');
    bob = await Correspondent.at(url, 'bob', 'eleven quiet locomotives');
    own = await Correspondent.at(url, 'alice', 'confiture d’oranges amères');
    await bob.sends('Another one', own);
    for (const name of Object.keys(ATTACKS)) await bob.sends(`Genuine: ${name}`, own);
    await bob.sends('Untouched', own);

    const person = ({ id, name: username }: Correspondent) => ({ id, username });
    using mallory = await Identity.generate({ username: 'bob', bits: 2048 });
    const forged = await mallory.seal({ text: 'Forged' }, [await own.contact]);
    const apart = await bob.identity.seal({ text: 'For carol' }, [await carol.contact]);
    const id = await bob.sends('To both', own, carol);
    const inbox = await own.api.GET('/messaging/inbox', {
      params: { query: { after: 0, limit: 200 } },
    });
    const mail = {
      toBoth: inbox.data!.entries.find(({ message }) => message?.message_id === id)!.message!,
      forged: { envelope: forged.envelope, message_id: forged.id } as Message,
      notForAlice: { envelope: apart.envelope } as Message,
      kid: own.kid,
      alice: person(own),
      carol: person(carol),
    };
    impostor.lieTo(
      'GET /messaging/conversations/',
      altered<Schemas['EntryPage']>((page) => {
        // The newest comes first.
        const letters = page.entries.map(({ message }) => message!).reverse();
        // Later pages hold the rest.
        if (letters.length <= Object.keys(ATTACKS).length) return page;
        const other = structuredClone(letters[0]!);
        Object.values(ATTACKS).forEach(({ does }, index) => {
          does(letters[index + 1]!, { ...mail, other });
        });
        page.entries.push(page.entries[0]!);
        return page;
      }),
    );
    alice = await Person.at(impostor.url, 'alice', 'confiture d’oranges amères');
    await alice.signsIn();
    await alice.picksConversationWith('bob');
    await alice.readsSealed('Untouched', 'bob');
  });

  after(async () => {
    await alice?.[Symbol.asyncDispose]();
    await impostor?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  for (const [index, [name, { says }]] of Object.entries(ATTACKS).entries()) {
    test(`${name} is a broken seal`, async () => {
      const letter = alice.page.getByRole('article').nth(index + 1);
      await letter.getByRole('img', { name: alice.t.letter.notOpened }).waitFor();
      await letter.getByText(alice.t.broken[says]).waitFor();
    });
  }

  test('nothing of it is shown as a letter, and what was not touched is', async () => {
    await alice.misses('Genuine');
    await alice.misses('Forged');
    await alice.misses('For carol');
    await alice.misses('To both');
    const seal = alice.page.getByRole('img', { name: alice.t.letter.signedBy('bob') });
    assert.equal(await seal.count(), 2);
  });

  test('a letter that comes again in a later one’s place is there once', async () => {
    let first: Message | undefined;
    let again = () => {};
    const comesAgain = new Promise<void>((resolve) => (again = resolve));
    const lie = altered<Schemas['Inbox']>((inbox) => {
      for (const entry of inbox.entries) {
        if (first && entry.message?.message_id !== first.message_id) again();
        entry.message = first ??= entry.message;
      }
      return inbox;
    });
    {
      using _ = impostor.lieTo('GET /messaging/inbox', lie);
      await bob.sends('Only once', own);
      await alice.readsSealed('Only once', 'bob');
      await bob.sends('Kept back', own);
      await comesAgain;
    }
    await bob.sends('And then this', own);
    await alice.readsSealed('And then this', 'bob');
    assert.equal(await alice.page.getByRole('article').filter({ hasText: 'Only once' }).count(), 1);
  });

  test('a letter that was written when the server says otherwise bears its own time', async () => {
    using _ = impostor.lieTo(
      'GET /messaging/inbox',
      altered<Schemas['Inbox']>((inbox) => {
        for (const { message } of inbox.entries) {
          if (message) message.sent_at = '1999-12-31T23:59:59.000Z';
        }
        return inbox;
      }),
    );
    await bob.sends('Written today', own);
    const letter = await alice.reads('Written today');
    assert.doesNotMatch(await letter.innerText(), /1999/);
    assert.equal(await alice.page.getByText('1999').count(), 0);
  });

  test('a forged letter is neither announced nor headed as bob’s', async () => {
    using _ = impostor.lieTo(
      'GET /messaging/inbox',
      altered<Schemas['Inbox']>((inbox) => {
        for (const { message } of inbox.entries) {
          if (message) message.envelope.ciphertext = flipped(message.envelope.ciphertext);
        }
        return inbox;
      }),
    );
    const { page, t } = alice;
    await bob.sends('Broken on the way', own);
    await page.getByRole('status').getByText(t.list.arrivedBroken).waitFor();
    const letter = page.getByRole('article').last();
    await letter.getByText(t.letter.unproven).waitFor();
    assert.equal(await letter.getByText(t.letter.from('bob')).count(), 0);
  });

  test('it has run nothing, and nothing went wrong unseen', () => {
    alice.hasNoComplaint();
  });
});

/** Text in base64url with its first sign changed. */
function flipped(text: string): string {
  return (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
}
