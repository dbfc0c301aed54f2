import { ApiError } from '../failure';
import { answer } from './answer';
import { checkedClient } from './client';
import { reach } from './reach';

/** What proves a session: the access token for ten minutes, the refresh token once. */
export interface Tokens {
  access: string;
  refresh: string;
}

/** Where the tokens of a session that is kept on this device are, for all tabs. */
export interface Shelf {
  read(): Promise<Tokens | undefined>;
  write(tokens: Tokens): Promise<void>;
}

/** A session that the server has just begun. */
interface NewSession {
  access_token: string;
  refresh_token: string;
}

/** The header that a token travels in. */
export function bearer(token: string): { Authorization: string } {
  return { Authorization: `Bearer ${token}` };
}

/** The calls that need no session, or bring one along. */
export const open = checkedClient((it) => reach(it));

/** Ends a session. */
export async function end(refreshToken: string): Promise<void> {
  await answer(open.GET('/auth/logout', { headers: bearer(refreshToken) }));
}

/** The tokens of one session, renewed when they run out. */
export class TokenRing {
  #tokens?: Tokens | undefined;
  #renewing?: Promise<void> | undefined;
  #shelf?: Shelf | undefined;
  /** What changes the tokens waits for this. */
  #turn: Promise<void> = Promise.resolve();
  /** Begins the session that may have taken this one's place, when an answer got lost. */
  heir?: (() => Promise<NewSession>) | undefined;
  /** Called once when the server ends the session. */
  onEnded: () => void = () => {};

  /** The tokens of a session that has just begun. */
  take(session: NewSession): void {
    this.#tokens = tokensOf(session);
    this.#shelf = undefined;
  }

  /** Shares the tokens with other tabs; `keep` puts on the shelf what is not there yet. */
  async share(shelf: Shelf, keep: (tokens: Tokens) => Promise<void>): Promise<void> {
    await navigator.locks.request('pli-tokens', async () => {
      // A session that was shared before may have been renewed by another tab.
      const kept = this.#shelf || !this.#tokens ? await shelf.read() : undefined;
      this.#tokens = kept ?? this.#tokens;
      if (this.#tokens) await keep(this.#tokens);
      this.#shelf = shelf;
    });
  }

  get access(): string {
    if (!this.#tokens) throw new ApiError('session_ended', 401);
    return this.#tokens.access;
  }

  /** Replaces the tokens, unless that has happened since `stale` was used. Calls share one renewal. */
  async renew(stale: string): Promise<void> {
    if (this.access !== stale) return;
    this.#renewing ??= this.#inTurn(async () => {
      if (this.#tokens?.access === stale) await this.#exchange();
    }).finally(() => (this.#renewing = undefined));
    await this.#renewing;
  }

  /**
   * Puts the session that a call begins in this one's place; none when the call is the last.
   * Renewals wait meanwhile, so that nobody takes the former session's end for the account's.
   */
  async succeed(
    begin: (headers: { Authorization: string }) => Promise<NewSession | undefined>,
  ): Promise<void> {
    await this.#inTurn(async () => {
      const session = await begin(bearer(this.access)).catch(async (cause: unknown) => {
        if (!isStale(cause)) throw cause;
        await this.#exchange();
        return await begin(bearer(this.access));
      });
      // Whoever has signed out meanwhile wants no successor.
      if (!this.#tokens && session) await end(session.refresh_token);
      if (!this.#tokens) return;
      this.heir = undefined;
      this.#tokens = session && tokensOf(session);
      if (this.#tokens) await this.#shelf?.write(this.#tokens).catch(reportError);
    });
  }

  /** Ends the session on the server, and forgets it here even when the server can't be reached. */
  async drop(): Promise<void> {
    const tokens = this.#tokens;
    this.#tokens = undefined;
    if (tokens) await end(tokens.refresh);
  }

  /** Tabs that share a session take turns, and so do the calls of a tab. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(async () => {
      const shelf = this.#shelf;
      if (!shelf) return await work();
      await navigator.locks.request('pli-tokens', async () => {
        const kept = await shelf.read();
        if (kept && this.#tokens) this.#tokens = kept;
        await work();
      });
    });
    this.#turn = turn.catch(() => {});
    await turn;
  }

  /**
   * A refresh token is good once. The new tokens are written down before they are used: until then
   * the server gives the same ones again.
   */
  async #exchange(): Promise<void> {
    if (!this.#tokens) return;
    try {
      const session = await this.#successor(bearer(this.#tokens.refresh));
      if (!this.#tokens) return;
      const tokens = tokensOf(session);
      await this.#shelf?.write(tokens);
      this.#tokens = tokens;
    } catch (cause) {
      if (!isStale(cause)) throw cause;
      this.#tokens = undefined;
      this.onEnded();
      throw new ApiError('session_ended', 401);
    }
  }

  /** What the server gives for a refresh token, or what has taken the session's place. */
  async #successor(headers: { Authorization: string }): Promise<NewSession> {
    const { heir } = this;
    try {
      return await answer(open.GET('/auth/refresh', { headers }));
    } catch (cause) {
      if (!isStale(cause) || !heir) throw cause;
      this.heir = undefined;
      return await heir().catch(() => {
        throw cause;
      });
    }
  }
}

function tokensOf({ access_token, refresh_token }: NewSession): Tokens {
  return { access: access_token, refresh: refresh_token };
}

/** Whether the server does not take a token any more. */
function isStale(cause: unknown): boolean {
  return cause instanceof ApiError && cause.status === 401 && cause.code !== 'wrong_credentials';
}
