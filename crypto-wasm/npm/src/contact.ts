import type * as wasm from '../wasm/pli_crypto.js';
import { json, record, text } from './arguments.js';
import { engine } from './engine.js';
import { guarded, invalid } from './error.js';
import type { History } from './types.js';

const handles = new WeakMap<Contact, wasm.Contact>();

/**
 * Another person: a verified key history for the username that the caller expects (FORMAT.md §3).
 */
export class Contact {
  /** Username, as every key statement has it. */
  readonly username: string;
  /** The verified history. Keep it, and give it to the next {@link Contact.from}. */
  readonly pin: History;

  private constructor(handle: wasm.Contact) {
    this.username = handle.username;
    this.pin = JSON.parse(handle.pin) as History;
    handles.set(this, handle);
  }

  /**
   * Verifies a key history and holds it against the pin, the history last seen.
   *
   * @throws {PliError} `bad_history` when it is no valid chain for `username`;
   * `history_rolled_back` when it is older than the pin; `identity_changed` when it isn't the
   * pin's continuation: seal nothing to it until the user accepts.
   */
  static async from(
    history: History,
    options: { username: string; pin?: History },
  ): Promise<Contact> {
    const { Contact: Handle } = await engine();
    return guarded(() => {
      const { username, pin } = record(options, 'options');
      return new Contact(
        new Handle(
          json(history, 'history'),
          text(username, 'username'),
          pin === undefined ? undefined : json(pin, 'pin'),
        ),
      );
    });
  }
}

/** @internal What the engine knows of a contact. */
export function contactHandle(contact: Contact): wasm.Contact {
  const handle = handles.get(contact);
  if (handle === undefined) throw invalid('a contact comes from Contact.from');
  return handle;
}
