/**
 * What every host must be able to do: makes keys, seals and opens a text and a file of two segments,
 * and reads a range of it, on both engines. Takes the package as the host imports it.
 *
 * @param {typeof import('@pli/crypto')} pli
 * @returns {Promise<string>} 'fine'
 */
export async function exercise(pli) {
  const { Contact, fileEngine, Identity, PliError, safetyNumber } = pli;
  const { openFile, openFileRange, sealFile } = pli;
  const seen = [];
  const onProgress = (done) => seen.push(done);
  const alice = await Identity.generate({ username: 'alice', bits: 2048, onProgress });
  expect(seen[0] === 0 && seen.at(-1) === 4, `primes ${seen}`);
  const bob = await Identity.generate({ username: 'bob', bits: 2048, engine: 'wasm' });
  const engines = [alice.engine, bob.engine, fileEngine()].join();
  expect(engines === 'webcrypto,wasm,webcrypto', engines);
  const toBob = await Contact.from(bob.history, { username: 'bob' });
  const fromAlice = await Contact.from(alice.history, { username: 'alice' });
  const number = await safetyNumber(alice, toBob);
  expect(number === (await safetyNumber(bob, fromAlice)), 'the safety numbers differ');

  const text = await alice.seal({ text: 'bonjour' }, [toBob]);
  const letter = await bob.open(text.envelope, fromAlice, { id: text.id });
  expect(letter.text === 'bonjour' && letter.signer.current, JSON.stringify(letter));

  const plaintext = Uint8Array.from({ length: 1_500_000 }, (_, n) => n % 251);
  const file = sealFile(new Blob([plaintext]).stream(), {
    name: 'a.bin',
    mediaType: 'application/octet-stream',
    size: plaintext.length,
    policy: 'any',
  });
  const sealed = new Uint8Array(await new Response(file.stream).arrayBuffer());
  expect(sealed.length === file.sealedSize, `${sealed.length} bytes, not ${file.sealedSize}`);
  const descriptor = await file.descriptor;
  const opened = openFile(descriptor, new Response(sealed), { policy: 'any' });
  expect(same(await new Response(opened).arrayBuffer(), plaintext), 'another file came out');
  const fetchRange = (from, to) => sealed.slice(from, to);
  const range = await openFileRange(descriptor, 1_048_000, 1_049_000, fetchRange, {
    engine: 'wasm',
  });
  expect(same(range, plaintext.slice(1_048_000, 1_049_000)), 'another range came out');

  sealed[9] ^= 1;
  expect((await codeOf(drain(openFile(descriptor, sealed)))) === 'file_refused', 'the policy');
  const altered = drain(openFile(descriptor, sealed, { policy: 'any' }));
  expect((await codeOf(altered)) === 'file_corrupted', 'an altered file was opened');
  alice.destroy();
  bob.destroy();
  expect((await codeOf(alice.sign(sealed))) === 'destroyed', 'a destroyed identity signs');
  return 'fine';

  async function codeOf(call) {
    try {
      await call;
      return 'nothing';
    } catch (error) {
      return error instanceof PliError ? error.code : String(error);
    }
  }
}

/** Through a Response, an error of the stream would come out as one of the browser's. */
async function drain(stream) {
  const reader = stream.getReader();
  while (!(await reader.read()).done);
}

function same(a, b) {
  const [one, other] = [new Uint8Array(a), new Uint8Array(b)];
  return one.length === other.length && one.every((byte, n) => byte === other[n]);
}

function expect(truth, what) {
  if (!truth) throw new Error(what);
}
