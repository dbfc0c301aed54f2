import { PageError } from '../failure';
import { problem } from './answer';
import { STALL, unreachable } from './reach';
import type { TokenRing } from './tokens';

/** Bytes done, of how many. */
export type OnBytes = (done: number, total: number) => void;

/** Uploads sealed bytes; answers with the file's id. */
export async function upload(
  tokens: TokenRing,
  sealed: Blob,
  onBytes: OnBytes,
  signal: AbortSignal,
): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const token = tokens.access;
    const { status, body } = await post(sealed, token, onBytes, signal);
    if (status === 201) return (body as { file_id: string }).file_id;
    if (status !== 401 || attempt > 0) throw problem(status, body);
    await tokens.renew(token);
  }
}

/** One POST of a whole file, by XMLHttpRequest: fetch tells nothing of an upload's progress. */
function post(
  sealed: Blob,
  token: string,
  onBytes: OnBytes,
  signal: AbortSignal,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    request.open('POST', '/files');
    request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.setRequestHeader('Tus-Resumable', '1.0.0');
    request.setRequestHeader('Upload-Length', String(sealed.size));
    request.setRequestHeader('Content-Type', 'application/offset+octet-stream');
    request.responseType = 'json';
    let timer = setTimeout(stop, STALL);
    request.upload.onprogress = (event) => {
      clearTimeout(timer);
      timer = setTimeout(stop, STALL);
      onBytes(event.loaded, event.total);
    };
    request.onload = () => resolve({ status: request.status, body: request.response });
    request.onerror = request.onabort = () =>
      reject(signal.aborted ? new PageError('cancelled') : unreachable(undefined));
    request.onloadend = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
    signal.addEventListener('abort', stop);
    if (signal.aborted) reject(new PageError('cancelled'));
    else request.send(sealed);
  });
}
