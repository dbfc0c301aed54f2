/** What the page knows of the package: this folder alone imports it. */
import type { History, Kdf, Signer, Statement } from '@pli/crypto';

export type { Envelope, History, Kdf, Signer, Statement } from '@pli/crypto';

/** Keys under a password, and what the server may see of that. */
export interface Locked {
  loginSecret: string;
  wrappedKeys: string;
}

/** What an account is registered with; the password itself stays in the worker. */
export interface NewAccount extends Locked {
  history: History;
  /** How the password was stretched. */
  kdf: Kdf;
}

/** A recovery code, and what the server needs to put it in force. */
export interface RecoveryKit {
  code: string;
  recoverySecret: string;
  recoveryWrappedKeys: string;
  wrappedKeys: string;
  loginSecret: string;
}

/**
 * How a contact's history relates to the one last seen: `refused` is older or invalid, so the one
 * last seen stays in use; `changed` is somebody else's, and nothing is sealed to either.
 */
export type Trust = 'verified' | 'refused' | 'changed';

/** The 60 digits of two histories, the account's own and this one. */
export interface SafetyNumber {
  digits: string;
  history: History;
}

/** What to compare with somebody; `offered` is of a history that departs from the one in use. */
export interface SafetyNumbers {
  used: SafetyNumber;
  offered: SafetyNumber | undefined;
}

/** New keys of one's own, as the server takes them. */
export interface Rotation {
  loginSecret: string;
  statement: Statement;
  wrappedKeys: string;
  /** Under the recovery code, if the keys know of one. */
  recoveryWrappedKeys?: string;
}

/**
 * How the server's history of one's own keys relates to those in use: `newer` has to be unlocked,
 * `adopted` are the keys made here a moment ago, the rest is as for {@link Trust}.
 */
export type OwnTrust = Trust | 'newer' | 'adopted';

/** What a file is said to be, by whoever signed the letter. */
export interface FileFacts {
  name: string;
  mediaType: string;
  size: number;
}

/**
 * What a verified letter holds. The key of its file stays in the worker; the handle leads to it, which
 * no other letter has, whatever the server calls it.
 */
export type Content =
  { kind: 'text'; text: string } | ({ kind: 'file'; handle: number } & FileFacts);

/** A letter that passed every check. People are named by username. */
export interface OpenedLetter {
  sentAt: string;
  to: string[];
  signer: Signer;
  content: Content;
}
