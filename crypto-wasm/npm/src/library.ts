/// <reference lib="esnext.disposable" preserve="true" />
export { Contact } from './contact.js';
export { init } from './engine.js';
export { type ErrorCode, errorCodes, PliError } from './error.js';
export { type FileOptions, openFile, type SealedFile, sealFile } from './file.js';
export { Identity } from './identity.js';
export type { Expected, KeyOptions } from './identity-call.js';
export { loginSecret, recoverySecret, stretch, type Stretched } from './password.js';
export { passwordKdf } from './password-kdf.js';
export { openFileRange } from './range.js';
export { safetyNumber, verify } from './signature.js';
export type { WasmSource } from './source.js';
export type {
  Content,
  Envelope,
  FileDescriptor,
  FilePolicy,
  FileType,
  History,
  Kdf,
  Letter,
  Party,
  PublicJwk,
  Signer,
  Statement,
} from './types.js';
export { type ChosenEngine, type Engine, fileEngine } from './webcrypto.js';
