import assert from 'node:assert/strict';

import { createPliClient, type PliClient } from '@pli/client';
import {
  Contact,
  type FileDescriptor,
  type FilePolicy,
  Identity,
  type Kdf,
  sealFile,
  stretch,
} from '@pli/crypto';

/** Somebody who writes with the package itself, without a browser. */
export class Correspondent {
  private constructor(
    readonly name: string,
    readonly password: string,
    private readonly url: string,
    readonly id: string,
    public identity: Identity,
    private readonly headers: { Authorization: string },
    readonly api: PliClient,
  ) {}

  /** Registers with keys of 2048 bits, which are made quickly. */
  static async at(url: string, name: string, password: string): Promise<Correspondent> {
    const identity = await Identity.generate({ username: name, bits: 2048 });
    const locked = await identity.lock(password);
    const keys = { wrapped_keys: locked.wrappedKeys, history: [...identity.history] };
    const open = createPliClient({ baseUrl: url });
    const email = `${name}@example.com`;
    const body = { username: name, email, password: locked.loginSecret, keys };
    const { data: account } = await open.POST('/auth/register', { body });
    const login = { email: name, password: locked.loginSecret };
    const { data: session } = await open.POST('/auth/login', { body: login });
    const headers = { Authorization: `Bearer ${session!.access_token}` };
    const api = createPliClient({ baseUrl: url, headers });
    return new Correspondent(name, password, url, account!.id, identity, headers, api);
  }

  /** Identifies the current encryption key. */
  get kid(): string {
    const { payload } = this.identity.history.at(-1)!;
    return JSON.parse(Buffer.from(payload, 'base64url').toString()).keys[0].kid;
  }

  get contact(): Promise<Contact> {
    return Contact.from(this.identity.history, { username: this.name });
  }

  /** Sends a text; gives the letter's id. */
  async sends(text: string, ...to: Correspondent[]): Promise<string> {
    return await this.hands({ text }, to);
  }

  /** Sends a file, as a policy of one's own allows. */
  async sendsFile(
    bytes: Uint8Array,
    { name, mediaType, policy }: { name: string; mediaType: string; policy?: FilePolicy },
    ...to: Correspondent[]
  ): Promise<string> {
    const call = { name, mediaType, ...(policy && { policy }) };
    const { stream, descriptor } = sealFile(bytes, call);
    const sealed = await new Response(stream as BodyInit).arrayBuffer();
    const upload = await fetch(`${this.url}/files`, {
      method: 'POST',
      headers: {
        ...this.headers,
        'Tus-Resumable': '1.0.0',
        'Upload-Length': String(sealed.byteLength),
        'Content-Type': 'application/offset+octet-stream',
      },
      body: sealed,
    });
    assert.equal(upload.status, 201);
    const { file_id } = (await upload.json()) as { file_id: string };
    return await this.hands({ file: await descriptor }, to, file_id);
  }

  /** Makes new keys; the server gets them. */
  async rotates(): Promise<void> {
    const { api, identity, password } = this;
    const kdf = await this.kdf();
    using stretched = await stretch(password, kdf);
    const { statement } = await identity.rotate({ bits: 2048 });
    const { wrappedKeys } = await identity.lock(password, { kdf });
    const current_password = stretched.loginSecret;
    const body = { current_password, statement, wrapped_keys: wrappedKeys };
    const { response } = await api.PUT('/auth/keys', { body });
    assert.equal(response.status, 204);
  }

  /** The keys as the server keeps them. */
  async wrappedKeys(): Promise<string> {
    const { data } = await this.api.GET('/auth/keys');
    return data!.wrapped_keys!;
  }

  /** How the password is stretched. */
  async kdf(): Promise<Kdf> {
    const { data } = await this.api.POST('/auth/kdf', { body: { email: this.name } });
    return data!;
  }

  /** The texts in the mailbox, the oldest first. */
  async texts(from: Correspondent): Promise<string[]> {
    const { data } = await this.api.GET('/messaging/inbox', {
      params: { query: { after: 0, limit: 200 } },
    });
    const texts: string[] = [];
    for (const { message } of data!.entries) {
      if (message?.sender.username !== from.name) continue;
      const options = { id: message.message_id };
      const letter = await this.identity.open(message.envelope, await from.contact, options);
      texts.push(letter.type === 'text' ? letter.text : letter.file.name);
    }
    return texts;
  }

  private async hands(
    content: { text: string } | { file: FileDescriptor },
    to: Correspondent[],
    file_id?: string,
  ): Promise<string> {
    const contacts = await Promise.all(to.map((one) => one.contact));
    const { id, envelope } = await this.identity.seal(content, contacts);
    const [receiver_email = '', ...cc_emails] = to.map((one) => one.name);
    const { response } = await this.api.POST('/messaging/send_message', {
      body: {
        message_id: id,
        receiver_email,
        cc_emails,
        content_type: file_id === undefined ? 'text' : 'file',
        envelope,
        ...(file_id !== undefined && { file_id }),
      },
    });
    assert.equal(response.status, 200);
    return id;
  }
}
