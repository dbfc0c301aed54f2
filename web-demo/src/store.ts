import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Account } from './api/api';
import type { Person } from './people';
import type { Envelope, History } from './vault/types';

/** A session that is kept on this device. */
export interface Kept {
  account: Account;
  /** Can't be taken out of this browser; it opens the rest. */
  key: CryptoKey;
  /** The account's keys, wrapped under `key`. */
  wrappedKeys: string;
  /** The session's tokens, sealed under `key`. */
  tokens: { iv: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer };
}

/** A sealed letter that has not left yet. */
export interface Queued {
  id: string;
  /** Username of the account that wrote it. */
  account: string;
  others: Person[];
  envelope: Envelope;
  fileId?: string | undefined;
  at: number;
}

/** What is kept of somebody's keys, all of it public. */
export interface Pin {
  /** The key history last seen. */
  history: History;
  /** How many of its statements the reader knows of. */
  told: number;
  /** The latest statement of the history whose safety number was compared. */
  mark?: string | undefined;
  /** Whether this history was accepted in place of another. */
  replaced?: boolean;
}

interface Schema extends DBSchema {
  /** By account and username. */
  pins: { key: string; value: Pin };
  kept: { key: 'session'; value: Kept };
  queue: { key: string; value: Queued };
}

let opened: Promise<IDBPDatabase<Schema>> | undefined;

/** What this browser keeps between visits: nothing that opens a letter by itself. */
export function store(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('pli', 1, {
    upgrade(database) {
      for (const name of ['pins', 'kept', 'queue'] as const) database.createObjectStore(name);
    },
    // A page of a newer version waits for the older ones to let go.
    blocking(_, __, event) {
      (event.target as IDBDatabase).close();
      opened = undefined;
    },
    terminated() {
      opened = undefined;
    },
  }).catch((cause: unknown) => {
    opened = undefined;
    throw cause;
  });
  return opened;
}
