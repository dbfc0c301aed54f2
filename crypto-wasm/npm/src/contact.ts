import * as wasm from '../wasm/pli_crypto.js';
import { json, reading, recordOf, text } from './arguments.js';
import { checkHeld, engine, Held } from './engine.js';
import { invalid } from './error.js';
import type { History } from './types.js';

/** What the library knows of a contact, and what it can be told again. */
interface Known {
  held: Held<wasm.Contact>;
  readonly history: string;
  readonly username: string;
}

const ORIGIN = 'a contact comes from Contact.from';

const known = new WeakMap<Contact, Known>();

/**
 * Another person: a verified key history for the username that the caller expects (FORMAT.md §3).
 * It holds nothing secret and needs no destroying.
 */
export class Contact {
  /** Username, as every key statement has it. */
  readonly username: string;
  /** The verified history. Keep it, and give it to the next {@link Contact.from}. */
  readonly pin: History;

  private constructor(held: Held<wasm.Contact>) {
    checkHeld(() => held, ORIGIN);
    const history = held.run((handle) => handle.pin);
    this.username = held.run((handle) => handle.username);
    this.pin = JSON.parse(history) as History;
    known.set(this, { held, history, username: this.username });
  }

  /**
   * Verifies a key history and holds it against the pin, the history last seen. Takes about a
   * millisecond for each statement.
   *
   * @param options.username Whom the history must be of.
   * @param options.pin {@link Contact.pin} of the last time, if there was one.
   * @throws {PliError} `bad_history` when it is no valid chain for `username`;
   * `history_rolled_back` when it is older than the pin; `identity_changed` when it isn't the
   * pin's continuation: seal nothing to it until the user accepts (FORMAT.md §3.3).
   * `invalid_argument` for a username or pin that is none.
   */
  static async from(
    history: History,
    options: { username: string; pin?: History },
  ): Promise<Contact> {
    const [statements, username, pin] = reading(() => {
      const { username, pin } = recordOf(options, 'options', ['username', 'pin']);
      return [
        json(history, 'history'),
        text(username, 'username'),
        pin === undefined ? undefined : json(pin, 'pin'),
      ] as const;
    });
    const { Contact: Handle } = await engine();
    return new Contact(new Held(() => new Handle(statements, username, pin), 'contact'));
  }

  /** Lets Vue's reactive state hold it as it is: a Proxy of it would be refused. */
  get [Symbol.toStringTag](): string {
    return 'Contact';
  }
}

/** @internal Gives a call of the library what it knows of a contact. */
export function heldContact(contact: Contact): Held<wasm.Contact> {
  const own = known.get(contact);
  if (own === undefined) throw invalid(ORIGIN);
  if (own.held.lost) {
    // It is public and has been verified: nothing needs to be unlocked again, as keys do.
    const { history, username } = own;
    own.held = new Held(() => new wasm.Contact(history, username, undefined), 'contact');
  }
  return own.held;
}
