import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A stretch of network before a server, which can be cut in the middle of a request. */
export class Cable {
  private readonly sockets = new Set<Socket>();
  private left = Infinity;
  private cutting = { done: false };

  private constructor(
    private readonly server: URL,
    private readonly listener: Server,
  ) {
    listener.on('connection', (near) => this.join(near));
  }

  static async before(server: string): Promise<Cable> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new Cable(new URL(server), listener);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  /**
   * Lets so many bytes more reach the server, then cuts all connections there are, once; tells
   * whether it has come to that.
   */
  cutAfter(bytes: number): { done: boolean } {
    this.left = bytes;
    this.cutting = { done: false };
    return this.cutting;
  }

  private join(near: Socket): void {
    const far = connect(Number(this.server.port), this.server.hostname);
    for (const socket of [near, far]) {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    far.pipe(near);
    near.on('data', (bytes: Buffer) => {
      const passing = bytes.subarray(0, this.left);
      this.left -= passing.length;
      const cut = passing.length < bytes.length;
      if (!far.write(passing, () => cut && this.cut()) && !cut) {
        near.pause();
        far.once('drain', () => near.resume());
      }
      if (cut) {
        near.pause();
        this.left = Infinity;
        this.cutting.done = true;
      }
    });
  }

  private cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.listener.close();
    await once(this.listener, 'close');
  }
}
