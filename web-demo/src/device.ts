/**
 * Staying signed in: the account's keys and the session's tokens under a key that this browser uses
 * but does not give away.
 */
import type { Account } from './api/api';
import type { Shelf, TokenRing, Tokens } from './api/tokens';
import { type Kept, store } from './store';
import type { Vault } from './vault/vault';

const ALGORITHM = { name: 'AES-GCM', length: 256 };

/** Whether this browser can keep a session; over plain http it can't. */
export const canStaySignedIn = Boolean(globalThis.crypto?.subtle && navigator.locks);

/** The session that is kept here, if there is one. */
export async function keptSession(): Promise<Kept | undefined> {
  if (!canStaySignedIn) return undefined;
  try {
    return await (await store()).get('kept', 'session');
  } catch {
    return undefined;
  }
}

/**
 * Keeps a session, in place of any other; says whether it could. Tokens that another tab of it keeps
 * stay.
 */
export async function keep(account: Account, vault: Vault, ring: TokenRing): Promise<boolean> {
  try {
    const key = await crypto.subtle.generateKey(ALGORITHM, false, ['encrypt', 'decrypt']);
    const wrappedKeys = await vault.remote.keys.keepWith(key);
    await ring.share(shelfOf(account.id), async (tokens) => {
      const kept = { account, key, wrappedKeys, tokens: await seal(key, tokens) };
      await (await store()).put('kept', kept, 'session');
    });
    return true;
  } catch (cause) {
    // The session goes on without; it is only that the next visit asks for the password.
    reportError(cause);
    return false;
  }
}

/** Forgets an account's session, if it is kept here; its letters that have not left stay. */
export async function forget(id: string): Promise<void> {
  try {
    const transaction = (await store()).transaction('kept', 'readwrite');
    const kept = await transaction.store.get('session');
    if (kept?.account.id === id) await transaction.store.delete('session');
    await transaction.done;
  } catch {
    // A browser that stores nothing has nothing to forget.
  }
}

/** Where the tabs of a kept session share its tokens. */
export function shelfOf(id: string): Shelf {
  const kept = async () => {
    const session = await keptSession();
    return session?.account.id === id ? session : undefined;
  };
  return {
    async read() {
      const session = await kept();
      if (!session) return undefined;
      const { iv, sealed } = session.tokens;
      const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, session.key, sealed);
      return JSON.parse(new TextDecoder().decode(opened)) as Tokens;
    },
    async write(tokens) {
      const session = await kept();
      if (!session) return;
      const sealed = await seal(session.key, tokens);
      const transaction = (await store()).transaction('kept', 'readwrite');
      // What was forgotten or kept anew meanwhile stays so.
      const now = await transaction.store.get('session');
      if (now && now.wrappedKeys === session.wrappedKeys) {
        await transaction.store.put({ ...now, tokens: sealed }, 'session');
      }
      await transaction.done;
    },
  };
}

async function seal(key: CryptoKey, tokens: Tokens): Promise<Kept['tokens']> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const bytes = new TextEncoder().encode(JSON.stringify(tokens));
  return { iv, sealed: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes) };
}
