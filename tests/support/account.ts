import assert from 'node:assert/strict';

import { createPliClient, type PliClient } from '@pli/client';
import { Identity, loginSecret } from '@pli/crypto';

/** Registers an account with keys of 2048 bits, which are made quickly. Gives its recovery code. */
export async function register(
  url: string,
  username: string,
  typed: string,
  how: { recovery?: boolean } = {},
): Promise<string> {
  const { identity, code } = await create(url, username, typed, how);
  identity.destroy();
  return code;
}

/** Registers an account, and gives what belongs to it. */
export async function create(
  url: string,
  username: string,
  typed: string,
  { recovery: wanted = true } = {},
) {
  const identity = await Identity.generate({ username, bits: 2048 });
  // Keys that have made a recovery code know of it, whether or not the server does.
  const kit = wanted ? await identity.recoveryKit() : undefined;
  const { loginSecret: password, wrappedKeys: wrapped_keys } = await identity.lock(typed);
  const recovery = kit && { recovery_secret: kit.recoverySecret, wrapped_keys: kit.wrappedKeys };
  const keys = { wrapped_keys, history: [...identity.history], ...(recovery && { recovery }) };
  const body = { username, email: `${username}@example.com`, password, keys };
  const { response } = await createPliClient({ baseUrl: url }).POST('/auth/register', { body });
  assert.equal(response.status, 201);
  return { identity, code: kit?.code ?? '', password };
}

/** Makes new keys for an account, as another device would. Gives the former wrapped keys. */
export async function rotate(url: string, username: string, typed: string): Promise<string> {
  const { api, session } = await enter(url, username, typed);
  const { wrapped_keys } = session!;
  using identity = await Identity.unlock(wrapped_keys!, typed, { username });
  await renew(api, identity, typed);
  return wrapped_keys!;
}

/** Makes new keys in place of those that somebody has in hand. */
export async function renew(api: PliClient, identity: Identity, typed: string): Promise<void> {
  const { data: keys } = await api.GET('/auth/keys');
  const { kdf, secret: current_password } = await proof(api, identity.username, typed);
  const { statement, recoveryWrappedKeys } = await identity.rotate({ bits: 2048 });
  const { wrappedKeys: wrapped_keys } = await identity.lock(typed, { kdf });
  const { response } = await api.PUT('/auth/keys', {
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
  const { api, secret: current_password } = await enter(url, username, typed);
  const { response } = await api.POST('/auth/delete_account', { body: { current_password } });
  assert.equal(response.status, 204);
}

/** Whether an account can be signed in to with a password. */
export async function admits(url: string, username: string, typed: string): Promise<boolean> {
  return (await enter(url, username, typed)).session !== undefined;
}

/** Signs in with a password; a wrong one gives no session. */
async function enter(url: string, username: string, typed: string) {
  const { secret } = await proof(createPliClient({ baseUrl: url }), username, typed);
  return { secret, ...(await login(url, username, secret)) };
}

/** Signs in with what proves a password. */
export async function login(url: string, email: string, password: string) {
  const open = createPliClient({ baseUrl: url });
  const { data: session } = await open.POST('/auth/login', { body: { email, password } });
  const headers = { Authorization: `Bearer ${session?.access_token}` };
  return { api: createPliClient({ baseUrl: url, headers }), headers, session };
}

/** What proves to the server that somebody knows a password. */
async function proof(api: PliClient, email: string, typed: string) {
  const { data: kdf } = await api.POST('/auth/kdf', { body: { email } });
  return { kdf: kdf!, secret: await loginSecret(typed, kdf!) };
}
