//! A piece of work on the database that waits for its turn and, once it is on disk, for its answer.

use futures_util::{FutureExt, future::LocalBoxFuture};
use sqlx::AnyConnection;
use tokio::sync::oneshot;

use crate::error::{Code, Error};

/// What running a job came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// What it did is to be kept.
    Keep,
    /// It was refused: what it did is to be undone.
    Discard,
    /// It got in the way of another transaction: it is to be undone, and may be run again.
    Collided,
}

/// A job whose result's type is its own affair.
pub(crate) trait Job: Send {
    /// Does the work. A second call does it anew.
    fn run<'a>(&'a mut self, connection: &'a mut AnyConnection) -> LocalBoxFuture<'a, Outcome>;

    /// Tells whoever waits what came of it, given what came of the commit.
    fn answer(self: Box<Self>, committed: Result<(), Code>);
}

/// Some work and who waits for it.
struct Waiting<W, T> {
    work: W,
    result: Option<Result<T, Error>>,
    sender: oneshot::Sender<Result<T, Error>>,
}

/// Makes a job of `work`, and what to wait on for its result.
pub(crate) fn job<T: Send + 'static>(
    work: impl AsyncFn(&mut AnyConnection) -> Result<T, Error> + Send + 'static,
) -> (Box<dyn Job>, oneshot::Receiver<Result<T, Error>>) {
    let (sender, receiver) = oneshot::channel();
    (Box::new(Waiting { work, result: None, sender }), receiver)
}

impl<W, T> Job for Waiting<W, T>
where
    W: AsyncFn(&mut AnyConnection) -> Result<T, Error> + Send,
    T: Send,
{
    fn run<'a>(&'a mut self, connection: &'a mut AnyConnection) -> LocalBoxFuture<'a, Outcome> {
        async move {
            let result = (self.work)(connection).await;
            let outcome = match &result {
                Ok(_) => Outcome::Keep,
                Err(error) if error.collided() => Outcome::Collided,
                Err(_) => Outcome::Discard,
            };
            self.result = Some(result);
            outcome
        }
        .boxed_local()
    }

    fn answer(self: Box<Self>, committed: Result<(), Code>) {
        let result = match self.result {
            Some(Ok(value)) => committed.map(|()| value).map_err(Error::from),
            Some(Err(error)) => Err(error),
            None => Err(committed.err().unwrap_or(Code::Unavailable).into()),
        };
        // Nobody may be waiting any more; the work is done all the same.
        drop(self.sender.send(result));
    }
}
