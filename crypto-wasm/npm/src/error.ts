/** Every code that a {@link PliError} can carry. FORMAT.md §12 says when each comes and what to do. */
export const errorCodes = [
  'aborted',
  'bad_envelope',
  'bad_history',
  'bad_letter',
  'bad_recovery_code',
  'bad_signature',
  'decrypt_failed',
  'destroyed',
  'file_corrupted',
  'file_refused',
  'history_rolled_back',
  'identity_changed',
  'internal',
  'invalid_argument',
  'invalid_key',
  'kdf_mismatch',
  'kdf_refused',
  'key_retired',
  'not_a_recipient',
  'not_supported',
  'size_mismatch',
  'source_failed',
  'wrong_id',
  'wrong_recipients',
  'wrong_sender',
] as const;

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number];

/**
 * The one error of this package. `code` is stable; `message` is for developers and may change;
 * `cause` is what something of the app or of the host threw, where that was the reason.
 */
export class PliError extends Error {
  override readonly name = 'PliError';

  constructor(
    /** What went wrong; FORMAT.md §12 says what to do. */
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** @internal Anything thrown, as a PliError. */
  static from(cause: unknown): PliError {
    if (cause instanceof PliError) return cause;
    return new PliError('internal', 'something that the call relies on failed', { cause });
  }
}

/** @internal Refuses an argument. */
export function invalid(message: string): PliError {
  return new PliError('invalid_argument', message);
}

/** @internal Something that the app has handed in to be read from could not be. */
export function sourceFailed(cause: unknown): PliError {
  return new PliError('source_failed', 'the source could not be read', { cause });
}
