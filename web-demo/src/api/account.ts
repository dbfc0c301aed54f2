import type { PliClient, Schemas } from '@pli/client';
import { ApiError, PageError } from '../failure';
import type { Locked } from '../vault/types';
import { answer, eachOnce } from './answer';
import { download, type Download } from './download';
import { end, open, type TokenRing } from './tokens';

export type Device = Schemas['Session'];

/** What the server does with an account as a whole, for who proves to hold it. */
export class AccountCalls {
  readonly #client: PliClient;
  readonly #streaming: PliClient;
  readonly #tokens: TokenRing;

  constructor(client: PliClient, streaming: PliClient, tokens: TokenRing) {
    this.#client = client;
    this.#streaming = streaming;
    this.#tokens = tokens;
  }

  /** Where the account is signed in, the device last used first. */
  async devices(): Promise<Device[]> {
    return eachOnce((await answer(this.#client.GET('/auth/sessions'))).sessions);
  }

  /** Signs a device out. */
  async signOut(session_id: string): Promise<void> {
    const params = { path: { session_id } };
    await answer(this.#client.DELETE('/auth/sessions/{session_id}', { params }));
  }

  /**
   * Puts a new password in force. All sessions end, and a new one goes on in this one's place. When
   * the answer gets lost, signing in tells what became of it.
   */
  async changePassword(name: string, current_password: string, next: Locked): Promise<void> {
    const { loginSecret: new_password, wrappedKeys: wrapped_keys } = next;
    const body = { current_password, new_password, wrapped_keys };
    await this.#tokens.succeed(async (headers) => {
      try {
        return await answer(open.POST('/auth/change_password', { headers, body }));
      } catch (cause) {
        if (isRefusal(cause)) throw cause;
        const heir = () => signIn(name, new_password);
        return await heir().catch((doubt: unknown) => {
          if (isWrong(doubt)) throw cause;
          this.#tokens.heir = heir;
          throw new PageError('password_unsettled');
        });
      }
    });
  }

  /** Finds out whether a new password is in force whose answer got lost, and goes on with it. */
  async settlePassword(): Promise<void> {
    const { heir } = this.#tokens;
    if (!heir) return;
    await this.#tokens.succeed(heir).catch((cause: unknown) => {
      if (!isWrong(cause)) throw new PageError('password_unsettled');
      this.#tokens.heir = undefined;
      throw new PageError('password_unchanged');
    });
  }

  /** Everything that the server holds of the account, as a document that is read as it comes. */
  async export(current_password: string): Promise<Download> {
    return await download(async (signal) => {
      const body = { current_password };
      return await answer(
        this.#streaming.POST('/auth/export', { body, parseAs: 'stream', signal }),
      );
    });
  }

  /** Deletes the account. When the answer gets lost, signing in tells what became of it. */
  async delete(name: string, current_password: string): Promise<void> {
    await this.#tokens.succeed(async (headers) => {
      const body = { current_password };
      try {
        await answer(open.POST('/auth/delete_account', { headers, body }));
      } catch (cause) {
        if (isRefusal(cause)) throw cause;
        if (!(await isGone(name, current_password))) throw cause;
      }
      return undefined;
    });
  }
}

/** Whether an account that had this password lets nobody in any more. */
export async function isGone(name: string, password: string): Promise<boolean> {
  try {
    await end((await signIn(name, password)).refresh_token);
    return false;
  } catch (cause) {
    if (isWrong(cause)) return true;
    throw new PageError('deletion_unsettled');
  }
}

/** Begins a session. */
async function signIn(name: string, password: string): Promise<Schemas['SignedIn']> {
  const session = await answer(open.POST('/auth/login', { body: { email: name, password } }));
  if (session.account.username !== name) throw new PageError('wrong_account');
  return session;
}

/** Whether the server has said no; otherwise it may have done what it was asked. */
function isRefusal(cause: unknown): boolean {
  return cause instanceof ApiError && cause.status >= 400 && cause.status < 500;
}

function isWrong(cause: unknown): boolean {
  return cause instanceof ApiError && cause.code === 'wrong_credentials';
}
