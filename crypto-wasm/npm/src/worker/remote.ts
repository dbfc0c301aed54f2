import { PliError } from '../error.js';
import { connected } from './connection.js';
import type { End } from './packing.js';
import type { Peer } from './peer.js';

/** @internal The classes whose objects stay in the worker. */
export type Kind = 'Identity' | 'Contact' | 'Stretched';

/** @internal What travels in place of such an object: its number, and what can be read of it. */
export interface Handle {
  kind: Kind;
  id: number;
  members: Record<string, unknown>;
}

/** @internal Every public member of a class or its objects: is it called, or read? */
export type Members<T> = {
  readonly [K in Exclude<keyof T & string, 'destroy' | 'prototype'>]: T[K] extends (
    ...args: never[]
  ) => unknown
    ? 'call'
    : 'read';
};

interface State extends Handle {
  peer: Peer;
}

const states = new WeakMap<object, State | 'destroyed'>();
const classes = new Map<Kind, new (handle: Handle) => object>();
const forgotten = new FinalizationRegistry(release);

/** @internal This end of the channel: it serves nothing, and holds handles only. */
export const end: End = {
  run: (name) => {
    throw new PliError('internal', `the page has no ${name}`);
  },
  packHandle(value) {
    if (!states.has(value)) return undefined;
    const { id, peer } = stateOf(value);
    if (peer.over !== undefined) throw peer.over;
    return { id };
  },
  unpackHandle(packed) {
    const handle = packed as Handle;
    return new (classes.get(handle.kind)!)(handle);
  },
  ownsBytes: false,
};

function stateOf(object: object): State {
  const state = states.get(object) ?? 'destroyed';
  if (state === 'destroyed') throw new PliError('destroyed', 'this object has been destroyed');
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
      const peer = connected(end);
      states.set(this, { ...handle, peer });
      forgotten.register(this, { id: handle.id, peer }, this);
    }

    destroy(): void {
      const state = states.get(this) ?? 'destroyed';
      if (state === 'destroyed') return;
      states.set(this, 'destroyed');
      forgotten.unregister(this);
      release(state);
    }

    [Symbol.dispose](): void {
      this.destroy();
    }
  }
  Object.defineProperty(Remote, 'name', { value: kind });
  for (const name of Object.keys(statics)) {
    Object.defineProperty(Remote, name, { value: remoteFunction(`${kind}.${name}`) });
  }
  for (const [name, how] of Object.entries(members)) {
    Object.defineProperty(
      Remote.prototype,
      name,
      how === 'call'
        ? { value: remoteMethod(`${kind}#${name}`) }
        : { get: read(name), enumerable: true },
    );
  }
  classes.set(kind, Remote);
  return Remote as unknown as C;
}

function remoteMethod(name: string) {
  return async function (this: object, ...args: unknown[]): Promise<unknown> {
    const state = stateOf(this);
    const answer = await state.peer.call(name, [this, ...args]).catch((cause: unknown) => {
      throw PliError.from(cause);
    });
    const [result, members] = answer as [unknown, Handle['members']];
    state.members = members;
    return result;
  };
}

function read(name: string) {
  return function (this: object): unknown {
    return stateOf(this).members[name];
  };
}
