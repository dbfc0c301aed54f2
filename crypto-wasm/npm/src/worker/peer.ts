import { invalid, PliError } from '../error.js';
import { Lifetime } from './lifetime.js';

/** @internal What carries messages: a Worker, or the global scope inside of it. */
export interface Channel {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: 'message', heard: (event: MessageEvent) => void): void;
  removeEventListener(type: 'message', heard: (event: MessageEvent) => void): void;
}

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

/** What `postMessage` takes: primitives and arrays as they are, everything else says what it is. */
type Packed = unknown;
type Tagged =
  | { is: 'object'; members: Record<string, Packed> }
  | { is: 'bytes' | 'clone'; value: unknown }
  | { is: 'url'; href: string }
  | { is: 'function' | 'promise' | 'stream'; id: number }
  | { is: 'signal'; id: number; aborted: boolean; reason: Packed }
  | { is: 'response'; status: number; mediaType: string; body: Packed }
  | { is: 'error'; code: PliError['code']; message: string; cause: Packed }
  | { is: 'handle'; handle: object };

type Message =
  | { pli: 'call'; id: number; target: string | number; args: Packed[] }
  | { pli: 'answer'; id: number; value: Packed }
  | { pli: 'failure'; id: number; error: Packed };

type Call = {
  life: Lifetime;
  resolve: (value: unknown) => void;
  reject: (cause: PliError) => void;
};

/**
 * @internal One end of a channel over which functions are called. Arguments and results may hold
 * functions, promises, streams, signals and responses: they stay where they are, and the other end
 * gets one that calls back. Streams are pulled a chunk at a time, so that a slow reader holds up
 * the writer and an error keeps its code, which transferred streams don't see to.
 */
export class Peer {
  readonly #calls = new Map<number, Call>();
  readonly #exports = new Map<number, (...args: unknown[]) => unknown>();
  #count = 0;
  /** What calls fail with since the channel was closed. */
  over: PliError | undefined;

  constructor(
    private readonly channel: Channel,
    private readonly end: End,
  ) {
    channel.addEventListener('message', this.#heard);
  }

  /** Calls a function of the other end, by its name or by the number it was given. */
  call(target: string | number, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.over !== undefined) throw this.over;
      const life = new Lifetime(reject);
      const transfer: Transferable[] = [];
      const id = (this.#count += 1);
      try {
        const packed = args.map((arg) => this.#pack(arg, transfer, life));
        this.#post({ pli: 'call', id, target, args: packed }, transfer);
      } catch (cause) {
        life.end();
        throw cause instanceof PliError ? cause : invalid('an argument can not go to a worker');
      }
      this.#calls.set(id, { life, resolve, reject });
    });
  }

  /** Fails every call that waits, and every later one. */
  close(error: PliError, later: PliError): void {
    if (this.over !== undefined) return;
    this.over = later;
    this.channel.removeEventListener('message', this.#heard);
    for (const { life, reject } of this.#calls.values()) {
      reject(error);
      life.end();
    }
    this.#calls.clear();
    this.#exports.clear();
  }

  readonly #heard = (event: MessageEvent): void => {
    const message = event.data as Message | undefined;
    switch (message?.pli) {
      case 'call':
        void this.#answer(message);
        break;
      case 'answer':
        this.#settle(message.id, (call) => call.resolve(this.#unpack(message.value, call.life)));
        break;
      case 'failure':
        this.#settle(message.id, (call) =>
          call.reject(PliError.from(this.#unpack(message.error, call.life))),
        );
        break;
    }
  };

  async #answer({ id, target, args }: Message & { pli: 'call' }): Promise<void> {
    const life = new Lifetime(() => {});
    const transfer: Transferable[] = [];
    try {
      const given = args.map((arg) => this.#unpack(arg, life));
      const known = typeof target === 'number' ? this.#exports.get(target) : undefined;
      const value = typeof target === 'string' ? this.end.run(target, given) : known?.(...given);
      const packed = this.#pack(await value, transfer, life);
      if (this.over === undefined) this.#post({ pli: 'answer', id, value: packed }, transfer);
    } catch (cause) {
      if (this.over !== undefined) return;
      this.#post({ pli: 'failure', id, error: this.#pack(PliError.from(cause), [], life) }, []);
    }
  }

  #settle(id: number, how: (call: Call) => void): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (call === undefined) return;
    how(call);
    call.life.release();
  }

  #post(message: Message, transfer: Transferable[]): void {
    this.channel.postMessage(message, transfer);
  }

  #export(work: (...args: unknown[]) => unknown, life?: Lifetime): number {
    const id = (this.#count += 1);
    this.#exports.set(id, work);
    life?.atEnd(() => this.#exports.delete(id));
    return id;
  }

  #pack(value: unknown, transfer: Transferable[], life: Lifetime): Packed {
    if (typeof value === 'function') return this.#packFunction(value as () => unknown, life);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.#pack(item, transfer, life));
    const handle = this.end.packHandle(value);
    if (handle !== undefined) return { is: 'handle', handle } satisfies Tagged;
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
      this.#pack(member, transfer, life),
    ]);
    return { is: 'object', members: Object.fromEntries(members) } satisfies Tagged;
  }

  #unpack(packed: Packed, life: Lifetime): unknown {
    if (typeof packed !== 'object' || packed === null) return packed;
    if (Array.isArray(packed)) return packed.map((item) => this.#unpack(item, life));
    const tagged = packed as Tagged;
    switch (tagged.is) {
      case 'object': {
        const members = Object.entries(tagged.members);
        return Object.fromEntries(
          members.map(([name, member]) => [name, this.#unpack(member, life)]),
        );
      }
      case 'bytes':
      case 'clone':
        return tagged.value;
      case 'url':
        return new URL(tagged.href);
      case 'function':
        return (...args: unknown[]) => {
          const answer = this.call(tagged.id, args);
          answer.catch(() => {}); // The other end fails the call that it was an argument of.
          return answer;
        };
      case 'promise': {
        const answer = this.call(tagged.id, []);
        answer.catch(() => {});
        return answer;
      }
      case 'stream':
        return this.#unpackStream(tagged.id, life);
      case 'signal': {
        const controller = new AbortController();
        const abort = (reason: unknown) => controller.abort(reason);
        if (tagged.aborted) abort(this.#unpack(tagged.reason, life));
        else this.call(tagged.id, []).then(abort, () => {});
        return controller.signal;
      }
      case 'response': {
        const { status, mediaType } = tagged;
        const body = this.#unpack(tagged.body, life) as ReadableStream | null;
        if (status === 0) return Response.error();
        return new Response(body, { status, headers: { 'content-type': mediaType } });
      }
      case 'error': {
        const cause = this.#unpack(tagged.cause, life);
        return new PliError(tagged.code, tagged.message, cause === undefined ? {} : { cause });
      }
      case 'handle':
        return this.end.unpackHandle(tagged.handle);
    }
  }

  /** A function whose failure fails the call that it is an argument of, with its own error. */
  #packFunction(work: (...args: unknown[]) => unknown, life: Lifetime): Tagged {
    const id = this.#export(async (...args) => {
      try {
        return await work(...args);
      } catch (cause) {
        const error = PliError.from(cause);
        life.fail(error);
        throw error;
      }
    }, life);
    return { is: 'function', id };
  }

  #packPromise(promise: Promise<unknown>): Tagged {
    promise.catch(() => {});
    const id = this.#export(() => {
      this.#exports.delete(id);
      return promise;
    });
    return { is: 'promise', id };
  }

  #packSignal(signal: AbortSignal, life: Lifetime): Tagged {
    let over!: () => void;
    const aborted = new Promise<unknown>((resolve, reject) => {
      const abort = () => resolve(cloneable(signal.reason));
      signal.addEventListener('abort', abort);
      over = () => {
        signal.removeEventListener('abort', abort);
        reject(new PliError('aborted', 'the call is over'));
      };
    });
    aborted.catch(() => {});
    life.atEnd(over);
    const id = this.#export(() => aborted, life);
    const reason = this.#pack(cloneable(signal.reason), [], life);
    return { is: 'signal', id, aborted: signal.aborted, reason };
  }

  #packError({ code, message, cause }: PliError, life: Lifetime): Tagged {
    return { is: 'error', code, message, cause: this.#pack(cloneable(cause), [], life) };
  }

  #packStream(stream: ReadableStream): Tagged {
    const reader = stream.getReader();
    const id = this.#export(async (cancelled, reason) => {
      try {
        if (cancelled === true) await reader.cancel(reason);
        const { done, value } = await reader.read();
        if (done) this.#exports.delete(id);
        return done ? [] : [value as unknown];
      } catch (cause) {
        this.#exports.delete(id);
        throw cause;
      }
    });
    return { is: 'stream', id };
  }

  #unpackStream(id: number, life: Lifetime): ReadableStream {
    const release = life.hold();
    const cancel = (reason: unknown) => this.call(id, [true, cloneable(reason)]);
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
            const chunks = (await this.call(id, [])) as unknown[];
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

/** What comes along only for people to read, as far as it can. */
function cloneable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return undefined;
  }
}
