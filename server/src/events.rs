//! Live events: a stream that says when a mailbox has changed, and nothing else. The client then
//! fetches the inbox, so that nothing is lost when a stream breaks.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, stream};
use poem::{Body, IntoResponse, Response, http::header};
use poem_openapi::{
    ApiResponse, OpenApi,
    payload::Payload,
    registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
};
use tokio::sync::watch;

use crate::{
    app::{App, Part},
    caller::{Caller, CurrentAccount, is_alive},
    error::Error,
    mailbox::mailbox,
    metrics::Present,
    notices::Outbox,
};

/// How often a quiet stream shows that it is alive, and finds out whether its session is.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The route of events.
pub(crate) struct Events(pub(crate) Arc<App>);

/// Whom to wake when a mailbox has changed: the streams that are open here, and other servers.
pub(crate) struct Listeners {
    streams: Arc<Mutex<Streams>>,
    outbox: Option<Outbox>,
}

/// The accounts that have streams open, by number: what wakes them, and how many there are.
type Streams = HashMap<i64, (watch::Sender<()>, usize)>;

/// The place of a stream among the listeners, until it is dropped.
struct Listener {
    streams: Arc<Mutex<Streams>>,
    account: i64,
    changes: watch::Receiver<()>,
}

impl Listeners {
    /// Nobody yet. `outbox` is for a database that other servers use too.
    pub(crate) fn new(outbox: Option<Outbox>) -> Self {
        Self { streams: Arc::default(), outbox }
    }

    /// Wakes the account's streams, here and on other servers. Several calls may wake them once.
    pub(crate) fn notify(&self, account: i64) {
        self.wake(account);
        if let Some(outbox) = &self.outbox {
            outbox.put(account);
        }
    }

    /// Wakes the account's streams here.
    pub(crate) fn wake(&self, account: i64) {
        if let Some((sender, _)) = lock(&self.streams).get(&account) {
            sender.send_replace(());
        }
    }

    /// Wakes all streams here.
    pub(crate) fn wake_all(&self) {
        lock(&self.streams).values().for_each(|(sender, _)| sender.send_replace(()));
    }

    /// What other servers are to be told.
    pub(crate) fn outbox(&self) -> Option<&Outbox> {
        self.outbox.as_ref()
    }

    fn listen(&self, account: i64) -> Listener {
        let mut streams = lock(&self.streams);
        let (sender, open) = streams.entry(account).or_insert_with(|| (watch::channel(()).0, 0));
        *open += 1;
        let changes = sender.subscribe();
        Listener { streams: Arc::clone(&self.streams), account, changes }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Entry::Occupied(mut streams) = lock(&self.streams).entry(self.account) {
            streams.get_mut().1 -= 1;
            if streams.get().1 == 0 {
                streams.remove();
            }
        }
    }
}

fn lock(streams: &Mutex<Streams>) -> MutexGuard<'_, Streams> {
    streams.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stream of server-sent events.
pub(crate) struct EventStream(Body);

#[OpenApi(tag = "Part::Messaging")]
impl Events {
    /// Live events
    ///
    /// A stream of server-sent events. `event: mailbox` comes on connecting and whenever the
    /// mailbox has changed, with `data: {"last_seq": …, "version": …}`; a comment comes every
    /// 15 seconds. The stream ends with its session.
    #[oai(path = "/messaging/events", method = "get", operation_id = "events")]
    async fn events(&self, caller: CurrentAccount) -> EventStream {
        let app = Arc::clone(&self.0);
        let listener = app.listeners.listen(caller.0.no);
        EventStream(Body::from_bytes_stream(changes(app, caller.0, listener)))
    }
}

/// What a stream has to say next.
struct Watch {
    app: Arc<App>,
    caller: Caller,
    listener: Listener,
    told: Option<(i64, i64)>,
    _open: Present,
}

fn changes(
    app: Arc<App>,
    caller: Caller,
    listener: Listener,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    let open = Present::of(&app.metrics.event_streams);
    let watch = Watch { app, caller, listener, told: None, _open: open };
    stream::unfold(watch, |mut watch| async {
        match watch.next().await {
            Ok(text) => text.map(|text| (Ok(text), watch)),
            // The error has been logged; the client connects again.
            Err(_) => None,
        }
    })
}

impl Watch {
    /// Waits for the next thing to say; none ends the stream.
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let mut quiet = false;
            if self.told.is_some() {
                tokio::select! {
                    biased;
                    () = self.app.stopping.cancelled() => return Ok(None),
                    changed = self.listener.changes.changed() => {
                        changed.map_err(Error::internal)?;
                    }
                    () = tokio::time::sleep(HEARTBEAT) => quiet = true,
                }
            }
            if !is_alive(&self.app, self.caller.session).await? {
                return Ok(None);
            }
            let state = mailbox(&self.app, &self.caller).await?;
            if self.told != Some(state) {
                self.told = Some(state);
                let (last_seq, version) = state;
                let data = serde_json::json!({ "last_seq": last_seq, "version": version });
                return Ok(Some(format!("event: mailbox\ndata: {data}\n\n").into()));
            }
            if quiet {
                return Ok(Some(Bytes::from_static(b":\n\n")));
            }
        }
    }
}

impl Payload for EventStream {
    const CONTENT_TYPE: &'static str = "text/event-stream";

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            example: Some("event: mailbox\ndata: {\"last_seq\":7,\"version\":2}\n\n".into()),
            ..MetaSchema::new("string")
        }))
    }
}

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        Response::builder()
            .content_type(Self::CONTENT_TYPE)
            .header(header::CACHE_CONTROL, "no-store")
            .header("x-accel-buffering", "no")
            .body(self.0)
    }
}

impl ApiResponse for EventStream {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![MetaResponse {
                description: "The stream, open until one side ends it",
                status: Some(200),
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: Self::CONTENT_TYPE,
                    schema: Self::schema_ref(),
                }],
                headers: vec![],
            }],
        }
    }

    fn register(_registry: &mut Registry) {}
}

#[cfg(test)]
mod tests {
    use super::{Listeners, lock};

    #[tokio::test]
    async fn an_account_is_forgotten_with_its_last_stream() {
        let listeners = Listeners::new(None);
        let (first, mut second) = (listeners.listen(1), listeners.listen(1));
        drop(first);
        listeners.wake(1);
        second.changes.changed().await.unwrap();
        drop((second, listeners.listen(2)));
        assert!(lock(&listeners.streams).is_empty());
    }
}
