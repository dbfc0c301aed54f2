import { PliError } from '../error.js';
import * as library from '../library.js';
import { Stretched } from '../password.js';
import { Peer } from './peer.js';
import type { Handle, Kind } from './remote.js';

type Method = (...args: unknown[]) => unknown;

const classes = { Identity: library.Identity, Contact: library.Contact, Stretched };
const objects = new Map<number, object>();
let count = 0;

/**
 * @internal Serves the library to the page that has made this worker. A name is that of an export
 * (`verify`), of a static method (`Identity.unlock`) or of a method (`Identity#seal`), whose first
 * argument is then the object.
 */
export function serve(): void {
  new Peer(globalThis as unknown as Worker, {
    run,
    packHandle: keep,
    unpackHandle: (handle) => find((handle as Handle).id),
    ownsBytes: true,
  });
  void sayReady();
}

function run(name: string, args: unknown[]): unknown {
  if (name === 'release') return release(args[0] as number);
  const [, kind, separator, member] = /^(\w+?)(?:([.#])(\w+))?$/.exec(name) ?? [];
  const exported = (library as unknown as Record<string, Record<string, Method> & Method>)[kind!]!;
  if (separator === undefined) return exported(...args);
  if (separator === '.') return exported[member!]!(...args);
  return runMethod(args[0] as Record<string, Method>, member!, args.slice(1));
}

/** What a method comes to, and the object's members after it. */
async function runMethod(
  object: Record<string, Method>,
  method: string,
  args: unknown[],
): Promise<unknown> {
  const result = await object[method]!(...args);
  return [result, membersOf(object)];
}

function keep(value: object): Handle | undefined {
  const kinds = Object.keys(classes) as Kind[];
  const kind = kinds.find((kind) => value instanceof classes[kind]);
  if (kind === undefined) return undefined;
  objects.set((count += 1), value);
  return { kind, id: count, fields: { ...value }, members: membersOf(value) };
}

function find(id: number): object {
  const object = objects.get(id);
  if (object === undefined) throw new PliError('destroyed', 'this object has been destroyed');
  return object;
}

function release(id: number): void {
  (objects.get(id) as { destroy?: () => void } | undefined)?.destroy?.();
  objects.delete(id);
}

/** What the getters of an object give. */
function membersOf(object: object): Record<string, unknown> {
  const getters = Object.entries(
    Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object) as object),
  ).filter(([, { get }]) => get !== undefined);
  return Object.fromEntries(
    getters.map(([name]) => [name, (object as Record<string, unknown>)[name]]),
  );
}

/** A lock that is held as long as this worker lives tells the page when it no longer does. */
async function sayReady(): Promise<void> {
  const { locks } = navigator as { locks?: LockManager };
  const number = crypto.getRandomValues(new Uint32Array(4)).join('-');
  const lock = locks === undefined ? undefined : `pli-crypto-${number}`;
  if (lock !== undefined) {
    await new Promise<void>((held) => {
      void locks!.request(lock, () => {
        held();
        return new Promise(() => {});
      });
    });
  }
  const ready = () => postMessage({ pli: 'ready', lock });
  addEventListener('message', ({ data }: MessageEvent<{ pli?: string } | undefined>) => {
    if (data?.pli === 'hello') ready();
  });
  ready();
}
