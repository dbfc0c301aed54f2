//! Postgres: a pool for reading, and a pool for writing with a transaction for every job.
//!
//! Transactions are READ COMMITTED. What a write decides on is locked by the statement that reads
//! it, an UPDATE or DELETE with RETURNING or the index of an INSERT, or by a row that everybody who
//! writes the same locks first. So the outcome is that of one write after the other.

use std::time::{Duration, Instant};

use sqlx::{AnyConnection, AnyPool, Connection, Executor, any::AnyPoolOptions};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    database::column,
    error::Error,
    job::{Job, Outcome},
    metrics::Commits,
    writer::{Engine, PATIENCE},
};

/// How often a job is run that collides with others.
const ATTEMPTS: u32 = 10;
/// How long the first pause after a collision is at most, in milliseconds. Each one after it may be
/// twice as long.
const PAUSE: u64 = 2;

/// How long a connection may rest before it is tested again.
const REST: Duration = Duration::from_millis(200);

/// What every session is set to. A 200 says that something is on disk, and a server that hangs
/// holds up others for a while only.
const SESSION: &str = "SELECT set_config('synchronous_commit', 'on', false)
     WHERE current_setting('synchronous_commit') = 'off';
     SET lock_timeout = '5s';
     SET statement_timeout = '30s';
     SET idle_in_transaction_session_timeout = '30s'";

/// Whether an error's SQLSTATE says that the database can't answer at the moment: the connection is
/// gone (class 08), there are too many (53300), a lock or a statement took too long (55P03, 57014),
/// the server goes down or comes up (57P01 to 57P05), or has become a read-only copy (25006).
pub(crate) fn is_away(state: &str) -> bool {
    matches!(state, "53300" | "55P03" | "57014" | "25006" | "25P03")
        || (state.len() == 5 && (state.starts_with("08") || state.starts_with("57P")))
}

/// Opens the connection that a schema is made with.
pub(crate) async fn connect(url: &str) -> Result<AnyConnection, sqlx::Error> {
    AnyConnection::connect(url).await
}

/// The encoding of the database's texts.
pub(crate) async fn encoding(connection: &mut AnyConnection) -> Result<String, sqlx::Error> {
    let encoding = "SELECT current_setting('server_encoding') AS encoding";
    column(&sqlx::query(encoding).fetch_one(connection).await?, "encoding")
}

/// Up to `most` connections.
pub(crate) fn pool(url: &str, most: u32) -> Result<AnyPool, sqlx::Error> {
    AnyPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(PATIENCE)
        // Each one is tested when it comes back. One that has rested may have died meanwhile.
        .test_before_acquire(false)
        .before_acquire(|connection, metadata| {
            Box::pin(async move {
                if metadata.idle_for > REST {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(SESSION).await.map(drop) })
        })
        .connect_lazy(url)
}

/// The connections that write.
pub(crate) struct Transactions {
    pool: AnyPool,
    running: JoinSet<()>,
    commits: Commits,
}

impl Transactions {
    /// Writes by way of `pool`.
    pub(crate) fn new(pool: AnyPool, commits: Commits) -> Self {
        Self { pool, running: JoinSet::new(), commits }
    }
}

impl Engine for Transactions {
    async fn take(&mut self, jobs: Vec<Box<dyn Job>>) {
        while self.running.try_join_next().is_some() {}
        for mut job in jobs {
            let (pool, commits) = (self.pool.clone(), self.commits.clone());
            self.running.spawn_local(async move {
                // One that panics is dropped, and with it the one who waits.
                let begun = Instant::now();
                let committed = persist(&pool, job.as_mut()).await;
                commits.note(1, begun.elapsed());
                job.answer(committed.map_err(|error| error.code));
            });
        }
    }

    async fn close(mut self) {
        while self.running.join_next().await.is_some() {}
        self.pool.close().await;
    }
}

/// Runs a job until it doesn't collide with others any more.
async fn persist(pool: &AnyPool, job: &mut dyn Job) -> Result<(), Error> {
    let mut attempt = 1;
    loop {
        let outcome = run(pool, job).await;
        let collided = match &outcome {
            Ok(outcome) => *outcome == Outcome::Collided,
            Err(error) => error.collided(),
        };
        if !collided || attempt == ATTEMPTS {
            return outcome.map(drop);
        }
        // At random, so that those who collided don't meet again.
        sleep(Duration::from_millis(fastrand::u64(0..=PAUSE << attempt))).await;
        attempt += 1;
    }
}

/// Runs a job in a transaction, and commits it if that is to be.
async fn run(pool: &AnyPool, job: &mut dyn Job) -> Result<Outcome, Error> {
    let begun = pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await;
    let mut transaction = begun.map_err(|error| match error {
        // Nothing has been done yet; another connection may well work.
        sqlx::Error::Io(_) => Error::collision(),
        error => error.into(),
    })?;
    let outcome = job.run(&mut transaction).await;
    if outcome == Outcome::Keep {
        transaction.commit().await?;
    } else {
        transaction.rollback().await?;
    }
    Ok(outcome)
}
