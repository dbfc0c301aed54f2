import type * as Package from '@pli/crypto';

// What the tests of the package and those of its worker, which run in a page, both try: calls with
// anything whatever in place of an argument.

type Pli = typeof Package;

const PASSWORD = 'a long password';

/** What calls are made with. */
export type Given = Awaited<ReturnType<typeof given>>;

/** Made by the package itself. */
export async function given(pli: Pli) {
  const made = await pli.Identity.generate({ username: 'alice', bits: 2048 });
  const { wrappedKeys, kdf } = await made.lock(PASSWORD);
  const stretched = await pli.stretch(PASSWORD, kdf);
  const identities = {
    wasm: await pli.Identity.unlock(wrappedKeys, stretched, { engine: 'wasm' }),
    webcrypto: await pli.Identity.unlock(wrappedKeys, stretched, { engine: 'webcrypto' }),
  };
  const contact = await pli.Contact.from(made.history, { username: 'alice' });
  const { envelope } = await made.seal({ text: 'hello' }, []);
  const bytes = new TextEncoder().encode('hello');
  const signature = await made.sign(bytes);
  made.destroy();
  const label = { name: 'a.txt', mediaType: 'text/plain' };
  const file = pli.sealFile(bytes, label);
  const sealed = await read(file.stream);
  return {
    ...{ password: PASSWORD, kdf, stretched, wrappedKeys, history: contact.pin, identities },
    ...{ contact, envelope, bytes, signature, label, sealed, descriptor: await file.descriptor },
  };
}

/** Through a Response, an error of the stream would come out as one of the host's. */
export async function read(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  const pieces = [];
  for (let next; !(next = await reader.read()).done;) pieces.push(next.value);
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;
const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

const detached = new Uint8Array(9);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

const throwing = () => {
  throw new RangeError('odd');
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
/** TypeScript's library of 2023 does not know them yet. */
const Resizable = ArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => ArrayBuffer & { resize(length: number): void };
/** A page has no other way to shared memory. */
const shared = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
class OddStream extends ReadableStream<Uint8Array> {
  constructor() {
    super({ start: (controller) => controller.close() });
  }

  override getReader(): never {
    return {} as never;
  }
}
const resizable = new Resizable(8, { maxByteLength: 16 });
const outOfBounds = new Uint8Array(resizable, 4, 4);
resizable.resize(2);

/** What stands in place of an argument. */
export const ODD: [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['true', true],
  ['NaN', NaN],
  ['-0', -0],
  ['-1', -1],
  ['a fraction', 1.5],
  ['2^32', 2 ** 32],
  ['2^53', 2 ** 53],
  ['infinity', Infinity],
  ['a bigint', 1n],
  ['a symbol', Symbol('odd')],
  ['a function', () => 'odd'],
  ['an empty string', ''],
  ['NUL', '\0'],
  ['a lone surrogate', '\ud800'],
  ['a million letters', 'x'.repeat(1_000_000)],
  ['JSON a hundred thousand deep', deep],
  ['an empty object', {}],
  ['an object without a prototype', Object.create(null)],
  ['an empty array', []],
  ['an array of nulls', [null, null]],
  ['a date', new Date(NaN)],
  ['a cyclic object', cyclic],
  ['no bytes', new Uint8Array(0)],
  ['detached bytes', detached],
  ['other numbers', new Float64Array(4)],
  ['toJSON that throws', { toJSON: throwing }],
  ['a Proxy that throws', new Proxy({}, { get: throwing, has: throwing, ownKeys: throwing })],
  ['a revoked Proxy', revoked.proxy],
  ['a Proxy of bytes', new Proxy(new Uint8Array(8), {})],
  ['a Proxy of a Blob', new Proxy(new Blob(['x']), {})],
  ['a Proxy of a stream', new Proxy(new Blob(['x']).stream(), {})],
  ['a Proxy of a Response', new Proxy(new Response('x'), {})],
  ['what is a Blob by name only', Object.create(Blob.prototype)],
  ['what is a stream by name only', Object.create(ReadableStream.prototype)],
  ['what are bytes by name only', Object.create(Uint8Array.prototype)],
  ['a signal by name only', Object.create(AbortSignal.prototype)],
  ['a Proxy of a signal', new Proxy(new AbortController().signal, {})],
  ['a stream with a reader of its own', new OddStream()],
  ['shared bytes', new Uint8Array(shared.buffer)],
  ['resizable bytes', new Uint8Array(new Resizable(8, { maxByteLength: 16 }))],
  ['bytes out of bounds', outOfBounds],
  ['a Response that failed', new Response('x', { status: 500 })],
  ['__proto__', JSON.parse('{"__proto__": {"text": "odd"}}')],
];

type Odd = new (...odd: unknown[]) => unknown;

/** Every call, with one of its arguments to be replaced. */
export function calls(
  pli: Pli,
  engine: Package.ChosenEngine,
  given: Given,
): Record<string, (odd: never) => unknown> {
  const { Contact, fileEngine, Identity, init, loginSecret, openFile, openFileRange } = pli;
  const { passwordKdf, recoverySecret, safetyNumber, sealFile, stretch, verify } = pli;
  const { password, kdf, stretched, wrappedKeys, history, contact, envelope, bytes } = given;
  const { signature, label, sealed, descriptor } = given;
  const alice = given.identities[engine];
  return {
    'Contact.from(odd)': (odd) => Contact.from(odd, { username: 'alice' }),
    'Contact.from(…, odd)': (odd) => Contact.from(history, odd),
    'Contact.from(…, { username: odd })': (odd) => Contact.from(history, { username: odd }),
    'Contact.from(…, { pin: odd })': (odd) =>
      Contact.from(history, { username: 'alice', pin: odd }),
    'Identity.generate(odd)': (odd) => Identity.generate(odd),
    'Identity.generate({ username: odd })': (odd) =>
      Identity.generate({ username: odd, bits: 1 as never }),
    'Identity.unlock(odd)': (odd) => Identity.unlock(odd, stretched, { engine }),
    'Identity.unlock(…, {}, odd)': (odd) => Identity.unlock(wrappedKeys, stretched, odd),
    'Identity.unlock(…, { username: odd })': (odd) =>
      Identity.unlock(wrappedKeys, stretched, { username: odd }),
    'Identity.unlock(…, { pin: odd })': (odd) =>
      Identity.unlock(wrappedKeys, stretched, { pin: odd }),
    'Identity.recover(odd)': (odd) => Identity.recover(odd, '000G'),
    'Identity.recover(…, odd)': (odd) => Identity.recover(wrappedKeys, odd),
    'lock(…, { kdf: odd })': (odd) => alice.lock(password, { kdf: odd ?? {} }),
    'seal(odd)': (odd) => alice.seal(odd, []),
    'seal({ text: odd })': (odd) => alice.seal({ text: odd }, []),
    'seal({ file: odd })': (odd) => alice.seal({ file: odd }, []),
    'seal(…, odd)': (odd) => alice.seal({ text: '' }, odd),
    'seal(…, [odd])': (odd) => alice.seal({ text: '' }, [odd]),
    'seal(…, { id: odd })': (odd) => alice.seal({ text: '' }, [], { id: odd }),
    'open(odd)': (odd) => alice.open(odd, contact),
    'open(…, odd)': (odd) => alice.open(envelope, odd),
    'open(…, { id: odd })': (odd) => alice.open(envelope, contact, { id: odd }),
    'sign(odd)': (odd) => alice.sign(odd),
    'verify(odd)': (odd) => verify(odd, bytes, contact),
    'verify(…, odd)': (odd) => verify(signature, odd, contact),
    'verify(…, …, odd)': (odd) => verify(signature, bytes, odd),
    'safetyNumber(odd)': (odd) => safetyNumber(odd, contact),
    'stretch(…, odd)': (odd) => stretch(password, odd),
    'stretch(…, { m: odd })': (odd) => stretch(password, { ...kdf, m: odd ?? 0 }),
    'stretch(…, { salt: odd })': (odd) => stretch(password, { ...kdf, salt: odd ?? '' }),
    'loginSecret(…, odd)': (odd) => loginSecret(password, odd),
    'passwordKdf(odd)': (odd) => passwordKdf(odd),
    'recoverySecret(odd)': (odd) => recoverySecret(odd),
    'sealFile(odd)': (odd) => read(sealFile(odd, { ...label, engine }).stream),
    'sealFile(…, odd)': (odd) => read(sealFile(bytes, odd).stream),
    'sealFile(…, { name: odd })': (odd) =>
      read(sealFile(bytes, { ...label, engine, name: odd }).stream),
    'sealFile(…, { mediaType: odd })': (odd) =>
      read(sealFile(bytes, { ...label, engine, mediaType: odd }).stream),
    'sealFile(…, { size: odd })': (odd) =>
      read(sealFile(new Blob([bytes]).stream(), { ...label, engine, size: odd }).stream),
    'sealFile(…, { policy: odd })': (odd) =>
      read(sealFile(bytes, { ...label, engine, policy: odd }).stream),
    'openFile(odd)': (odd) => read(openFile(odd, sealed, { engine })),
    'openFile(…, odd)': (odd) => read(openFile(descriptor, odd, { engine })),
    'openFile(…, { policy: odd })': (odd) =>
      read(openFile(descriptor, sealed, { engine, policy: odd })),
    'openFile({ size: odd })': (odd) =>
      read(openFile({ ...descriptor, size: odd } as Package.FileDescriptor, sealed)),
    'openFileRange(odd)': (odd) => openFileRange(odd, 0, 1, () => sealed, { engine }),
    'openFileRange(…, odd)': (odd) => openFileRange(descriptor, odd, 5, () => sealed, { engine }),
    'openFileRange(…, 0, odd)': (odd) =>
      openFileRange(descriptor, 0, odd, () => sealed, { engine }),
    'openFileRange(…, () => odd, { engine })': (odd) =>
      openFileRange(descriptor, 0, 1, () => odd, { engine }),
    'Identity.unlock(…, { engine: odd })': (odd) =>
      Identity.unlock(wrappedKeys, stretched, { engine: odd }),
    'Identity.generate({ onProgress: odd })': (odd) =>
      Identity.generate({ username: 'alice', bits: 1 as never, onProgress: odd }),
    'Identity.generate({ bits: odd })': (odd) =>
      Identity.generate({ username: 'alice', bits: odd ?? 1 }),
    'rotate({ bits: odd })': (odd) => alice.rotate({ bits: odd ?? 1 }),
    'lockWith(odd)': (odd) => alice.lockWith(odd),
    'Identity.unlockWith(…, odd)': (odd) => Identity.unlockWith(wrappedKeys, odd),
    'sealFile(…, { signal: odd })': (odd) =>
      read(sealFile(bytes, { ...label, signal: odd, engine }).stream),
    'sealFile(…, { onProgress: odd })': (odd) =>
      read(sealFile(bytes, { ...label, onProgress: odd, engine }).stream),
    'openFile(…, …, odd)': (odd) => read(openFile(descriptor, sealed, odd)),
    'openFileRange(…, …, odd)': (odd) => openFileRange(descriptor, 0, 1, () => sealed, odd),
    'fileEngine(odd)': (odd) => fileEngine(odd),
    'init({ module: odd })': (odd) => init({ module: odd }),
    'new Identity(odd)': (odd) => new (Identity as unknown as Odd)(odd),
    'new Identity({ held: odd })': (odd) => new (Identity as unknown as Odd)({ held: odd }),
    'new Contact(odd)': (odd) => new (Contact as unknown as Odd)(odd),
    'new Stretched(odd)': (odd) => new (stretched.constructor as Odd)(odd),
    'Identity.prototype.seal.call(odd)': (odd) =>
      Identity.prototype.seal.call(odd, { text: '' }, []),
    'Identity.prototype.destroy.call(odd)': (odd) => Identity.prototype.destroy.call(odd),
  };
}

/** What is wrong with how a call takes odd arguments: it answers, or throws a PliError that blames them. */
export async function complaints(
  pli: Pli,
  call: (odd: never) => unknown,
  more: typeof ODD = [],
): Promise<string[]> {
  const complaints: string[] = [];
  const named: typeof ODD = [
    ['what is an identity by name only', Object.create(pli.Identity.prototype)],
    ['what is a contact by name only', Object.create(pli.Contact.prototype)],
  ];
  for (const [what, odd] of [...ODD, ...named, ...more]) {
    try {
      await inTime(call(odd as never));
    } catch (error) {
      if (!(error instanceof pli.PliError)) complaints.push(`${what}: ${String(error)}`);
      else if (error.code === 'internal') complaints.push(`${what}: ${String(error.cause)}`);
    }
  }
  return complaints;
}

async function inTime(call: unknown): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it never settles')), 10_000);
  });
  try {
    await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
