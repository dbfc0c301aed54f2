/**
 * The same interface, computed in a worker, so that no call blocks the page. The first call starts
 * the worker; it ends with the page, or by {@link terminate}.
 *
 * @packageDocumentation
 */
import { reading, recordOf } from './arguments.js';
import type * as library from './library.js';
import type { WasmSource } from './source.js';
import type { Stretched as LocalStretched } from './password.js';
import { connectTo } from './worker/connection.js';
import { remoteOpenFile, remoteOpenFileRange, remoteSealFile } from './worker/files.js';
import { end, remoteClass, remoteFunction } from './worker/remote.js';

export { errorCodes, PliError } from './error.js';
export type * from './library.js';
export { passwordKdf } from './password-kdf.js';
export { fileEngine } from './webcrypto.js';
export { terminate } from './worker/connection.js';

/**
 * One's own keys, as the worker holds them: an RSA pair to be written to and an RSA pair to sign
 * with, the former ones, and the signed history of them all (FORMAT.md §2, §3). Destroy it when it
 * is no longer needed.
 */
export type Identity = library.Identity;
/** Makes, unlocks or recovers one's own keys, in the worker. */
export const Identity = remoteClass<typeof library.Identity>(
  'Identity',
  { generate: 'call', unlock: 'call', unlockWith: 'call', recover: 'call' },
  {
    username: 'read',
    history: 'read',
    engine: 'field',
    lock: 'call',
    lockWith: 'call',
    recoveryKit: 'call',
    rotate: 'call',
    seal: 'call',
    open: 'call',
    sign: 'call',
  },
);

/**
 * Another person: a verified key history for the username that the caller expects (FORMAT.md §3).
 * It holds nothing secret and needs no destroying.
 */
export type Contact = library.Contact;
/** Verifies other people's key histories, in the worker. */
export const Contact = remoteClass<typeof library.Contact>(
  'Contact',
  { from: 'call' },
  { username: 'field', pin: 'field' },
);

remoteClass<typeof LocalStretched>('Stretched', {}, { loginSecret: 'read' });

export const stretch = remoteFunction<typeof library.stretch>('stretch');
export const loginSecret = remoteFunction<typeof library.loginSecret>('loginSecret');
export const recoverySecret = remoteFunction<typeof library.recoverySecret>('recoverySecret');
export const verify = remoteFunction<typeof library.verify>('verify');
export const safetyNumber = remoteFunction<typeof library.safetyNumber>('safetyNumber');
export const openFile: typeof library.openFile = remoteOpenFile;
export const openFileRange: typeof library.openFileRange = remoteOpenFileRange;
export const sealFile: typeof library.sealFile = remoteSealFile;

const remoteInit = remoteFunction<typeof library.init>('init');

/**
 * Starts the worker and loads the WebAssembly file there. Optional: every call makes sure of both.
 *
 * @param options.worker A module worker that the app has made, for bundlers that don't find the
 * package's own. It imports `@pli/crypto` or `@pli/crypto/inline`, and `@pli/crypto/worker/thread`,
 * and has half a minute to load.
 * @param options.module Where the WebAssembly comes from.
 * @throws {PliError} `internal` when the worker can't be started or says nothing, or the file can't
 * be loaded.
 */
export async function init(
  options: { worker?: Worker; module?: WasmSource } = {},
): ReturnType<typeof library.init> {
  const { worker, ...others } = reading(() => ({
    ...recordOf(options, 'options', ['worker', 'module']),
  }));
  if (worker !== undefined) connectTo(worker, end);
  return await remoteInit(others);
}
