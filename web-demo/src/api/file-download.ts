import { ApiError } from '../failure';
import { download, type Download } from './download';

/** Pauses before going on after a cut, in milliseconds. After the last, the download has failed. */
const PAUSES = [0, 1_000, 3_000, 10_000, 30_000];

/**
 * Bytes after which the pauses begin anew: a cut after less is one more in a row. What had come but
 * was not read yet is lost by a cut, up to some megabytes, so that little counts.
 */
const PROGRESS = 64 * 1024;

/** A tag that stands for the same bytes for ever (RFC 9110, section 8.8.3). */
const STRONG = /^"[\x21\x23-\x7e]{1,128}"$/;

/** What asks for the rest of a file. */
interface Rest {
  Range: string;
  'If-Range': string;
}

/** Asks for a file, or for the rest of it, with the signal that hangs up. */
type Call = (
  signal: AbortSignal,
  rest?: Rest,
) => Promise<{ data: ReadableStream<Uint8Array> | null; response: Response }>;

/** A file on its way from the server, which goes on where it was cut. */
export class FileDownload implements Download {
  readonly #call: Call;
  #connection = new AbortController();
  /** What comes through the connection there is. */
  #part: Download | undefined;
  /** What the server has said that the file is; without it there is no going on. */
  #version: { tag: string; size: number } | undefined;
  #done = 0;
  #cutAt = 0;
  #tries = 0;
  #stopped = false;

  constructor(call: Call) {
    this.#call = call;
  }

  async pull(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    for (;;) {
      try {
        this.#part ??= await download((signal) => this.#ask(signal), this.#connection);
        const bytes = await this.#part.pull();
        this.#done += bytes?.length ?? 0;
        return bytes;
      } catch (cause) {
        this.#connection.abort();
        const pause = this.#pauseAfter(cause);
        if (pause === undefined) throw cause;
        this.#part = undefined;
        this.#connection = new AbortController();
        await elapsed(pause, this.#connection.signal);
      }
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#connection.abort();
  }

  async #ask(signal: AbortSignal): Promise<ReadableStream<Uint8Array> | null> {
    const version = this.#version;
    if (!version) {
      const { data, response } = await this.#call(signal);
      const tag = response.headers.get('ETag') ?? '';
      const size = Number(response.headers.get('Content-Length'));
      if (STRONG.test(tag)) this.#version = { tag, size };
      return data;
    }
    const { tag, size } = version;
    const rest = { Range: `bytes=${this.#done}-`, 'If-Range': tag };
    const { data, response } = await this.#call(signal, rest);
    const { headers, status } = response;
    // Other bytes than the rest of this very file would not open; they are not even read.
    const isRest = headers.get('Content-Range') === `bytes ${this.#done}-${size - 1}/${size}`;
    if (status !== 206 || headers.get('ETag') !== tag || !isRest) {
      throw new ApiError('bad_answer', status);
    }
    return data;
  }

  /** How long to wait before going on; undefined when that would not help. */
  #pauseAfter(cause: unknown): number | undefined {
    if (this.#stopped || !this.#version || this.#done >= this.#version.size) return undefined;
    if (!(cause instanceof ApiError)) return undefined;
    if (cause.code !== 'unreachable' && cause.status < 500) return undefined;
    if (this.#done - this.#cutAt >= PROGRESS) this.#tries = 0;
    this.#cutAt = this.#done;
    return PAUSES[this.#tries++];
  }
}

async function elapsed(pause: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, pause);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
