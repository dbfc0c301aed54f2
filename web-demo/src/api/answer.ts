import type { Schemas } from '@pli/client';
import { ApiError } from '../failure';

/** The data of a successful call; anything else is thrown. */
export async function answer<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  try {
    const { data, error, response } = await call;
    if (response.ok) return data as T;
    const wait = Number(response.headers.get('Retry-After') ?? NaN);
    throw problem(response.status, error, Number.isFinite(wait) ? wait : undefined);
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError('bad_answer', 0, undefined, undefined, { cause });
  }
}

/** The error that a problem document (RFC 9457) stands for. */
export function problem(status: number, body: unknown, retryAfter?: number): ApiError {
  const { code, errors } = (body ?? {}) as Partial<Schemas['Problem']>;
  if (typeof code !== 'string') return new ApiError('bad_answer', status, retryAfter);
  return new ApiError(code, status, retryAfter, errors?.[0]?.pointer);
}

/** The body of an answer that is read as it comes. */
export function streamed(body: ReadableStream<Uint8Array> | null): ReadableStream<Uint8Array> {
  if (!body) throw new ApiError('bad_answer');
  return body;
}
