/** What went wrong, by the stable code that the sentence for the reader hangs on. */
export interface Failure {
  code: string;
  /** Seconds to wait before the next attempt, where the server says so. */
  retryAfter?: number | undefined;
}

/** The failure in anything thrown. Errors of the server, the vault and the page carry a `code`. */
export function failureOf(cause: unknown): Failure {
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string') {
    reportError(cause);
    return { code: 'unexpected' };
  }
  const retryAfter =
    'retryAfter' in cause && typeof cause.retryAfter === 'number' ? cause.retryAfter : undefined;
  return { code: cause.code, retryAfter };
}

/** A failure that the page itself finds. */
export class PageError extends Error {
  override readonly name = 'PageError';

  constructor(readonly code: string) {
    super(code);
  }
}
