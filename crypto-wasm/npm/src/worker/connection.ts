import { reading } from '../arguments.js';
import { invalid, PliError } from '../error.js';
import type { End } from './packing.js';
import { type Channel, Peer } from './peer.js';

interface Connection {
  channel: ReadyChannel;
  peer: Peer;
  end: (error: PliError, later?: PliError) => void;
}

type Ready = { pli?: string; lock?: string } | undefined;

let connection: Connection | undefined;

/** @internal The way to the worker, which is started on the first call. */
export function connected(end: End): Peer {
  if (connection === undefined) {
    if (typeof Worker === 'undefined') {
      throw new PliError('not_supported', 'this host has no workers: import @pli/crypto here');
    }
    connection = connect(started(), end);
  }
  return connection.peer;
}

function started(): Worker {
  try {
    // Bundlers know this by its form.
    return new Worker(new URL('../worker-thread.js', import.meta.url), { type: 'module' });
  } catch (cause) {
    throw new PliError('internal', 'the worker could not be started', { cause });
  }
}

/** How long a worker that the app has made may take to load and say that it serves. */
const PATIENCE = 30_000;

/** @internal Takes a worker that the app has made, in place of the one in use. */
export function connectTo(worker: unknown, end: End): void {
  const checked = reading(() => workerOf(worker));
  terminate();
  const made = connect(checked, end);
  connection = made;
  setTimeout(() => {
    if (made.channel.isReady) return;
    const question = 'does it import @pli/crypto/worker/thread?';
    made.end(new PliError('internal', `the worker does not answer: ${question}`));
  }, PATIENCE);
}

/** The argument, when it is a worker, not by its prototype only: that throws where it is read. */
function workerOf(worker: unknown): Worker {
  const known = typeof Worker !== 'undefined' && worker instanceof Worker;
  if (!known || worker.onmessage === undefined) throw invalid('worker must be a Worker');
  return worker;
}

/**
 * Ends the worker, and with it every key in it: what waits fails with `aborted`, identities answer
 * `destroyed`. The next call starts another.
 */
export function terminate(): void {
  connection?.end(
    new PliError('aborted', 'the worker was terminated'),
    new PliError('destroyed', 'its worker was terminated'),
  );
}

function connect(worker: Worker, end: End): Connection {
  const channel = new ReadyChannel(worker, () => died());
  const peer = new Peer(channel, end);
  const made: Connection = {
    channel,
    peer,
    end(error, later = error) {
      if (connection === made) connection = undefined;
      peer.close(error, later);
      worker.terminate();
    },
  };
  const died = () => made.end(new PliError('internal', 'the worker has ended'));
  worker.addEventListener('error', (event) => {
    if (channel.isReady) return; // What else runs in the worker may fail on its own account.
    event.preventDefault();
    made.end(new PliError('internal', 'the worker could not be started', { cause: event.message }));
  });
  return made;
}

/** Keeps messages until the worker is there to hear them. */
class ReadyChannel implements Channel {
  #waiting: unknown[] | undefined = [];

  constructor(
    private readonly worker: Worker,
    died: () => void,
  ) {
    const heard = ({ data }: MessageEvent<Ready>) => {
      if (data?.pli !== 'ready') return;
      worker.removeEventListener('message', heard);
      for (const message of this.#waiting ?? []) worker.postMessage(message);
      this.#waiting = undefined;
      if (data.lock !== undefined) navigator.locks.request(data.lock, died).catch(() => {});
    };
    worker.addEventListener('message', heard);
    worker.postMessage({ pli: 'hello' }); // One that the app made may have been ready before.
  }

  get isReady(): boolean {
    return this.#waiting === undefined;
  }

  postMessage(message: unknown, transfer: Transferable[]): void {
    if (this.#waiting === undefined) this.worker.postMessage(message, transfer);
    else this.#waiting.push(structuredClone(message, { transfer }));
  }

  addEventListener(type: 'message', heard: (event: MessageEvent) => void): void {
    this.worker.addEventListener(type, heard);
  }

  removeEventListener(type: 'message', heard: (event: MessageEvent) => void): void {
    this.worker.removeEventListener(type, heard);
  }
}
