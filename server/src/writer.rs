//! The writer: a thread of its own that all work on the database goes through, so that the work
//! needs not be `Send` and long queues of requests don't hold it up.

use std::{thread, time::Duration};

use sqlx::AnyConnection;
use tokio::{
    sync::{mpsc, oneshot},
    task::LocalSet,
};
use tokio_util::sync::CancellationToken;

use crate::{
    error::{Code, Error},
    job::{Job, job},
};

/// How many jobs are taken from the queue at once.
pub(crate) const GROUP: usize = 64;
/// How long a request waits for a place in the queue, or for a connection.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// How work gets into a database.
pub(crate) trait Engine {
    /// Does some jobs, or begins to, and sees to it that they are answered.
    async fn take(&mut self, jobs: Vec<Box<dyn Job>>);

    /// Finishes what was begun, and closes its connections.
    async fn close(self);
}

/// The way to the writer's thread.
pub(crate) struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
    closing: CancellationToken,
    closed: CancellationToken,
}

impl Writer {
    /// Starts the thread, and opens the engine on it.
    ///
    /// # Errors
    /// When the thread can't be started, or the engine can't be opened.
    pub(crate) async fn start<E: Engine>(
        open: impl AsyncFnOnce() -> Result<E, sqlx::Error> + Send + 'static,
    ) -> Result<Self, sqlx::Error> {
        let (closing, closed) = (CancellationToken::new(), CancellationToken::new());
        let (jobs, mut queue) = mpsc::channel(4 * GROUP);
        let (opened, opening) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, at_end) = (closing.clone(), closed.clone().drop_guard());
        thread::Builder::new().name("pli-writer".to_owned()).spawn(move || {
            let _at_end = at_end;
            LocalSet::new().block_on(&runtime, async move {
                let mut engine = match open().await {
                    Ok(engine) => engine,
                    Err(error) => return drop(opened.send(Err(error))),
                };
                drop(opened.send(Ok(())));
                loop {
                    let mut group = Vec::new();
                    let queued = tokio::select! {
                        biased;
                        queued = queue.recv_many(&mut group, GROUP) => queued,
                        () = stop.cancelled(), if !queue.is_closed() => {
                            queue.close();
                            continue;
                        }
                    };
                    if queued == 0 {
                        break;
                    }
                    engine.take(group).await;
                }
                engine.close().await;
            });
        })?;
        opening.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
        Ok(Self { jobs, closing, closed })
    }

    /// Queues `work` and waits for what came of it.
    ///
    /// # Errors
    /// That of the work or of the commit; `unavailable` when there is no place in the queue, or
    /// nobody who works on it.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl AsyncFn(&mut AnyConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (job, result) = job(work);
        self.jobs.send_timeout(job, PATIENCE).await.map_err(|_| Code::Unavailable)?;
        result.await.map_err(|_| Code::Unavailable)?
    }

    /// Finishes what has queued, and waits for the thread's end.
    pub(crate) async fn close(&self) {
        self.closing.cancel();
        self.closed.cancelled().await;
    }
}
