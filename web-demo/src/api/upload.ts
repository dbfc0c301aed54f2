import {
  DefaultHttpStack,
  DetailedError,
  type HttpRequest,
  type HttpResponse,
  Upload,
} from 'tus-js-client';
import { ApiError, PageError } from '../failure';
import { problem } from './answer';
import { STALL, unreachable } from './reach';
import type { TokenRing } from './tokens';

/** Bytes done, of how many. */
export type OnBytes = (done: number, total: number) => void;

/** Bytes a request; what was sent last is kept until the server has it. */
const CHUNK = 8 * 1024 * 1024;

/** Pauses before going on after a cut, in milliseconds. After the last, the letter is held. */
const PAUSES = [0, 1_000, 3_000];

/** Where uploads are: the path that they are made at, or that of one. */
const PLACE = /^\/files(\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/;

/** Most bytes of an answer to an upload, which is empty or an error. */
const LARGEST_ANSWER = 64 * 1024;

/**
 * Requests for which no answer makes the browser ask for a password itself: they have been given one,
 * which opens nothing. `fetch`, which can leave credentials out, doesn't tell how far an upload is.
 */
class QuietRequests extends DefaultHttpStack {
  override createRequest(method: string, url: string): HttpRequest {
    const request = super.createRequest(method, url);
    (request.getUnderlyingObject() as XMLHttpRequest).open(method, url, true, 'none', 'none');
    return request;
  }
}

/** A file on its way to the server. It is sealed while it is sent, and goes on where it was cut. */
export class FileUpload {
  readonly #upload: Upload;
  readonly #tokens: TokenRing;
  readonly #size: number;
  /** Bytes that have been sealed for the upload, and those that the server says it has. */
  #sealed = 0;
  #taken = 0;
  /** An access token that the server did not take. */
  #stale: string | undefined;
  /** Why there are no more bytes. */
  #failed: unknown;
  #onBytes: OnBytes = () => {};
  #settle: { resolve: (id: string) => void; reject: (cause: unknown) => void } | undefined;

  /** @param pull Gives the sealed bytes, piece by piece. */
  constructor(
    tokens: TokenRing,
    size: number,
    pull: () => Promise<Uint8Array<ArrayBuffer> | undefined>,
  ) {
    this.#tokens = tokens;
    this.#size = size;
    const read = async () => {
      const value = await pull().catch((cause: unknown) => {
        this.#failed = cause;
        throw cause;
      });
      this.#sealed += value?.length ?? 0;
      return value ? { done: false as const, value } : { done: true as const, value: undefined };
    };
    this.#upload = new Upload({ read } as ReadableStreamDefaultReader<Uint8Array>, {
      endpoint: '/files',
      uploadSize: size,
      chunkSize: CHUNK,
      retryDelays: PAUSES,
      storeFingerprintForResuming: false,
      httpStack: new QuietRequests({}),
      onBeforeRequest: async (request) => {
        if (this.#stale !== undefined) await this.#tokens.renew(this.#stale);
        this.#stale = undefined;
        this.#guard(request);
        request.setHeader('Authorization', `Bearer ${this.#tokens.access}`);
      },
      onAfterResponse: (request, response) => this.#check(request, response),
      onProgress: (done, total) => this.#onBytes(done, total ?? size),
      onShouldRetry: (error) => this.#goesOn(error),
      onError: (error) => this.#settle?.reject(this.#failureOf(error)),
      onSuccess: () => {
        if (this.#taken === this.#size) this.#settle?.resolve(this.#upload.url!.split('/').at(-1)!);
        else this.#settle?.reject(new ApiError('bad_answer'));
      },
    });
  }

  /** Lets requests go to the server alone, and answers not be longer than they need to be. */
  #guard(request: HttpRequest): void {
    const { origin, pathname } = new URL(request.getURL(), location.href);
    if (origin !== location.origin || !PLACE.test(pathname)) throw new ApiError('bad_answer');
    const answer = request.getUnderlyingObject() as XMLHttpRequest;
    answer.addEventListener('progress', ({ loaded }) => {
      if (loaded > LARGEST_ANSWER) this.#giveUp(new ApiError('bad_answer'));
    });
  }

  /** Believes the server no offset that can't be. */
  #check(request: HttpRequest, response: HttpResponse): void {
    const [method, status] = [request.getMethod(), response.getStatus()];
    if (method === 'HEAD' && (status === 404 || status === 410)) {
      throw new ApiError('file_not_found', status);
    }
    if (method === 'POST' || status < 200 || status > 299) return;
    const told = response.getHeader('Upload-Offset');
    // Browsers take the beginning of a head for all of it when the network is cut there.
    if (told === undefined || told === null) return;
    const offset = Number(told);
    const least = method === 'PATCH' ? this.#taken + 1 : this.#taken;
    if (!(offset >= least && offset <= this.#sealed)) throw new ApiError('bad_answer', status);
    this.#taken = offset;
  }

  #giveUp(cause: unknown): void {
    void this.#upload.abort().catch(() => {});
    this.#settle?.reject(cause);
  }

  /** Sends what the server does not have yet; answers with the file's id. */
  async run(onBytes: OnBytes, signal: AbortSignal): Promise<string> {
    let silence: ReturnType<typeof setTimeout> | undefined;
    const alive = () => {
      clearTimeout(silence);
      silence = setTimeout(() => this.#giveUp(unreachable(undefined)), STALL);
    };
    const cancel = () => this.#giveUp(new PageError('cancelled'));
    this.#onBytes = (done, total) => {
      alive();
      onBytes(done, total);
    };
    signal.addEventListener('abort', cancel);
    alive();
    try {
      return await new Promise<string>((resolve, reject) => {
        this.#settle = { resolve, reject };
        if (signal.aborted) cancel();
        else this.#upload.start();
      });
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Whether another attempt may help. */
  #goesOn(error: Error): boolean {
    if (this.#failed !== undefined || !(error instanceof DetailedError)) return false;
    if (error.causingError instanceof ApiError) return false;
    const status = error.originalResponse?.getStatus() ?? 0;
    if (status === 401 && this.#stale === undefined) {
      this.#stale = this.#tokens.access;
      return true;
    }
    if (status >= 200 && status < 300) return true;
    return status === 0 || status === 409 || status === 408 || status >= 500;
  }

  #failureOf(error: Error): unknown {
    if (this.#failed !== undefined) return this.#failed;
    if (!(error instanceof DetailedError)) return error;
    const response = error.originalResponse;
    if (!response) {
      return error.causingError instanceof ApiError ? error.causingError : unreachable(error);
    }
    // Its offsets and these have not come together.
    if (response.getStatus() === 409) return new ApiError('bad_answer', 409);
    return problem(response.getStatus(), parsed(response.getBody()));
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
