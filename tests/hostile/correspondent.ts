import assert from 'node:assert/strict';

import type { PliClient } from '@pli/client';
import {
  Contact,
  type FileDescriptor,
  type FilePolicy,
  type Identity,
  sealFile,
} from '@pli/crypto';

import { create, login, renew } from '../support/account.ts';

/** Somebody who writes with the package itself, without a browser. */
export class Correspondent {
  private constructor(
    readonly name: string,
    readonly password: string,
    private readonly url: string,
    readonly id: string,
    readonly identity: Identity,
    private readonly headers: { Authorization: string },
    readonly api: PliClient,
  ) {}

  /** Registers with keys of 2048 bits, which are made quickly. */
  static async at(url: string, name: string, password: string): Promise<Correspondent> {
    const { identity, password: secret } = await create(url, name, password, { recovery: false });
    const { api, headers, session } = await login(url, name, secret);
    const { id } = session!.account;
    return new Correspondent(name, password, url, id, identity, headers, api);
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
    await renew(this.api, this.identity, this.password);
  }

  /** The keys as the server keeps them. */
  async wrappedKeys(): Promise<string> {
    const { data } = await this.api.GET('/auth/keys');
    return data!.wrapped_keys!;
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
