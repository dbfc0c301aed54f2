import assert from 'node:assert/strict';

import { createPliClient } from '@pli/client';
import { Identity, loginSecret } from '@pli/crypto';

/** Registers an account with keys of 2048 bits, which are made quickly. Gives its recovery code. */
export async function register(
  url: string,
  username: string,
  typed: string,
  { recovery: wanted = true } = {},
): Promise<string> {
  using identity = await Identity.generate({ username, bits: 2048 });
  const kit = await identity.recoveryKit();
  const { loginSecret: password, wrappedKeys: wrapped_keys } = await identity.lock(typed);
  const recovery = { recovery_secret: kit.recoverySecret, wrapped_keys: kit.wrappedKeys };
  const keys = { wrapped_keys, history: [...identity.history], ...(wanted && { recovery }) };
  const body = { username, email: `${username}@example.com`, password, keys };
  const { response } = await createPliClient({ baseUrl: url }).POST('/auth/register', { body });
  assert.equal(response.status, 201);
  return kit.code;
}

/** Makes new keys for an account, as another device of its owner would. */
export async function rotate(url: string, username: string, typed: string): Promise<void> {
  const { api, headers, current_password, kdf } = await enter(url, username, typed);
  const { data: keys } = await api.GET('/auth/keys', { headers });
  using identity = await Identity.unlock(keys!.wrapped_keys!, typed, { username });
  const { statement, recoveryWrappedKeys } = await identity.rotate({ bits: 2048 });
  const { wrappedKeys: wrapped_keys } = await identity.lock(typed, { kdf });
  const { response } = await api.PUT('/auth/keys', {
    headers,
    body: {
      current_password,
      statement,
      wrapped_keys,
      ...(keys!.has_recovery && { recovery_wrapped_keys: recoveryWrappedKeys! }),
    },
  });
  assert.equal(response.status, 204);
}

/** Deletes an account, as its owner would. */
export async function remove(url: string, username: string, typed: string): Promise<void> {
  const { api, headers, current_password } = await enter(url, username, typed);
  const body = { current_password };
  const { response } = await api.POST('/auth/delete_account', { headers, body });
  assert.equal(response.status, 204);
}

/** Whether an account can be signed in to with a password. */
export async function admits(url: string, username: string, typed: string): Promise<boolean> {
  return (await enter(url, username, typed)).status === 200;
}

async function enter(url: string, username: string, typed: string) {
  const api = createPliClient({ baseUrl: url });
  const { data } = await api.POST('/auth/kdf', { body: { email: username } });
  const kdf = data!;
  const current_password = await loginSecret(typed, kdf);
  const body = { email: username, password: current_password };
  const { data: session, response } = await api.POST('/auth/login', { body });
  const headers = { Authorization: `Bearer ${session?.access_token}` };
  return { api, headers, current_password, kdf, status: response.status };
}
