import { PageError } from '../failure';
import { script } from '../scripts';
import type { Sink } from './sink';
import { FOLDER, type FromWorker, type Offer, type ToWorker } from './stream-messages';

/** An idle service worker is ended after half a minute. */
const WAKE = 10_000;

/** Longest wait for the service worker to answer, and for the browser to ask it for the file. */
const PATIENCE = 10_000;

/** A download streamed through a service worker; undefined where there can't be one. */
export async function streamSink(name: string, size: number): Promise<Sink | undefined> {
  const worker = await serviceWorker().catch(() => undefined);
  if (!worker) return undefined;
  const address = `${FOLDER}${crypto.randomUUID()}`;
  const { port1: port, port2 } = new MessageChannel();
  const say = (message: ToWorker, transfer: Transferable[] = []) =>
    port.postMessage(message, transfer);
  const ear = listen(port);
  const frame = document.createElement('iframe');
  frame.hidden = true;
  // Without its origin it would not be the service worker's; should the server answer it, nothing runs.
  frame.sandbox.add('allow-same-origin', 'allow-downloads');
  frame.src = address;
  const waker = setInterval(() => worker.postMessage('awake'), WAKE);
  const leave = () => {
    clearInterval(waker);
    port.close();
    frame.remove();
  };
  const abort = async () => {
    say('failed');
    ear.stop();
    leave();
  };
  try {
    worker.postMessage({ address, name, size } satisfies Offer, [port2]);
    await within(ear.next('ready'));
    document.body.append(frame);
    await within(ear.next('asked'));
  } catch {
    await abort();
    return undefined;
  }
  return {
    async write(bytes) {
      await ear.next('more');
      say(bytes, [bytes.buffer]);
    },
    async close() {
      await ear.next('more');
      say('end');
      await ear.next('ended');
      leave();
    },
    abort,
  };
}

async function serviceWorker(): Promise<ServiceWorker | undefined> {
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer };
  if (!serviceWorker) return undefined;
  const registration = await serviceWorker.register(script('save-worker'), {
    scope: FOLDER,
    updateViaCache: 'none',
  });
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  if (!worker || worker.state === 'activated') return worker ?? undefined;
  await within(
    new Promise<void>((resolve, reject) => {
      worker.addEventListener('statechange', () => {
        if (worker.state === 'activated') resolve();
        if (worker.state === 'redundant') reject(new PageError('disk_refused'));
      });
    }),
  );
  return worker;
}

/** Hears the worker's words one at a time; `stopped` ends every wait, as does `stop`. */
function listen(port: MessagePort) {
  const heard: FromWorker[] = [];
  let wake = () => {};
  const hear = (word: FromWorker) => {
    heard.push(word);
    wake();
  };
  port.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(data);
  return {
    stop: () => hear('stopped'),
    async next(word: FromWorker): Promise<void> {
      while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      if (heard.shift() !== word) throw new PageError('cancelled');
    },
  };
}

async function within<T>(work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new PageError('disk_refused')), PATIENCE);
  });
  return await Promise.race([work, late]);
}
