import { ApiError } from '../failure';

/** Longest wait for the head of an answer, and longest silence in the middle of one. */
const PATIENCE = 30_000;

/** Longest silence in the middle of a file. */
export const STALL = 60_000;

/** Longest wait for a whole answer; a page of letters may hold megabytes. */
const DEADLINE = 300_000;

/** Most bytes of a whole answer. The server ends a page after 4 MiB and the letter at hand. */
const LARGEST = 16 * 1024 * 1024;

/** Fetches a whole answer; a server that stops in the middle of it can't be reached. */
export async function reach(request: Request): Promise<Response> {
  return await attempt(request, whole);
}

/** Fetches an answer that is read as it comes; a refusal comes whole. */
export async function begin(request: Request): Promise<Response> {
  return await attempt(request, async (response, alive) =>
    response.ok ? response : await whole(response, alive),
  );
}

/** Fetches until `take` has what it wants, as long as it goes on. */
async function attempt(
  request: Request,
  take: (response: Response, alive: () => void) => Promise<Response>,
): Promise<Response> {
  const patience = new AbortController();
  const stop = () => patience.abort(request.signal.reason);
  if (request.signal.aborted) stop();
  request.signal.addEventListener('abort', stop);
  const deadline = setTimeout(stop, DEADLINE);
  let silence = setTimeout(stop, PATIENCE);
  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(stop, PATIENCE);
  };
  try {
    // Where credentials are left out, no answer makes the browser ask for a password itself.
    const call = { credentials: 'omit', redirect: 'error', signal: patience.signal } as const;
    return await take(await fetch(request, call), alive);
  } catch (cause) {
    stop();
    throw cause instanceof ApiError ? cause : unreachable(cause);
  } finally {
    clearTimeout(silence);
    clearTimeout(deadline);
  }
}

/** The answer with its body at hand. */
async function whole(response: Response, alive: () => void): Promise<Response> {
  // Chromium gives an answer without content an empty body, and takes none for it.
  if (!response.body || response.status === 204) return response;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const collect = new WritableStream<Uint8Array<ArrayBuffer>>({
    write(bytes) {
      alive();
      size += bytes.length;
      if (size > LARGEST) throw new ApiError('bad_answer', response.status);
      pieces.push(bytes);
    },
  });
  await response.body.pipeTo(collect);
  return new Response(new Blob(pieces), response);
}

/** The error for a server that does not answer. */
export function unreachable(cause: unknown): ApiError {
  return new ApiError('unreachable', 0, undefined, undefined, { cause });
}
