/**
 * Every code that a {@link PliError} can carry. FORMAT.md §12 says when each comes and what to do.
 */
export type ErrorCode =
  | 'aborted'
  | 'bad_envelope'
  | 'bad_history'
  | 'bad_letter'
  | 'bad_recovery_code'
  | 'bad_signature'
  | 'decrypt_failed'
  | 'destroyed'
  | 'file_corrupted'
  | 'file_refused'
  | 'history_rolled_back'
  | 'identity_changed'
  | 'internal'
  | 'invalid_argument'
  | 'invalid_key'
  | 'kdf_mismatch'
  | 'kdf_refused'
  | 'key_retired'
  | 'not_a_recipient'
  | 'not_supported'
  | 'size_mismatch'
  | 'wrong_id'
  | 'wrong_recipients'
  | 'wrong_sender';

/** The one error of this package. `code` is stable; `message` is for developers. */
export class PliError extends Error {
  override readonly name = 'PliError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** @internal Anything thrown, as a PliError. */
  static from(cause: unknown): PliError {
    if (cause instanceof PliError) return cause;
    if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') {
      return new PliError(cause.code as ErrorCode, cause.message);
    }
    return new PliError('internal', 'the library failed unexpectedly', { cause });
  }
}

/** @internal Refuses an argument. */
export function invalid(message: string): PliError {
  return new PliError('invalid_argument', message);
}

/** @internal Runs what may throw anything, so that only a PliError leaves. */
export function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw PliError.from(cause);
  }
}
