import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, mock, test } from 'node:test';

import {
  type ChosenEngine,
  Contact,
  type Content,
  type FileDescriptor,
  type FilePolicy,
  type History,
  Identity,
  type Kdf,
  loginSecret,
  openFile,
  openFileRange,
  PliError,
  recoverySecret,
  safetyNumber,
  sealFile,
  stretch,
  verify,
} from '@pli/crypto';

import { ENGINES } from '../support/engines.ts';
import { withFixedRandomness } from '../support/fixed.ts';
import { refused } from '../support/refused.ts';
import { vectors } from '../support/vectors.ts';

// The files of crypto-wasm/vectors, on the built package; crypto-wasm/tests/vectors runs them
// natively. Those for opening run on both engines, those for sealing on the one whose randomness can
// be fixed. What goes in as JSON text is handed on as text, since some of it is no JSON that
// JavaScript could hold.

/** A case: what goes in has other members in each file. */
type Case = Record<string, unknown> & { name: string; expect: { ok: unknown } | { code: string } };

interface People {
  password: string;
  kdf: Kdf;
  people: Record<string, { username: string; history: History; wrappedKeys: string }>;
}

const { password, kdf, people } = vectors<People>('people.json');
const stretched = await stretch(password, kdf);
const identity = (title: unknown, engine: ChosenEngine = 'wasm') =>
  Identity.unlock(people[title as string]!.wrappedKeys, stretched, { engine });
const contact = (title: unknown) => {
  const { history, username } = people[title as string]!;
  return Contact.from(history, { username });
};

const bytes = (text: unknown) => new Uint8Array(Buffer.from(text as string, 'base64url'));
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
  new Uint8Array(await new Response(stream).arrayBuffer());
const given = (members: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/** Runs every case of a file. */
function run(
  name: string,
  outcome: (input: never, engine: ChosenEngine) => Promise<unknown>,
  engines: readonly ChosenEngine[] = ['wasm'],
): void {
  const { about, cases } = vectors<{ about: string; cases: Case[] }>(name);
  describe(`${name}: ${about}`, () => {
    for (const { name, expect, ...input } of cases) {
      if (input['makes'] === 'rotation') continue; // JavaScript has no way in for these keys.
      for (const engine of engines) {
        test(`${name}${engines.length > 1 ? `, with ${engine}` : ''}`, async () => {
          const came = await outcome(input as never, engine).then(
            (ok) => ({ ok }),
            (error: unknown) => {
              assert(error instanceof PliError, `not a PliError: ${String(error)}`);
              return { code: error.code };
            },
          );
          assert.deepEqual(came, expect);
        });
      }
    }
  });
}

run('contacts.json', async (input: { history: History; username: string; pin?: History }) => {
  const { history, username, pin } = input;
  return (await Contact.from(history, pin === undefined ? { username } : { username, pin })).pin;
});

run(
  'envelopes.json',
  async (input: Record<string, string>, engine) => {
    using reader = await identity(input['reader'], engine);
    const options = given({ id: input['id'] });
    return await reader.open(input['envelope']!, await contact(input['sender']), options);
  },
  ENGINES,
);

interface OpenedFile {
  descriptor: FileDescriptor;
  sealed: string;
  policy?: FilePolicy;
  range?: [number, number];
}

run(
  'files.json',
  async ({ descriptor, sealed, policy, range }: OpenedFile, engine) => {
    const file = bytes(sealed);
    if (range === undefined) {
      return base64url(await read(openFile(descriptor, file, given({ policy, engine }))));
    }
    const fetchRange = (start: number, end: number) => file.slice(start, end);
    return base64url(await openFileRange(descriptor, ...range, fetchRange, { engine }));
  },
  ENGINES,
);

run('passwords.json', async ({ password, kdf }: { password: string; kdf: Kdf }) =>
  loginSecret(password, kdf),
);

run(
  'recovery-codes.json',
  async ({ code, wrappedKeys }: { code: string; wrappedKeys?: string }, engine) => {
    if (wrappedKeys === undefined) return { recoverySecret: await recoverySecret(code) };
    using recovered = await Identity.recover(wrappedKeys, code, { engine });
    return { recoverySecret: await recoverySecret(code), username: recovered.username };
  },
  ENGINES,
);

run('safety-numbers.json', async ({ one, other }: { one: string; other: string }) => {
  using own = await identity(one);
  return await safetyNumber(own, await contact(other));
});

run('signatures.json', async (input: { signer: string; jws: string; bytes: string }) =>
  verify(input.jws, bytes(input.bytes), await contact(input.signer)),
);

interface WrappedKeys {
  wrappedKeys: string;
  username?: string;
  pin?: History;
}

run(
  'wrapped-keys.json',
  async ({ wrappedKeys, username, pin }: WrappedKeys, engine) => {
    const expected = given({ username, pin, engine });
    using unlocked = await Identity.unlock(wrappedKeys, stretched, expected);
    return { username: unlocked.username, statements: unlocked.history.length };
  },
  ENGINES,
);

interface Made {
  makes: 'file' | 'letter' | 'recovery kit' | 'signature' | 'wrapped keys';
  by: string;
  seed: string;
  to: string[];
  content: Content;
  id?: string;
  now: number;
  bytes: string;
  kdf?: Kdf;
  fileName: string;
  mediaType: string;
  length: number;
  size: number;
  policy?: FilePolicy;
}

run('sealing.json', async (made: Made) => {
  if (made.makes === 'file') return await withFixedRandomness(made.seed, () => sealedFile(made));
  using maker = await identity(made.by);
  const to = await Promise.all((made.to ?? []).map(contact));
  const clock = mock.method(Date, 'now', () => made.now);
  try {
    return await withFixedRandomness(made.seed, async () => {
      switch (made.makes) {
        case 'letter':
          return await maker.seal(made.content, to, given({ id: made.id }));
        case 'signature':
          return await maker.sign(bytes(made.bytes));
        case 'wrapped keys': {
          const { kdf, wrappedKeys } = await maker.lock(password, given({ kdf: made.kdf }));
          return { kdf, wrappedKeys };
        }
        case 'recovery kit':
          return await maker.recoveryKit();
        default:
          throw new Error(`nothing makes ${made.makes}`);
      }
    });
  } finally {
    clock.mock.restore();
  }
});

async function sealedFile({ fileName, mediaType, length, size, policy }: Made): Promise<unknown> {
  const text = Uint8Array.from({ length }, (_, n) => n % 251);
  const options = given({ policy });
  const file = sealFile(new Blob([text]).stream(), {
    name: fileName,
    mediaType,
    size,
    engine: 'wasm',
    ...options,
  });
  const sealed = await read(file.stream);
  return {
    sha256: createHash('sha256').update(sealed).digest('base64url'),
    descriptor: await file.descriptor,
  };
}

test('where the host has no randomness nothing is made', async () => {
  using alice = await identity('alice');
  const source = mock.method(globalThis.crypto, 'getRandomValues', () => {
    throw new Error('no entropy');
  });
  try {
    await refused('not_supported', () => alice.seal({ text: 'x' }, []));
    await refused('not_supported', () => alice.sign(new Uint8Array(1)));
    await refused('not_supported', () => alice.recoveryKit());
  } finally {
    source.mock.restore();
  }
});
