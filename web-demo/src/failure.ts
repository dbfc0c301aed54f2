/** What went wrong, by the stable code that the sentence for the reader hangs on. */
export interface Failure {
  code: string;
  /** Seconds to wait before the next attempt, where the server says so. */
  retryAfter?: number | undefined;
  /** Which of several things it is about: a name that was typed, a file. */
  about?: string | undefined;
}

/** The failure in anything thrown. Errors of the server, the vault and the page carry a `code`. */
export function failureOf(cause: unknown): Failure {
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string') {
    reportError(cause);
    return { code: 'unexpected' };
  }
  const retryAfter =
    'retryAfter' in cause && typeof cause.retryAfter === 'number' ? cause.retryAfter : undefined;
  const about = 'about' in cause && typeof cause.about === 'string' ? cause.about : undefined;
  return { code: cause.code, retryAfter, about };
}

/** What the server refused, or that it could not be reached: `unreachable`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: string,
    readonly status = 0,
    /** Seconds to wait before the next attempt, where the server says so. */
    readonly retryAfter?: number,
    /** JSON Pointer to the member of the request that is at fault. */
    readonly pointer?: string,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

/** A failure that the page itself finds. */
export class PageError extends Error {
  override readonly name = 'PageError';

  constructor(readonly code: string) {
    super(code);
  }
}
