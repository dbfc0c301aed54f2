import { abortSignal, whenAborted } from '../arguments.js';
import { PliError } from '../error.js';
import type { Lifetime } from './lifetime.js';
import type { Peer } from './peer.js';

/** @internal What one end of the channel knows and the other does not. */
export interface End {
  /** Runs what the other end calls by name. */
  run(name: string, args: unknown[]): unknown;
  /** An object that stays here, or stays there, as what may travel in its place. */
  packHandle(value: object): object | undefined;
  unpackHandle(packed: object): unknown;
  /** Whether buffers that are sent are nobody else's, so that they need not be copied. */
  ownsBytes: boolean;
}

/** @internal What `postMessage` takes: primitives and arrays as they are, everything else says what it is. */
export type Packed = unknown;

type Tagged =
  | { is: 'object'; members: Record<string, Packed> }
  | { is: 'bytes' | 'clone'; value: unknown }
  | { is: 'url'; href: string }
  | { is: 'function' | 'promise' | 'stream'; id: number }
  | { is: 'signal'; id: number; aborted: boolean; reason: Packed }
  | { is: 'response'; status: number; mediaType: string; body: Packed }
  | { is: 'error'; code: PliError['code']; message: string; cause: Packed }
  | { is: 'handle'; handle: object };

/** @internal Makes messages of arguments and results, and arguments and results of messages. */
export class Packing {
  constructor(
    private readonly peer: Peer,
    private readonly end: End,
  ) {}

  pack(value: unknown, transfer: Transferable[], life: Lifetime): Packed {
    if (typeof value === 'function') return this.#packFunction(value as () => unknown, life);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.pack(item, transfer, life));
    const handle = this.end.packHandle(value);
    if (handle !== undefined) return { is: 'handle', handle } satisfies Tagged;
    if (value instanceof Remark) return { is: 'clone', value: value.said } satisfies Tagged;
    if (value instanceof PliError) return this.#packError(value, life);
    if (value instanceof Uint8Array) {
      const whole = value.byteLength === value.buffer.byteLength && this.end.ownsBytes;
      const bytes = whole ? value : new Uint8Array(value);
      transfer.push(bytes.buffer as ArrayBuffer);
      return { is: 'bytes', value: bytes } satisfies Tagged;
    }
    if (value instanceof URL) return { is: 'url', href: value.href } satisfies Tagged;
    if (value instanceof AbortSignal) return this.#packSignal(value, life);
    if (value instanceof ReadableStream) return this.#packStream(value);
    if (value instanceof Promise) return this.#packPromise(value);
    if (value instanceof Response) {
      const body = value.body === null ? null : this.#packStream(value.body);
      const mediaType = value.headers.get('content-type') ?? '';
      return { is: 'response', status: value.status, mediaType, body } satisfies Tagged;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      return { is: 'clone', value } satisfies Tagged;
    }
    // Plain objects are copied here, for those that are proxies, which postMessage doesn't take.
    const members = Object.entries(value).map(([name, member]) => [
      name,
      this.pack(member, transfer, life),
    ]);
    return { is: 'object', members: Object.fromEntries(members) } satisfies Tagged;
  }

  unpack(packed: Packed, life: Lifetime): unknown {
    if (typeof packed !== 'object' || packed === null) return packed;
    if (Array.isArray(packed)) return packed.map((item) => this.unpack(item, life));
    const tagged = packed as Tagged;
    switch (tagged.is) {
      case 'object': {
        const members = Object.entries(tagged.members);
        return Object.fromEntries(
          members.map(([name, member]) => [name, this.unpack(member, life)]),
        );
      }
      case 'bytes':
      case 'clone':
        return tagged.value;
      case 'url':
        return new URL(tagged.href);
      case 'function':
        return (...args: unknown[]) => {
          const answer = this.peer.call(tagged.id, args);
          answer.catch(() => {}); // The other end fails the call that it was an argument of.
          return answer;
        };
      case 'promise': {
        const answer = new Promise((resolve, reject) => {
          life.onFailure(reject);
          this.peer.call(tagged.id, []).then(resolve, reject);
        });
        answer.catch(() => {});
        return answer;
      }
      case 'stream':
        return this.#unpackStream(tagged.id, life);
      case 'signal': {
        const controller = new AbortController();
        const abort = (reason: unknown) => controller.abort(reason);
        if (tagged.aborted) abort(this.unpack(tagged.reason, life));
        else this.peer.call(tagged.id, []).then(abort, () => {});
        return controller.signal;
      }
      case 'response': {
        const { status, mediaType } = tagged;
        const body = this.unpack(tagged.body, life) as ReadableStream | null;
        if (status === 0) return Response.error();
        return new Response(body, { status, headers: { 'content-type': mediaType } });
      }
      case 'error': {
        const cause = this.unpack(tagged.cause, life);
        return new PliError(tagged.code, tagged.message, cause === undefined ? {} : { cause });
      }
      case 'handle':
        return this.end.unpackHandle(tagged.handle);
    }
  }

  /** A function that throws, rather than failing later, fails the call that it is an argument of. */
  #packFunction(work: (...args: unknown[]) => unknown, life: Lifetime): Tagged {
    const id = this.peer.export((...args) => {
      try {
        return work(...args);
      } catch (cause) {
        const error = new PliError('invalid_argument', 'a callback threw', { cause });
        life.fail(error);
        throw error;
      }
    });
    life.atEnd(() => this.peer.forget(id));
    return { is: 'function', id };
  }

  #packPromise(promise: Promise<unknown>): Tagged {
    promise.catch(() => {});
    const id = this.peer.export(() => {
      this.peer.forget(id);
      return promise;
    });
    return { is: 'promise', id };
  }

  #packSignal(value: AbortSignal, life: Lifetime): Tagged {
    const signal = abortSignal(value)!;
    let over!: () => void;
    const aborted = new Promise<Remark>((resolve, reject) => {
      const unhear = whenAborted(signal, () => resolve(new Remark(signal.reason)));
      over = () => {
        unhear();
        reject(new PliError('aborted', 'the call is over'));
      };
    });
    aborted.catch(() => {});
    const id = this.peer.export(() => aborted);
    life.atEnd(() => {
      over();
      this.peer.forget(id);
    });
    const reason = this.pack(new Remark(signal.reason), [], life);
    return { is: 'signal', id, aborted: signal.aborted, reason };
  }

  #packError({ code, message, cause }: PliError, life: Lifetime): Tagged {
    return { is: 'error', code, message, cause: this.pack(new Remark(cause), [], life) };
  }

  #packStream(stream: ReadableStream): Tagged {
    const reader = new ReadableStreamDefaultReader<unknown>(stream);
    const id = this.peer.export(async (cancelled, reason) => {
      try {
        if (cancelled === true) await reader.cancel(reason);
        const { done, value } = await reader.read();
        if (done) this.peer.forget(id);
        return done ? [] : [value];
      } catch (cause) {
        this.peer.forget(id);
        throw cause;
      }
    });
    return { is: 'stream', id };
  }

  #unpackStream(id: number, life: Lifetime): ReadableStream {
    const release = life.hold();
    const cancel = (reason: unknown) => this.peer.call(id, [true, new Remark(reason)]);
    return new ReadableStream(
      {
        start: (controller) => {
          life.onFailure((error) => {
            controller.error(error);
            cancel(error).catch(() => {});
          });
        },
        pull: async (controller) => {
          try {
            const chunks = (await this.peer.call(id, [])) as unknown[];
            if (chunks.length > 0) {
              controller.enqueue(chunks[0]);
              return;
            }
            controller.close();
          } catch (cause) {
            controller.error(cause);
          }
          release();
        },
        cancel: async (reason) => {
          release();
          await cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
  }
}

/**
 * @internal What was thrown, or given as a reason. It comes along for people to read, as far as it
 * can, and is no more than that: it may be anything, and fails nothing.
 */
export class Remark {
  readonly said: unknown;

  constructor(said: unknown) {
    try {
      this.said = structuredClone(said);
    } catch {
      this.said = undefined;
    }
  }
}
