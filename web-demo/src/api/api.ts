/**
 * The one folder that knows the generated client. It turns every failure into an {@link ApiError}
 * with a stable code.
 */
import type { Schemas } from '@pli/client';
import type { Envelope, History, Kdf, NewAccount, Rotation } from '../vault/types';
import { AccountCalls } from './account';
import { answer, answered, streamed } from './answer';
import { checkedClient } from './client';
import { FileDownload } from './file-download';
import { CONVERSATIONS } from './pages';
import { begin, reach } from './reach';
import { StaffCalls } from './staff';
import { bearer, open, TokenRing } from './tokens';
import { FileUpload } from './upload';

export type Account = Schemas['Account'];
export type Message = Schemas['Message'];
export type Profile = Schemas['Profile'];

/** The server, as one signed-in account sees it. */
export class Api {
  readonly tokens = new TokenRing();
  readonly #client = checkedClient((it) => this.#fetch(it));
  /** For answers that are read as they come; those who read them see to it that they don't stall. */
  readonly #streaming = checkedClient((it) => this.#fetch(it, begin));
  readonly own = new AccountCalls(this.#client, this.#streaming, this.tokens);
  readonly staff = new StaffCalls(this.#client);

  /** Registers an account together with its keys. */
  async register(username: string, email: string, account: NewAccount): Promise<void> {
    const { loginSecret: password, wrappedKeys: wrapped_keys, history } = account;
    const keys = { wrapped_keys, history: [...history] };
    const body = { username, email, password, is_staff: false, keys };
    await answer(open.POST('/auth/register', { body }));
  }

  /**
   * How the account's password is stretched; an unknown name gets an answer too. The vault checks
   * it before it does anything.
   */
  async kdf(name: string): Promise<Kdf> {
    return await answer(open.POST('/auth/kdf', { body: { email: name } }));
  }

  /** Opens a session; later calls carry its tokens. */
  async login(
    name: string,
    loginSecret: string,
  ): Promise<{ account: Account; wrappedKeys: string | undefined }> {
    const body = { email: name, password: loginSecret };
    const session = await answer(open.POST('/auth/login', { body }));
    this.tokens.take(session);
    return { account: session.account, wrappedKeys: session.wrapped_keys };
  }

  /** Ends the session on the server, and forgets it here even when the server can't be reached. */
  async logout(): Promise<void> {
    await this.tokens.drop();
  }

  /** The account of the session. */
  async whoami(): Promise<Account> {
    return await answer(this.#client.GET('/auth/whoami'));
  }

  /** The account's keys as the server keeps them. */
  async keys(): Promise<{
    wrappedKeys: string | undefined;
    history: History;
    hasRecovery: boolean;
  }> {
    const keys = await answer(this.#client.GET('/auth/keys'));
    const { wrapped_keys: wrappedKeys, key_history: history, has_recovery: hasRecovery } = keys;
    return { wrappedKeys, history, hasRecovery };
  }

  /** Puts new keys in the place of the account's. */
  async rotateKeys(rotation: Rotation): Promise<void> {
    const { loginSecret, statement, wrappedKeys, recoveryWrappedKeys } = rotation;
    const body = {
      current_password: loginSecret,
      statement,
      wrapped_keys: wrappedKeys,
      ...(recoveryWrappedKeys !== undefined && { recovery_wrapped_keys: recoveryWrappedKeys }),
    };
    await answer(this.#client.PUT('/auth/keys', { body }));
  }

  /** Puts a recovery code in force, in place of the one that there may be. */
  async setRecovery(recovery: {
    loginSecret: string;
    recoverySecret: string;
    recoveryWrappedKeys: string;
    wrappedKeys: string;
  }): Promise<void> {
    const body = {
      current_password: recovery.loginSecret,
      recovery_secret: recovery.recoverySecret,
      recovery_wrapped_keys: recovery.recoveryWrappedKeys,
      wrapped_keys: recovery.wrappedKeys,
    };
    await answer(this.#client.PUT('/auth/recovery', { body }));
  }

  /** What a recovery code opens. */
  async recoveryKeys(name: string, recovery_secret: string): Promise<Schemas['RecoveredKeys']> {
    const body = { email: name, recovery_secret };
    return await answer(open.POST('/auth/recovery_keys', { body }));
  }

  /** Puts a new password in the forgotten one's place, and opens a session. */
  async resetPassword(token: string, loginSecret: string, wrappedKeys: string): Promise<Account> {
    const headers = bearer(token);
    const body = { new_password: loginSecret, wrapped_keys: wrappedKeys };
    this.tokens.take(await answer(open.POST('/auth/reset_password', { headers, body })));
    return await this.whoami();
  }

  /** The profile of whoever has this e-mail address or username. */
  async lookup(name: string): Promise<Profile> {
    return await answer(this.#client.POST('/users/lookup', { body: { email: name } }));
  }

  /** A person's profile with their key history. */
  async profile(user_id: string): Promise<Profile & { key_history: History }> {
    return await answer(this.#client.GET('/users/{user_id}', { params: { path: { user_id } } }));
  }

  /** The conversations, the latest first. */
  async conversations(before?: number): Promise<Schemas['ConversationPage']> {
    const query = { limit: CONVERSATIONS.perPage, ...(before !== undefined && { before }) };
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

  /** Says how far a conversation has been read. */
  async markRead(conversation_id: string, through_seq: number): Promise<void> {
    const body = { conversation_id, through_seq };
    await answer(this.#client.POST('/messaging/mark_read', { body }));
  }

  /** Takes a message out of the account's own mailbox. */
  async remove(message_id: string): Promise<void> {
    const params = { path: { message_id } };
    await answer(this.#client.DELETE('/messaging/messages/{message_id}', { params }));
  }

  /** Hands a sealed letter in. The same letter again gets the same answer. */
  async send(id: string, envelope: Envelope, receivers: string[], file_id?: string): Promise<void> {
    const [receiver_email = '', ...cc_emails] = receivers;
    const body: Schemas['NewMessage'] = {
      message_id: id,
      receiver_email,
      cc_emails,
      content_type: file_id === undefined ? 'text' : 'file',
      envelope,
      ...(file_id !== undefined && { file_id }),
    };
    await answer(this.#client.POST('/messaging/send_message', { body }));
  }

  /** The stream of events that say that the mailbox has changed. */
  async events(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return streamed(
      await answer(this.#streaming.GET('/messaging/events', { parseAs: 'stream', signal })),
    );
  }

  /** An upload of so many sealed bytes, which can be run again after a cut. */
  upload(size: number, pull: () => Promise<Uint8Array<ArrayBuffer> | undefined>): FileUpload {
    return new FileUpload(this.tokens, size, pull);
  }

  /** A download of sealed bytes, which begins and goes on as they are pulled. */
  download(file_id: string): FileDownload {
    return new FileDownload(async (signal, rest) => {
      const params = { path: { file_id }, ...(rest && { header: rest }) };
      // A browser would go on with what it has of an earlier download, were it altered or not.
      const options = { params, parseAs: 'stream', signal, cache: 'no-store' } as const;
      return await answered(this.#streaming.GET('/messaging/download_file/{file_id}', options));
    });
  }

  /** Fetches as the signed-in account; once more with new tokens when the old ones have run out. */
  async #fetch(request: Request, how = reach): Promise<Response> {
    const again = request.clone();
    const token = this.tokens.access;
    const response = await how(authorized(request, token));
    if (response.status !== 401) return response;
    await this.tokens.renew(token);
    return await how(authorized(again, this.tokens.access));
  }
}

function authorized(request: Request, token: string): Request {
  request.headers.set('Authorization', `Bearer ${token}`);
  return request;
}
