import { invalid, PliError } from './error.js';

/** @internal The argument, when it is a string that UTF-8 can carry unchanged. */
export function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw invalid(`${name} must be a string`);
  if (/\p{Surrogate}/u.test(value)) throw invalid(`${name} holds an unpaired surrogate`);
  return value;
}

/** @internal The argument, when it is an object to read members from. */
export function record<T extends object>(value: T, name: string): T {
  if (typeof value !== 'object' || value === null) throw invalid(`${name} must be an object`);
  return value;
}

/** @internal A password in the form that is hashed: NFKC, as FORMAT.md §9 says. */
export function password(value: unknown): string {
  const typed = text(value, 'password');
  if (typed === '') throw invalid('password is empty');
  return typed.normalize('NFKC');
}

/** @internal The argument as JSON text; a string is taken to be JSON text already. */
export function json(value: unknown, name: string): string {
  if (typeof value === 'string') return text(value, name);
  let written: string | undefined;
  try {
    written = JSON.stringify(record(value as object, name));
  } catch (cause) {
    throw cause instanceof PliError ? cause : invalid(`${name} is not plain JSON`);
  }
  if (written === undefined) throw invalid(`${name} is not plain JSON`);
  return written;
}

/** @internal The argument's bytes, unless their buffer is detached. */
export function bytes(value: unknown, name: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw invalid(`${name} must be a Uint8Array`);
  try {
    new Uint8Array(value.buffer, 0, 0); // Node 20 has no other way to tell that it is detached.
  } catch {
    throw invalid(`${name} is detached`);
  }
  return value;
}

/** @internal Whole and not negative, as sizes and offsets are. */
export function count(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalid(`${name} must be a whole number of bytes`);
  }
  return value as number;
}

/** @internal The signal, if there is one. */
export function abortSignal(value: unknown): AbortSignal | undefined {
  if (value !== undefined && !(value instanceof AbortSignal)) {
    throw invalid('signal must be an AbortSignal');
  }
  return value;
}
