/**
 * The one module that knows the generated client. It holds the session's tokens, in memory only,
 * and turns every failure into an {@link ApiError} with a stable code.
 */
import { createPliClient, type Schemas } from '@pli/client';
import type { Envelope, Kdf, NewAccount } from './crypto.worker';
import { ApiError } from './failure';
import { begin, reach, unreachable } from './reach';

export type Account = Schemas['Account'];
export type Message = Schemas['Message'];
export type Profile = Schemas['Profile'];

/** Longest silence in the middle of a file. */
const STALL = 60_000;

interface Tokens {
  access: string;
  refresh: string;
}

/** A file on its way from the server. */
export interface Download {
  /** The next sealed bytes; undefined at the end. */
  pull(): Promise<Uint8Array | undefined>;
  /** Hangs up, if there is more to come. */
  stop(): void;
}

/** The server, as one signed-in account sees it. */
export class Api {
  #tokens?: Tokens;
  #refreshing?: Promise<void>;
  /** Called once when the server ends the session. */
  onEnded: () => void = () => {};

  readonly #open = createPliClient({ baseUrl: location.origin, fetch: (it) => reach(it) });
  readonly #client = createPliClient({ baseUrl: location.origin, fetch: (it) => this.#fetch(it) });
  /** For answers that are read as they come; those who read them see to it that they don't stall. */
  readonly #streaming = createPliClient({
    baseUrl: location.origin,
    fetch: (it) => this.#fetch(it, begin),
  });

  /** Registers an account together with its keys. */
  async register(username: string, email: string, account: NewAccount): Promise<void> {
    const { loginSecret: password, wrappedKeys: wrapped_keys, history } = account;
    await answer(
      this.#open.POST('/auth/register', {
        body: {
          username,
          email,
          password,
          is_staff: false,
          keys: { wrapped_keys, history: [...history] },
        },
      }),
    );
  }

  /**
   * How the account's password is stretched; an unknown name gets an answer too. The vault checks
   * it before it does anything.
   */
  async kdf(name: string): Promise<Kdf> {
    return await answer(this.#open.POST('/auth/kdf', { body: { email: name } }));
  }

  /** Opens a session; later calls carry its tokens. */
  async login(
    name: string,
    loginSecret: string,
  ): Promise<{ account: Account; wrappedKeys: string | undefined }> {
    const session = await answer(
      this.#open.POST('/auth/login', { body: { email: name, password: loginSecret } }),
    );
    this.#tokens = { access: session.access_token, refresh: session.refresh_token };
    return { account: session.account, wrappedKeys: session.wrapped_keys };
  }

  /** Ends the session on the server, and forgets it here even when the server can't be reached. */
  async logout(): Promise<void> {
    const tokens = this.#tokens;
    this.#tokens = undefined;
    if (!tokens) return;
    const headers = { Authorization: `Bearer ${tokens.refresh}` };
    await answer(this.#open.GET('/auth/logout', { headers }));
  }

  /** The profile of whoever has this e-mail address or username. */
  async lookup(name: string): Promise<Profile> {
    return await answer(this.#client.POST('/users/lookup', { body: { email: name } }));
  }

  /** A person's profile with their key history. */
  async profile(user_id: string): Promise<Profile> {
    return await answer(this.#client.GET('/users/{user_id}', { params: { path: { user_id } } }));
  }

  /** The conversations, the latest first. */
  async conversations(before?: number): Promise<Schemas['ConversationPage']> {
    const query = { limit: 100, ...(before !== undefined && { before }) };
    return await answer(this.#client.GET('/messaging/conversations', { params: { query } }));
  }

  /** The messages of a conversation, the newest first. */
  async messages(conversation_id: string, before?: number): Promise<Schemas['EntryPage']> {
    const query = { limit: 20, ...(before !== undefined && { before }) };
    const params = { path: { conversation_id }, query };
    return await answer(this.#client.GET('/messaging/conversations/{conversation_id}', { params }));
  }

  /** What came into the mailbox after `after`, oldest first. */
  async inbox(after: number): Promise<Schemas['Inbox']> {
    const query = { after, limit: 50 };
    return await answer(this.#client.GET('/messaging/inbox', { params: { query } }));
  }

  /** Hands a sealed letter in. The same letter again gets the same answer. */
  async send(id: string, envelope: Envelope, receivers: string[], file_id?: string): Promise<void> {
    const [receiver_email = '', ...cc_emails] = receivers;
    await answer(
      this.#client.POST('/messaging/send_message', {
        body: {
          message_id: id,
          receiver_email,
          cc_emails,
          content_type: file_id === undefined ? 'text' : 'file',
          envelope,
          ...(file_id !== undefined && { file_id }),
        },
      }),
    );
  }

  /** The stream of events that say that the mailbox has changed. */
  async events(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return streamed(
      await answer(this.#streaming.GET('/messaging/events', { parseAs: 'stream', signal })),
    );
  }

  /** Uploads sealed bytes; answers with the file's id. */
  async upload(sealed: Blob, onBytes: (done: number, total: number) => void): Promise<string> {
    for (let attempt = 0; ; attempt++) {
      const token = this.#access();
      const { status, body } = await post(sealed, token, onBytes);
      if (status === 201) return (body as { file_id: string }).file_id;
      if (status !== 401 || attempt > 0) throw problem(status, body);
      await this.#refresh(token);
    }
  }

  /** Downloads sealed bytes, piece by piece as they are pulled. */
  async download(file_id: string): Promise<Download> {
    const connection = new AbortController();
    const stop = () => connection.abort();
    const body = await answer(
      this.#streaming.GET('/messaging/download_file/{file_id}', {
        params: { path: { file_id } },
        parseAs: 'stream',
        signal: connection.signal,
      }),
    );
    const reader = streamed(body).getReader();
    const pull = async () => {
      const timer = setTimeout(stop, STALL);
      try {
        return (await reader.read()).value;
      } catch (cause) {
        throw unreachable(cause);
      } finally {
        clearTimeout(timer);
      }
    };
    return { pull, stop };
  }

  /** Fetches as the signed-in account; once more with new tokens when the old ones have run out. */
  async #fetch(request: Request, how = reach): Promise<Response> {
    const again = request.clone();
    const token = this.#access();
    const response = await how(authorized(request, token));
    if (response.status !== 401) return response;
    await this.#refresh(token);
    return await how(authorized(again, this.#access()));
  }

  #access(): string {
    if (!this.#tokens) throw new ApiError('session_ended', 401);
    return this.#tokens.access;
  }

  /** Replaces the tokens, unless that has happened since `stale` was used. Calls share one refresh. */
  async #refresh(stale: string): Promise<void> {
    if (this.#access() !== stale) return;
    this.#refreshing ??= this.#renew().finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
  }

  async #renew(): Promise<void> {
    const headers = { Authorization: `Bearer ${this.#tokens?.refresh}` };
    try {
      const renewed = await answer(this.#open.GET('/auth/refresh', { headers }));
      if (!this.#tokens) return;
      this.#tokens = { access: renewed.access_token, refresh: renewed.refresh_token };
    } catch (cause) {
      if (!(cause instanceof ApiError) || cause.status !== 401) throw cause;
      this.#tokens = undefined;
      this.onEnded();
      throw new ApiError('session_ended', 401);
    }
  }
}

function streamed(body: ReadableStream<Uint8Array> | null): ReadableStream<Uint8Array> {
  if (!body) throw new ApiError('bad_answer');
  return body;
}

function authorized(request: Request, token: string): Request {
  request.headers.set('Authorization', `Bearer ${token}`);
  return request;
}

/** The data of a successful call; anything else is thrown. */
async function answer<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  try {
    const { data, error, response } = await call;
    if (response.ok) return data as T;
    const wait = Number(response.headers.get('Retry-After') ?? NaN);
    throw problem(response.status, error, Number.isFinite(wait) ? wait : undefined);
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError('bad_answer', 0, undefined, undefined, { cause });
  }
}

/** The error that a problem document (RFC 9457) stands for. */
function problem(status: number, body: unknown, retryAfter?: number): ApiError {
  const { code, errors } = (body ?? {}) as Partial<Schemas['Problem']>;
  if (typeof code !== 'string') return new ApiError('bad_answer', status, retryAfter);
  return new ApiError(code, status, retryAfter, errors?.[0]?.pointer);
}

/** One POST of a whole file, by XMLHttpRequest: fetch tells nothing of an upload's progress. */
function post(
  sealed: Blob,
  token: string,
  onBytes: (done: number, total: number) => void,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/files');
    request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.setRequestHeader('Tus-Resumable', '1.0.0');
    request.setRequestHeader('Upload-Length', String(sealed.size));
    request.setRequestHeader('Content-Type', 'application/offset+octet-stream');
    request.responseType = 'json';
    let timer = setTimeout(() => request.abort(), STALL);
    request.upload.onprogress = (event) => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), STALL);
      onBytes(event.loaded, event.total);
    };
    request.onload = () => resolve({ status: request.status, body: request.response });
    request.onerror = request.onabort = () => reject(unreachable(undefined));
    request.onloadend = () => clearTimeout(timer);
    request.send(sealed);
  });
}
