import assert from 'node:assert/strict';

import { createPliClient } from '@pli/client';
import { Identity } from '@pli/crypto';

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
