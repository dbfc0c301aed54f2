import { reading, record, text } from './arguments.js';
import { PliError } from './error.js';
import type { Kdf } from './types.js';

/**
 * Reads how the password of wrapped keys was stretched (FORMAT.md §10). Locked with it, keys stay
 * under that password.
 *
 * Nothing of it is verified yet: {@link stretch} and {@link Identity.lock} refuse what would expose
 * the password.
 *
 * @throws {PliError} `decrypt_failed` for what are no wrapped keys, `kdf_refused` for a copy that is
 * under no password, but under a recovery code or a key of the device.
 */
export function passwordKdf(wrappedKeys: string): Kdf {
  const wrapped = reading(() => text(wrappedKeys, 'wrappedKeys'));
  let kdf: { name?: unknown };
  try {
    const header = wrapped.slice(0, wrapped.indexOf('.'));
    const parsed = JSON.parse(atob(header.replace(/-/g, '+').replace(/_/g, '/'))) as { kdf: Kdf };
    kdf = record(parsed.kdf, 'kdf');
  } catch {
    throw new PliError('decrypt_failed', 'the keys could not be unwrapped');
  }
  if (kdf.name === 'recovery' || kdf.name === 'device') {
    const call = kdf.name === 'recovery' ? 'recover' : 'unlockWith';
    const message = `this copy is not wrapped under a password: use Identity.${call}`;
    throw new PliError('kdf_refused', message);
  }
  return kdf as Kdf;
}
