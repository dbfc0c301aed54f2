//! Request bodies that must keep coming.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use prometheus_client::metrics::counter::Counter;
use tokio::time::{Instant, Sleep, sleep};

use crate::connection_settings::Deadlines;

/// A body that fails with [`io::ErrorKind::TimedOut`] when nothing comes for too long, or too
/// little. Only the time spent waiting for the client counts, not that spent on what came.
pub(crate) struct TimedBody<B> {
    body: B,
    deadlines: Deadlines,
    counter: Counter,
    deadline: Pin<Box<Sleep>>,
    waiting_since: Option<Instant>,
    waited: Duration,
    received: usize,
}

impl<B> TimedBody<B> {
    /// Holds `body` to its deadlines, and adds its bytes to `counter`.
    pub(crate) fn new(body: B, deadlines: Deadlines, counter: Counter) -> Self {
        Self {
            body,
            deadlines,
            counter,
            deadline: Box::pin(sleep(deadlines.body)),
            waiting_since: None,
            waited: Duration::ZERO,
            received: 0,
        }
    }

    /// Notes the end of a wait that brought `size` bytes; false when they came too slowly.
    fn keeps_pace(&mut self, size: usize) -> bool {
        self.received += size;
        self.waited += self.waiting_since.take().map_or(Duration::ZERO, |since| since.elapsed());
        if self.waited < self.deadlines.window {
            return true;
        }
        let enough = self.received >= self.deadlines.least;
        self.waited = Duration::ZERO;
        self.received = 0;
        enough
    }
}

impl<B> Body for TimedBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                let size = frame.data_ref().map_or(0, Bytes::len);
                this.counter.inc_by(size as u64);
                let timed_out = || Err(io::ErrorKind::TimedOut.into());
                Poll::Ready(Some(if this.keeps_pace(size) { Ok(frame) } else { timed_out() }))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(io::Error::other(error)))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                if this.waiting_since.is_none() {
                    let now = Instant::now();
                    this.waiting_since = Some(now);
                    this.deadline.as_mut().reset(now + this.deadlines.body);
                }
                ready!(this.deadline.as_mut().poll(context));
                Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, time::Duration};

    use bytes::Bytes;
    use futures_util::{poll, stream};
    use http_body::Frame;
    use http_body_util::{BodyExt, StreamBody};
    use prometheus_client::metrics::counter::Counter;
    use tokio::sync::mpsc;

    use super::TimedBody;
    use crate::connection_settings::Deadlines;

    const WINDOW: Duration = Duration::from_secs(1);

    /// How many pieces of these sizes go through when half a window is waited for each.
    async fn pieces_that_pass(sizes: &[usize]) -> usize {
        let long = Duration::from_secs(1000);
        let deadlines =
            Deadlines { head: long, body: long, window: WINDOW, least: 1000, write: long };
        let (pieces, mut coming) = mpsc::unbounded_channel();
        let body = StreamBody::new(stream::poll_fn(move |context| coming.poll_recv(context)));
        let mut body = TimedBody::new(body, deadlines, Counter::default());
        let mut passed = 0;
        for size in sizes {
            assert!(poll!(body.frame()).is_pending());
            body.waiting_since = body.waiting_since.map(|since| since - WINDOW / 2);
            let piece = Frame::data(Bytes::from(vec![b' '; *size]));
            pieces.send(Ok::<_, Infallible>(piece)).unwrap();
            if body.frame().await.unwrap().is_err() {
                break;
            }
            passed += 1;
        }
        passed
    }

    #[tokio::test]
    async fn what_comes_at_the_least_speed_goes_through_and_a_byte_less_does_not() {
        assert_eq!(pieces_that_pass(&[500, 500, 500, 500]).await, 4);
        assert_eq!(pieces_that_pass(&[0, 1000, 1000, 0]).await, 4);
        assert_eq!(pieces_that_pass(&[500, 499]).await, 1);
        assert_eq!(pieces_that_pass(&[5000, 500, 500, 499]).await, 3, "each window on its own");
    }
}
