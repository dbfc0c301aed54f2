import { createPliClient } from '@pli/client';
import { ApiError } from '../failure';
import { answer } from './answer';
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

/** The calls that need no session, or bring one along. */
export const open = createPliClient({ baseUrl: location.origin, fetch: (it) => reach(it) });

/** The tokens of one session, renewed when they run out. */
export class TokenRing {
  #tokens?: Tokens | undefined;
  #renewing?: Promise<void> | undefined;
  #shelf?: Shelf | undefined;
  /** Called once when the server ends the session. */
  onEnded: () => void = () => {};

  /** The tokens of a session that has just begun. */
  take(session: { access_token: string; refresh_token: string }): void {
    this.#tokens = { access: session.access_token, refresh: session.refresh_token };
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
    this.#renewing ??= this.#renew(stale).finally(() => (this.#renewing = undefined));
    await this.#renewing;
  }

  /** Ends the session on the server, and forgets it here even when the server can't be reached. */
  async drop(): Promise<void> {
    const tokens = this.#tokens;
    this.#tokens = undefined;
    if (!tokens) return;
    const headers = { Authorization: `Bearer ${tokens.refresh}` };
    await answer(open.GET('/auth/logout', { headers }));
  }

  /**
   * A refresh token is good once, so tabs take turns. The new tokens are written down before they
   * are used: until then the server gives the same ones again.
   */
  async #renew(stale: string): Promise<void> {
    const shelf = this.#shelf;
    if (!shelf) return await this.#exchange();
    await navigator.locks.request('pli-tokens', async () => {
      const kept = await shelf.read();
      if (!this.#tokens) return;
      if (kept) this.#tokens = kept;
      if (this.#tokens.access !== stale) return;
      await this.#exchange(shelf);
    });
  }

  async #exchange(shelf?: Shelf): Promise<void> {
    const headers = { Authorization: `Bearer ${this.#tokens?.refresh}` };
    try {
      const renewed = await answer(open.GET('/auth/refresh', { headers }));
      if (!this.#tokens) return;
      const tokens = { access: renewed.access_token, refresh: renewed.refresh_token };
      await shelf?.write(tokens);
      this.#tokens = tokens;
    } catch (cause) {
      if (!(cause instanceof ApiError) || cause.status !== 401) throw cause;
      this.#tokens = undefined;
      this.onEnded();
      throw new ApiError('session_ended', 401);
    }
  }
}
