import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Api } from './api';
import { oncePerRun } from '../coalesced';
import { ApiError } from '../failure';

/** Whether letters arrive as they are sent; `odd` when the server answers what can't be. */
export type Connection = 'connecting' | 'live' | 'lost' | 'odd';

/** The server's heartbeat comes every 15 s; after two missed ones the stream counts as dead. */
const SILENCE = 40_000;

const LONGEST_WAIT = 30_000;

/**
 * Follows the mailbox until the signal aborts, reconnecting with growing pauses. `onChange` is
 * called on connecting and on every change; a failure in it reconnects too, so that nothing is
 * skipped.
 */
export async function followMailbox(
  api: Api,
  signal: AbortSignal,
  onChange: () => Promise<void>,
  onConnection: (connection: Connection) => void,
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      await listen(api, signal, onChange, () => {
        failures = 0;
        onConnection('live');
      });
    } catch (cause) {
      const code = cause instanceof ApiError ? cause.code : undefined;
      if (signal.aborted || code === 'session_ended') return;
      onConnection(code === 'bad_answer' ? 'odd' : 'lost');
    }
    await pause(Math.min(1000 * 2 ** failures, LONGEST_WAIT) * (0.5 + Math.random() / 2), signal);
  }
}

/** Reads one connection to its end. */
async function listen(
  api: Api,
  signal: AbortSignal,
  onChange: () => Promise<void>,
  onCurrent: () => void,
): Promise<void> {
  const connection = new AbortController();
  const stop = () => connection.abort();
  signal.addEventListener('abort', stop);
  addEventListener('offline', stop);
  let watchdog = setTimeout(stop, SILENCE);
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(stop, SILENCE);
  };
  let failure: unknown;
  const fail = (cause: unknown) => {
    failure = cause;
    stop();
  };
  const caughtUp = () => {
    if (!connection.signal.aborted) onCurrent();
  };
  const change = oncePerRun(onChange, (run) => void run.then(caughtUp, fail));
  try {
    const body = await api.events(connection.signal);
    const events = body
      .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
      // Heartbeats are comments.
      .pipeThrough(new EventSourceParserStream({ maxBufferSize: 64 * 1024, onComment: alive }))
      .getReader();
    // Heartbeats are heard while a change is dealt with, however long that takes.
    for (let next; !(next = await events.read()).done;) {
      alive();
      if (next.value.event === 'mailbox') void change();
    }
  } catch (cause) {
    throw failure ?? cause;
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener('abort', stop);
    removeEventListener('offline', stop);
    stop();
  }
}

/** Waits; a network that comes back ends the wait. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener('online', go);
      signal.removeEventListener('abort', go);
      resolve();
    };
    const timer = setTimeout(go, milliseconds);
    addEventListener('online', go);
    signal.addEventListener('abort', go);
  });
}
