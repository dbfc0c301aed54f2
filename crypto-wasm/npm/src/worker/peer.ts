import { invalid, PliError } from '../error.js';
import { Lifetime } from './lifetime.js';
import { type End, type Packed, Packing, Remark } from './packing.js';

/** @internal What carries messages: a Worker, or the global scope inside of it. */
export interface Channel {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: 'message', heard: (event: MessageEvent) => void): void;
  removeEventListener(type: 'message', heard: (event: MessageEvent) => void): void;
}

type Message =
  | { pli: 'call'; id: number; target: string | number; args: Packed[] }
  | { pli: 'answer'; id: number; value: Packed }
  | { pli: 'failure'; id: number; error: Packed };

type Call = {
  life: Lifetime;
  resolve: (value: unknown) => void;
  reject: (cause: unknown) => void;
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
  readonly #packing: Packing;
  #count = 0;
  /** What calls fail with since the channel was closed. */
  over: PliError | undefined;

  constructor(
    private readonly channel: Channel,
    private readonly end: End,
  ) {
    this.#packing = new Packing(this, end);
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
        const packed = args.map((arg) => this.#packing.pack(arg, transfer, life));
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
        this.#settle(message.id, (call) =>
          call.resolve(this.#packing.unpack(message.value, call.life)),
        );
        break;
      case 'failure':
        this.#settle(message.id, (call) =>
          call.reject(this.#packing.unpack(message.error, call.life)),
        );
        break;
    }
  };

  async #answer({ id, target, args }: Message & { pli: 'call' }): Promise<void> {
    const life = new Lifetime(() => {});
    const transfer: Transferable[] = [];
    try {
      const given = args.map((arg) => this.#packing.unpack(arg, life));
      const known = typeof target === 'number' ? this.#exports.get(target) : undefined;
      const value = typeof target === 'string' ? this.end.run(target, given) : known?.(...given);
      const packed = this.#packing.pack(await value, transfer, life);
      if (this.over === undefined) this.#post({ pli: 'answer', id, value: packed }, transfer);
    } catch (cause) {
      if (this.over === undefined) this.#fail(id, cause, life);
    }
  }

  /** Answers that there is no answer, and why, as far as that can be told. */
  #fail(id: number, cause: unknown, life: Lifetime): void {
    try {
      const told = cause instanceof PliError ? cause : new Remark(cause);
      this.#post({ pli: 'failure', id, error: this.#packing.pack(told, [], life) }, []);
    } catch {
      this.#post({ pli: 'failure', id, error: undefined }, []);
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

  /** A number under which the other end can call this. */
  export(work: (...args: unknown[]) => unknown): number {
    const id = (this.#count += 1);
    this.#exports.set(id, work);
    return id;
  }

  /** Nobody will call it any more. */
  forget(id: number): void {
    this.#exports.delete(id);
  }
}
