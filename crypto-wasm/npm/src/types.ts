/** A public key as a JWK with exactly these members (FORMAT.md §2). */
export interface PublicJwk {
  kty: 'RSA';
  n: string;
  e: 'AQAB';
  use: 'enc' | 'sig';
  alg: 'RSA-OAEP-256' | 'PS256';
  kid: string;
}

/** A signed key statement: a JWS in General JSON Serialization (FORMAT.md §3). */
export interface Statement {
  payload: string;
  signatures: { protected: string; signature: string }[];
}

/** A user's key statements, oldest first. Plain JSON, public. */
export type History = readonly Statement[];

/** A sealed letter: a JWE in General JSON Serialization (FORMAT.md §7). */
export interface Envelope {
  protected: string;
  iv: string;
  ciphertext: string;
  tag: string;
  recipients: { header: { kid: string }; encrypted_key: string }[];
}

/** What a receiver needs to open a sealed file; travels inside a letter (FORMAT.md §13). */
export interface FileDescriptor {
  name: string;
  media_type: string;
  /** Plaintext bytes. */
  size: number;
  /** base64url of the 32-byte file key: secret. */
  key: string;
  /** base64url SHA-256 of each ciphertext segment. */
  digests: string[];
}

/** One person and one of their keys. */
export interface Party {
  /** Username. */
  sub: string;
  /** Key identifier: an RFC 7638 thumbprint. */
  kid: string;
}

/** A letter that passed every check of {@link Identity.open}. */
export type Letter = {
  /** UUID. */
  id: string;
  /** RFC 3339, as the sender's clock had it. */
  sentAt: string;
  from: Party;
  to: Party[];
  /** Which key statement signed it, and whether that is the sender's latest. */
  signer: Signer;
} & ({ type: 'text'; text: string } | { type: 'file'; file: FileDescriptor });

/** Which of a contact's key statements a signature belongs to. */
export interface Signer {
  seq: number;
  current: boolean;
}

/** What goes into a letter. */
export type Content = { text: string } | { file: FileDescriptor };

/** Argon2id parameters: `m` in KiB, `salt` as base64url of 16 bytes (FORMAT.md §9). */
export interface Kdf {
  name: 'argon2id';
  m: number;
  t: number;
  p: number;
  salt: string;
}

/** A kind of file that may be sealed and opened: extensions without the dot, lower-case. */
export interface FileType {
  extensions: readonly string[];
  mediaType: string;
  /**
   * base64url of the leading bytes, any of which will do. Empty: any but those of another type,
   * and for a `text/` type, bytes that are text.
   */
  magic: readonly string[];
}

/**
 * Which files may be sealed and opened. Absent: .txt .pdf .png .jpg .jpeg .gif, whose name, media
 * type and leading bytes must agree.
 */
export type FilePolicy = 'any' | readonly FileType[];
