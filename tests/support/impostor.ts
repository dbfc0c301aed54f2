import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/** What the real server answers. */
export interface Truth {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A request that came to the impostor. */
export interface Asked {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Asks the real server, with this request or another body. */
  truth(body?: Buffer): Promise<Truth>;
}

/** How a request is answered in the real server's place. */
export type Lie = (asked: Asked, answer: ServerResponse) => Promise<void> | void;

/** When a connection breaks: the server has the request or not, and the page a part of the answer. */
export const CUTS = ['before the request', 'before the answer', 'within the answer'] as const;

const API = /^\/(auth|users|messaging|files)\b/;

export type Cut = (typeof CUTS)[number];

/** Stands in the server's place: answers like the real one, but for the lies that it was told. */
export class Impostor {
  /** What it was asked, as `METHOD path`. */
  readonly asked: string[] = [];
  /** The bodies that it was sent. */
  readonly heard: Buffer[] = [];
  /** Lies that it could not tell. */
  private readonly slips: unknown[] = [];
  private cutting: { left: number; cut: Cut; under: RegExp; done: boolean } | undefined;
  private readonly lies = new Set<{ call: string; lie: Lie }>();

  private constructor(
    private readonly server: string,
    private readonly listener: Server,
  ) {
    listener.on('request', (request, answer) => {
      // Who hangs up does not care for the rest.
      this.answer(request, answer).catch(() => answer.destroy());
    });
  }

  static async before(server: string): Promise<Impostor> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new Impostor(server, listener);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  /** Lies to every call that begins with this (`GET /messaging/inbox`), until disposed of. */
  lieTo(call: string, lie: Lie): Disposable {
    const told = { call, lie };
    this.lies.add(told);
    return { [Symbol.dispose]: () => void this.lies.delete(told) };
  }

  /**
   * Cuts the connection at the n-th call of the API, or of a part of it, from now on, until disposed
   * of; tells whether it came to that.
   */
  cutsAt(call: number, cut: Cut, under = API): { done: boolean } & Disposable {
    const spared = () => (this.cutting = undefined);
    const cutting = { left: call, cut, under, done: false, [Symbol.dispose]: spared };
    this.cutting = cutting;
    return cutting;
  }

  /** Ends all connections there are. */
  cut(): void {
    this.listener.closeAllConnections();
  }

  /**
   * Lets the next answer to such a call stop after a part of it. `stopped` tells when that has been
   * sent, `hungUp` when the browser no longer waits for the rest.
   */
  stallsAt(call: string, part = (body: Buffer) => body.subarray(0, body.length / 2)) {
    const events = new EventEmitter();
    const lie = this.lieTo(call, async ({ truth }, answer) => {
      lie[Symbol.dispose]();
      const { status, headers, body } = await truth();
      answer.once('close', () => events.emit('hungUp'));
      answer.writeHead(status, headers).write(part(body), () => events.emit('stopped'));
    });
    return { stopped: once(events, 'stopped'), hungUp: once(events, 'hungUp') };
  }

  private async answer(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = asked;
    const call = `${method} ${path}`;
    this.asked.push(call);
    // Over a connection that was used before, a browser tries again by itself.
    answer.shouldKeepAlive = false;
    asked.on('data', (bytes: Buffer) => this.heard.push(bytes));
    const told = [...this.lies].reverse().find((it) => call.startsWith(it.call));
    if (this.cutting?.under.test(path) && --this.cutting.left === 0) {
      this.cutting.done = true;
      return await this.pass(asked, answer, this.cutting.cut);
    }
    if (!told) return await this.pass(asked, answer);
    const body = await buffer(asked);
    const truth = async (other = body): Promise<Truth> => {
      const length = { 'content-length': other.length };
      // The whole answer is wanted, also of what the browser has in its cache.
      const { 'transfer-encoding': _, 'if-none-match': __, ...plain } = headers;
      const sent = { method, headers: { ...plain, ...(other.length > 0 && length) } };
      const forwarded = request(new URL(path, this.server), sent).end(other);
      const [given] = (await once(forwarded, 'response')) as [IncomingMessage];
      return { status: given.statusCode!, headers: given.headers, body: await buffer(given) };
    };
    try {
      await told.lie({ method, path, headers, body, truth }, answer);
    } catch (cause) {
      this.slips.push(cause);
      throw cause;
    }
  }

  private async pass(asked: IncomingMessage, answer: ServerResponse, cut?: Cut): Promise<void> {
    if (cut === 'before the request') return void answer.destroy();
    const { method, headers, url = '/' } = asked;
    const forwarded = request(new URL(url, this.server), { method, headers });
    answer.once('close', () => forwarded.destroy());
    void pipeline(asked, forwarded).catch(() => {});
    const [given] = (await once(forwarded, 'response')) as [IncomingMessage];
    if (cut) return await breakOff(given, answer, cut);
    answer.writeHead(given.statusCode!, given.headers);
    await pipeline(given, answer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.listener.close();
    await once(this.listener, 'close');
    assert.deepEqual(this.slips, []);
  }
}

/** Lets the server do what it was asked, and the page hear of it half or not at all. */
async function breakOff(given: IncomingMessage, answer: ServerResponse, cut: Cut): Promise<void> {
  const [first] = (await Promise.race([once(given, 'data'), once(given, 'end')])) as [Buffer?];
  const { socket } = answer;
  if (cut === 'within the answer') {
    const head = `HTTP/1.1 ${given.statusCode} ${given.statusMessage}\r\n`;
    const length = first ? `content-length: ${first.length + 1}\r\n\r\n` : 'content-le';
    socket?.write(head + length);
    await new Promise((resolve) => socket?.write(first ?? '', resolve));
  }
  answer.destroy();
}

/** The real answer with other JSON in it. */
export function altered<Json>(alter: (json: Json) => unknown): Lie {
  return async ({ truth }, answer) => {
    const { status, headers, body } = await truth();
    const json = status === 200 ? alter(JSON.parse(String(body)) as Json) : undefined;
    send(answer, { status, headers, body: json === undefined ? body : JSON.stringify(json) });
  };
}

/** The same answer to everything. */
export function says(body: string | Buffer, status = 200, headers = {}): Lie {
  return (_, answer) => {
    send(answer, { status, headers: { 'content-type': 'application/json', ...headers }, body });
  };
}

/** An answer that goes on until somebody hangs up; tells how many bytes it was then. */
export function endless(piece: string, headers = {}): { lie: Lie; sent: Promise<number> } {
  let over!: (bytes: number) => void;
  const sent = new Promise<number>((resolve) => (over = resolve));
  const lie: Lie = (_, answer) => {
    const bytes = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)));
    let count = 0;
    answer.writeHead(200, { 'content-type': 'application/json', ...headers });
    const pour = () => {
      while (!answer.destroyed && answer.write(bytes)) count += bytes.length;
    };
    answer.on('drain', pour).once('close', () => over(count));
    pour();
  };
  return { lie, sent };
}

/** Sends an answer as it stands. */
export function send(
  answer: ServerResponse,
  {
    status,
    headers,
    body,
  }: { status: number; headers: IncomingHttpHeaders; body: Buffer | string },
): void {
  const { 'transfer-encoding': _, ...rest } = headers;
  const length = { 'content-length': Buffer.byteLength(body) };
  answer.writeHead(status, { ...rest, ...(status !== 204 && length) }).end(body);
}
