import { EventEmitter, once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/** An answer that stops in its middle. */
interface Stall {
  path: string;
  part: (body: Buffer) => Buffer;
  events: EventEmitter;
}

/** Answers that are replaced. */
interface Lie {
  path: string;
  alter: (json: unknown) => unknown;
}

/** Stands between a browser and the server, and can stop in an answer or give another. */
export class Relay {
  private readonly stalls: Stall[] = [];
  private lies: Lie[] = [];

  private constructor(
    private readonly server: string,
    private readonly listener: Server,
  ) {
    listener.on('request', (asked, answer) => void this.pass(asked, answer).catch(() => {}));
  }

  static async before(server: string): Promise<Relay> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new Relay(server, listener);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  /**
   * Lets the next answer under this path stop after a part of it. `stopped` tells when that has
   * been sent, `hungUp` when the browser no longer waits for the rest.
   */
  stallsAt(path: string, part = (body: Buffer) => body.subarray(0, body.length / 2)) {
    const events = new EventEmitter();
    this.stalls.push({ path, part, events });
    return { stopped: once(events, 'stopped'), hungUp: once(events, 'hungUp') };
  }

  /** Ends all connections there are. */
  cut(): void {
    this.listener.closeAllConnections();
  }

  /** Gives other JSON than the server does, in every answer under this path. */
  alters<Json>(path: string, alter: (json: Json) => Json): void {
    this.lies.push({ path, alter: alter as Lie['alter'] });
  }

  /** Goes back to what the server says. */
  tellsTheTruth(): void {
    this.lies = [];
  }

  private async pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method, headers, url = '/' } = asked;
    const forwarded = request(new URL(url, this.server), { method, headers });
    answer.once('close', () => forwarded.destroy());
    void pipeline(asked, forwarded).catch(() => {});
    const [given] = (await once(forwarded, 'response')) as [IncomingMessage];
    const lie = this.lies.find(({ path }) => url.startsWith(path));
    if (lie && given.statusCode === 200) {
      const body = JSON.stringify(lie.alter(JSON.parse(String(await buffer(given)))));
      const headers = { ...given.headers, 'content-length': Buffer.byteLength(body) };
      return void answer.writeHead(200, headers).end(body);
    }
    answer.writeHead(given.statusCode!, given.headers);
    const at = this.stalls.findIndex(({ path }) => url.startsWith(path));
    const [stall] = at < 0 ? [] : this.stalls.splice(at, 1);
    if (!stall) return await pipeline(given, answer);
    answer.once('close', () => stall.events.emit('hungUp'));
    answer.write(stall.part(await buffer(given)), () => stall.events.emit('stopped'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.listener.close();
    await once(this.listener, 'close');
  }
}
