import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';

import { installed } from './installed.ts';

/** A server of its own: a free port, a fresh folder, its log kept in a file. */
export class TestServer {
  private constructor(
    readonly url: string,
    readonly folder: string,
    private readonly process: ChildProcess,
    private readonly ended: Promise<unknown>,
    private readonly log: WriteStream,
  ) {}

  /** Starts one, with further settings (`PLI_…`). */
  static async start(settings: Record<string, string> = {}): Promise<TestServer> {
    const folder = await mkdtemp(join(tmpdir(), 'pli-test-'));
    const log = createWriteStream(join(folder, 'log'));
    const child = spawn(installed('PLI_TEST_SERVER'), ['serve'], {
      cwd: folder,
      env: {
        PLI_LISTEN: '127.0.0.1:0',
        PLI_DATA_DIR: join(folder, 'data'),
        PLI_LOG: 'trace',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr.pipe(log, { end: false });
    const ended = once(child, 'close');
    const lines = createInterface({ input: child.stdout });
    const url = await new Promise<string>((resolve, reject) => {
      lines.on('line', (line) => {
        log.write(`${line}\n`);
        const ready = /^Pli is ready at (http:\S+)$/.exec(line);
        if (ready?.[1] !== undefined) resolve(ready[1]);
      });
      child.once('exit', (code, signal) => {
        reject(new Error(`the server ended with ${code ?? signal}`));
      });
      child.once('error', reject);
    });
    return new TestServer(url, folder, child, ended, log);
  }

  /** Makes somebody staff, as the people who run a server do. */
  async grantStaff(name: string): Promise<void> {
    const env = { PLI_DATA_DIR: join(this.folder, 'data') };
    const command = ['staff', 'grant', name];
    await promisify(execFile)(installed('PLI_TEST_SERVER'), command, { cwd: this.folder, env });
  }

  /** Ends the server cleanly; its folder stays to be looked at, with the whole log in it. */
  async stop(): Promise<void> {
    this.process.kill('SIGTERM');
    await this.ended;
    if (!this.log.writableEnded) this.log.end();
    await finished(this.log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
