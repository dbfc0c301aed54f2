import type { Schemas } from '@pli/client';
import { ApiError } from '../failure';

/** A code may stand in a sentence for the reader. */
const CODE = /^[a-z_]{3,40}$/;

type Call<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

/** The data of a successful call; anything else is thrown. */
export async function answer<T>(call: Call<T>): Promise<T> {
  return (await answered(call)).data;
}

/** The data of a successful call together with what its head says. */
export async function answered<T>(call: Call<T>): Promise<{ data: T; response: Response }> {
  try {
    const { data, error, response } = await call;
    if (response.ok) return { data: data as T, response };
    const wait = /^[0-9]{1,5}$/.exec(response.headers.get('Retry-After') ?? '')?.[0];
    throw problem(response.status, error, wait === undefined ? undefined : Number(wait));
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError('bad_answer', 0, undefined, undefined, { cause });
  }
}

/** A list in which nothing occurs twice: the views tell things apart by their identifiers. */
export function eachOnce<T extends { id: string }>(list: readonly T[]): T[] {
  return [...new Map(list.map((it) => [it.id, it])).values()];
}

/** The error that a problem document (RFC 9457) stands for. */
export function problem(status: number, body: unknown, retryAfter?: number): ApiError {
  const { code, errors } = (body ?? {}) as Partial<Schemas['Problem']>;
  if (typeof code !== 'string' || !CODE.test(code)) return new ApiError('bad_answer', status);
  const [fault] = Array.isArray(errors) ? errors : [];
  return new ApiError(code, status, retryAfter, fault?.pointer);
}

/** The body of an answer that is read as it comes. */
export function streamed(body: ReadableStream<Uint8Array> | null): ReadableStream<Uint8Array> {
  if (!body) throw new ApiError('bad_answer');
  return body;
}
