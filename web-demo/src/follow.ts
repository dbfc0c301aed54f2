import type { Api } from './api/api';
import { type Connection, followMailbox } from './api/events';
import { oncePerRun } from './coalesced';

/** What one tab tells the others. */
type News = { connection: Connection } | 'changed' | 'hello';

const RETRY = 5_000;

/**
 * Follows an account's mailbox until the signal aborts. Of all tabs of the account, one has the
 * stream of events and tells the others; when it goes, the next one takes over.
 */
export async function follow(
  account: string,
  api: Api,
  signal: AbortSignal,
  onChange: () => Promise<void>,
  onConnection: (connection: Connection) => void,
): Promise<void> {
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) return await followMailbox(api, signal, onChange, onConnection);
  const channel = new BroadcastChannel(`pli-mailbox-${account}`);
  const tell = (news: News) => channel.postMessage(news);
  signal.addEventListener('abort', () => channel.close());
  listen(channel, signal, onChange, onConnection);
  tell('hello');
  const work = async () => {
    let latest: Connection = 'connecting';
    channel.onmessage = ({ data }: MessageEvent<News>) => {
      if (data === 'hello') tell({ connection: latest });
    };
    const onNews = oncePerRun(onChange, () => tell('changed'));
    await followMailbox(api, signal, onNews, (connection) => {
      latest = connection;
      tell({ connection });
      onConnection(connection);
    });
  };
  await locks.request(`pli-events-${account}`, { signal }, work).catch((cause: unknown) => {
    if (!signal.aborted) throw cause;
  });
}

/** Goes by what another tab tells. */
function listen(
  channel: BroadcastChannel,
  signal: AbortSignal,
  onChange: () => Promise<void>,
  onConnection: (connection: Connection) => void,
): void {
  let retry: ReturnType<typeof setTimeout> | undefined;
  const change = oncePerRun(onChange, (run) => {
    run.catch(() => {
      if (!signal.aborted) retry = setTimeout(catchUp, RETRY);
    });
  });
  const catchUp = () => {
    clearTimeout(retry);
    void change();
  };
  signal.addEventListener('abort', () => clearTimeout(retry));
  channel.onmessage = ({ data }: MessageEvent<News>) => {
    if (data === 'changed') catchUp();
    else if (data !== 'hello') {
      onConnection(data.connection);
      if (data.connection === 'live') catchUp();
    }
  };
}
