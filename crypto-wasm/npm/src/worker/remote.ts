import { invalid, PliError } from '../error.js';
import { connected } from './connection.js';
import type { End } from './packing.js';
import type { Peer } from './peer.js';

/** @internal The classes whose objects stay in the worker. */
export type Kind = 'Identity' | 'Contact' | 'Stretched';

/** @internal What travels in place of such an object: its number, and what can be read of it: for good, or for now. */
export interface Handle {
  kind: Kind;
  id: number;
  fields: Record<string, unknown>;
  members: Record<string, unknown>;
}

/** @internal Every public member of a class or its objects: is it called, read, or fixed? */
export type Members<T> = {
  readonly [K in Exclude<keyof T & string, 'destroy' | 'prototype'>]: T[K] extends (
    ...args: never[]
  ) => unknown
    ? 'call'
    : 'read' | 'field';
};

interface State extends Handle {
  peer: Peer;
  destroyed: boolean;
}

const states = new WeakMap<object, State>();
/** From the worker: nothing else makes an object. */
const arrived = new WeakSet<Handle>();
const classes = new Map<Kind, new (handle: Handle) => object>();
const forgotten = new FinalizationRegistry(release);

/** @internal This end of the channel: it serves nothing, and holds handles only. */
export const end: End = {
  run: (name) => {
    throw new PliError('internal', `the page has no ${name}`);
  },
  packHandle(value) {
    if (!states.has(value)) return undefined;
    return { id: stateOf(value).id };
  },
  unpackHandle(packed) {
    const handle = packed as Handle;
    arrived.add(handle);
    return new (classes.get(handle.kind)!)(handle);
  },
  ownsBytes: false,
};

function stateOf(object: object, kind?: Kind): State {
  const state = ownState(object, kind);
  if (state.destroyed) throw new PliError('destroyed', 'this object has been destroyed');
  if (state.peer.over !== undefined) throw state.peer.over;
  return state;
}

function ownState(object: object, kind?: Kind): State {
  const state = states.get(object);
  if (state === undefined || (kind ?? state.kind) !== state.kind) {
    throw invalid(`this is no ${kind} that the package has made`);
  }
  return state;
}

function release({ id, peer }: { id: number; peer: Peer }): void {
  if (peer.over === undefined) peer.call('release', [id]).catch(() => {});
}

/** @internal A function of the library, run in the worker. */
export function remoteFunction<F>(name: string): F {
  const call = async (...args: unknown[]) => {
    try {
      return await connected(end).call(name, args);
    } catch (cause) {
      throw PliError.from(cause);
    }
  };
  return call as F;
}

/** @internal A class of the library whose objects stay in the worker. */
export function remoteClass<C extends { prototype: object }>(
  kind: Kind,
  statics: Members<C>,
  members: Members<C['prototype']>,
): C {
  class Remote {
    constructor(handle: Handle) {
      if (!arrived.has(handle)) throw invalid(`no ${kind} is made by new`);
      const peer = connected(end);
      Object.assign(this, handle.fields);
      states.set(this, { ...handle, peer, destroyed: false });
      forgotten.register(this, { id: handle.id, peer }, this);
    }

    destroy(): void {
      const state = ownState(this, kind);
      if (state.destroyed) return;
      state.destroyed = true;
      forgotten.unregister(this);
      release(state);
    }

    [Symbol.dispose](): void {
      this.destroy();
    }

    get [Symbol.toStringTag](): string {
      return kind;
    }
  }
  Object.defineProperty(Remote, 'name', { value: kind });
  for (const name of Object.keys(statics)) {
    Object.defineProperty(Remote, name, { value: remoteFunction(`${kind}.${name}`) });
  }
  for (const [name, how] of Object.entries(members)) {
    if (how === 'field') continue;
    Object.defineProperty(
      Remote.prototype,
      name,
      how === 'call' ? { value: remoteMethod(kind, name) } : { get: read(kind, name) },
    );
  }
  classes.set(kind, Remote);
  return Remote as unknown as C;
}

function remoteMethod(kind: Kind, name: string) {
  return async function (this: object, ...args: unknown[]): Promise<unknown> {
    const { peer } = stateOf(this, kind);
    const answer = await peer.call(`${kind}#${name}`, [this, ...args]).catch((cause: unknown) => {
      throw PliError.from(cause);
    });
    const [result, members] = answer as [unknown, Handle['members']];
    stateOf(this, kind).members = members; // Destroyed in the meantime, it gives nothing out.
    return result;
  };
}

function read(kind: Kind, name: string) {
  return function (this: object): unknown {
    return stateOf(this, kind).members[name];
  };
}
