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
  'wrong_id',
  'wrong_recipients',
  'wrong_sender',
] as const;

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number];

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
    return new PliError('internal', 'something that the call relies on failed', { cause });
  }
}

/** @internal Refuses an argument. */
export function invalid(message: string): PliError {
  return new PliError('invalid_argument', message);
}

/** @internal Runs a call of the engine, whose errors have a code, so that only a PliError leaves. */
export function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Error) || cause instanceof PliError) throw PliError.from(cause);
    const code = errorCodes.find((code) => 'code' in cause && code === cause.code);
    throw code === undefined ? PliError.from(cause) : new PliError(code, cause.message);
  }
}
