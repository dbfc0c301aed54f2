import { streamed } from './answer';
import { STALL, unreachable } from './reach';

/** Bytes on their way from the server. */
export interface Download {
  /** The next bytes; undefined at the end. */
  pull(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Hangs up, if there is more to come. */
  stop(): void;
}

/** An answer that is read piece by piece; `call` asks for it with the signal that hangs up. */
export async function download(
  call: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array> | null>,
  connection = new AbortController(),
): Promise<Download> {
  const stop = () => connection.abort();
  const reader = streamed(await call(connection.signal)).getReader();
  const pull = async () => {
    const timer = setTimeout(stop, STALL);
    try {
      return (await reader.read()).value as Uint8Array<ArrayBuffer> | undefined;
    } catch (cause) {
      throw unreachable(cause);
    } finally {
      clearTimeout(timer);
    }
  };
  return { pull, stop };
}
