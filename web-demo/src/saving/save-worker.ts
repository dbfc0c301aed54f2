/**
 * The service worker: answers a download with bytes that the page has opened, so that a file of any
 * size goes to the disk without being in memory. It sees no other request and caches nothing.
 */
import type { FromWorker, Offer, ToWorker } from './stream-messages';

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface Fetch extends Event {
  request: Request;
  respondWith(response: Response): void;
}

// The types of a service worker don't go together with those of a page.
const scope = self as unknown as {
  addEventListener(name: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(name: 'message', listener: (event: MessageEvent<Offer | 'awake'>) => void): void;
  addEventListener(name: 'fetch', listener: (event: Fetch) => void): void;
  skipWaiting(): Promise<void>;
};

const offers = new Map<string, Offer & { port: MessagePort }>();

scope.addEventListener('install', (event) => event.waitUntil(scope.skipWaiting()));

scope.addEventListener('message', ({ data, ports: [port] }) => {
  if (data === 'awake' || !port) return;
  offers.set(data.address, { ...data, port });
  port.postMessage('ready' satisfies FromWorker);
});

scope.addEventListener('fetch', (event) => {
  const address = new URL(event.request.url).pathname;
  const offer = offers.get(address);
  offers.delete(address);
  event.respondWith(offer ? answer(offer) : new Response(null, { status: 404 }));
});

function answer({ name, size, port }: Offer & { port: MessagePort }): Response {
  port.postMessage('asked' satisfies FromWorker);
  return new Response(bytesOf(port), {
    headers: {
      'Content-Type': 'application/octet-stream',
      ...(size < Infinity && { 'Content-Length': String(size) }),
      'Content-Disposition': `attachment; filename*=UTF-8''${encoded(name)}`,
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'X-Content-Type-Options': 'nosniff',
    },
  });
}

/** What comes through the port, one piece whenever the browser wants one. */
function bytesOf(port: MessagePort): ReadableStream<Uint8Array> {
  const say = (word: FromWorker) => port.postMessage(word);
  let taken = () => {};
  return new ReadableStream(
    {
      start(controller) {
        port.onmessage = ({ data }: MessageEvent<ToWorker>) => {
          if (data === 'failed') controller.error(new Error('the download was given up'));
          else if (data === 'end') controller.close();
          else controller.enqueue(data);
          if (data === 'end') say('ended');
          taken();
        };
      },
      pull() {
        say('more');
        return new Promise((resolve) => (taken = resolve));
      },
      cancel: () => say('stopped'),
    },
    { highWaterMark: 1 },
  );
}

/** A name as RFC 8187 wants it. */
function encoded(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
