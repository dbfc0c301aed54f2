//! Bodies of answers, whose readers must keep reading.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::BoxBody;
use prometheus_client::metrics::counter::Counter;
use tokio::time::{Instant, sleep_until};

/// The most bytes that are handed out at once: what is handed out has to be kept until the
/// client takes it.
const PIECE: usize = 64 * 1024;

/// Since when the client has been slow to take what was handed out.
#[derive(Clone, Default)]
pub(crate) struct Pace(Arc<Mutex<Option<Instant>>>);

impl Pace {
    fn waits_since(&self, since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    /// Returns once a piece has not been taken for as long as `patience`. A body that has nothing
    /// to hand out may take as long as it likes.
    pub(crate) async fn stalls(&self, patience: Duration) {
        loop {
            let since = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let until = since.unwrap_or_else(Instant::now) + patience;
            if since.is_some() && until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    }
}

/// A body that is handed out in small pieces, and notes when each is.
pub(crate) struct AnswerBody {
    body: BoxBody<Bytes, io::Error>,
    rest: Bytes,
    pace: Pace,
    counter: Counter,
}

impl AnswerBody {
    /// Notes in `pace` when pieces of `body` are handed out, and adds their bytes to `counter`.
    pub(crate) fn new(body: BoxBody<Bytes, io::Error>, pace: Pace, counter: Counter) -> Self {
        Self { body, rest: Bytes::new(), pace, counter }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        // Asked for more, so the piece before has been taken.
        this.pace.waits_since(None);
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                other => return Poll::Ready(other),
            }
        }
        this.pace.waits_since(Some(Instant::now()));
        let piece = this.rest.split_to(this.rest.len().min(PIECE));
        this.counter.inc_by(piece.len() as u64);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (inner, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + rest);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.pace.waits_since(None);
    }
}
