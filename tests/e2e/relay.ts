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

/** Stands between a browser and the server, and can stop in the middle of an answer. */
export class Relay {
  private readonly stalls: Stall[] = [];

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

  private async pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method, headers, url = '/' } = asked;
    const forwarded = request(new URL(url, this.server), { method, headers });
    answer.once('close', () => forwarded.destroy());
    void pipeline(asked, forwarded).catch(() => {});
    const [given] = (await once(forwarded, 'response')) as [IncomingMessage];
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
