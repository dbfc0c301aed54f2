import { abortSignal, callback, json, reading, recordOf, text } from './arguments.js';
import type { FileOptions } from './file.js';
import { lengthOf, sealedSource, sourceOf } from './reader.js';
import type { FileDescriptor, FilePolicy } from './types.js';
import { hostFor } from './webcrypto.js';

const OPTIONS = ['policy', 'signal', 'onProgress', 'engine'] as const;

/** @internal What `sealFile` is called with, as far as it can be checked before anything is begun. */
export function sealing(
  source: Blob | Uint8Array | ReadableStream<Uint8Array>,
  options: { name: string; mediaType: string; size?: number } & FileOptions,
) {
  return reading(() => {
    const members = [...OPTIONS, 'name', 'mediaType', 'size'] as const;
    const { name, mediaType, size } = recordOf(options, 'options', members);
    const from = sourceOf(source);
    return {
      source: from,
      name: text(name, 'name'),
      mediaType: bareMediaType(text(mediaType, 'mediaType')),
      size: lengthOf(from, size),
      ...fileOptions(options),
    };
  });
}

/** @internal What `openFile` is called with, as {@link sealing} has it for `sealFile`. */
export function opening(
  descriptor: FileDescriptor,
  source: Blob | Uint8Array | ReadableStream<Uint8Array> | Response,
  options: FileOptions = {},
) {
  return reading(() => ({
    descriptor: json(descriptor, 'descriptor'),
    source: sealedSource(source),
    ...fileOptions(recordOf(options, 'options', OPTIONS)),
  }));
}

function fileOptions({ policy, signal, onProgress, engine }: FileOptions) {
  callback(onProgress, 'onProgress');
  hostFor(engine);
  return { policy: policyJson(policy), signal: abortSignal(signal), onProgress, engine };
}

function policyJson(policy: FilePolicy | undefined): string | undefined {
  if (policy === undefined) return undefined;
  return policy === 'any' ? '"any"' : json(policy, 'policy');
}

/**
 * Without parameters, which a Blob's type may have, and in lower case. Of a type that the browser
 * doesn't know it has none: those are bytes of any kind (RFC 2046 §4.5.1).
 */
function bareMediaType(mediaType: string): string {
  return mediaType.split(';', 1)[0]!.trim().toLowerCase() || 'application/octet-stream';
}
