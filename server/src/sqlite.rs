//! SQLite: one file, read-only connections, and one writer that commits what has queued.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    time::Instant,
};

use futures_util::FutureExt;
use sqlx::{AnyConnection, AnyPool, Connection, any::AnyPoolOptions};

use crate::{
    error::{Code, Error},
    job::{Job, Outcome},
    metrics::Commits,
    writer::{Engine, PATIENCE},
};

/// How many connections read.
const READERS: u32 = 4;

/// Holds the database for one server, as long as it is not dropped.
pub(crate) struct Hold(File);

impl Hold {
    /// Takes the lock of the database at `path`; none when another process has it.
    ///
    /// # Errors
    /// When the lock's file can't be used.
    pub(crate) fn take(path: &Path) -> io::Result<Option<Self>> {
        let file = private().open(lock_file(path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Lets another server have the database.
    pub(crate) fn release(&self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "the lock of the database could not be released");
        }
    }
}

fn lock_file(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// Whether a result code is about the state of the file, not about what was asked: busy or locked,
/// read-only, or not to be read, written or opened (primary codes 5, 6, 8, 10 and 14).
pub(crate) fn is_unwell(code: &str) -> bool {
    // Those of Postgres have five characters.
    let code = code.parse::<u32>().ok().filter(|code| *code < 10_000);
    code.is_some_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 14))
}

/// How files are made that only their owner may read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Opens the connection that a schema is made with, and the file when there is none. What SQLite
/// puts beside it takes after it.
pub(crate) async fn connect(path: &Path) -> Result<AnyConnection, sqlx::Error> {
    drop(private().open(path)?);
    let mut connection = AnyConnection::connect(&url(path, "rwc")?).await?;
    for pragma in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"] {
        sqlx::query(pragma).execute(&mut connection).await?;
    }
    Ok(connection)
}

/// The connections for reading.
pub(crate) fn readers(path: &Path) -> Result<AnyPool, sqlx::Error> {
    AnyPoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(PATIENCE)
        .connect_lazy(&url(path, "ro")?)
}

fn url(path: &Path, mode: &str) -> Result<String, sqlx::Error> {
    let path = std::path::absolute(path)?;
    let text = path.to_str().ok_or_else(|| {
        sqlx::Error::Configuration("the path of the database must be UTF-8".into())
    })?;
    let encoded = text.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    Ok(format!("sqlite:{encoded}?mode={mode}"))
}

/// The connection that writes.
pub(crate) struct GroupCommit(AnyConnection, Commits);

impl GroupCommit {
    /// Opens the connection.
    ///
    /// # Errors
    /// When the file can't be opened.
    pub(crate) async fn open(path: &Path, commits: Commits) -> Result<Self, sqlx::Error> {
        let mut connection = AnyConnection::connect(&url(path, "rw")?).await?;
        // What is deleted is overwritten, so that it can't be read off the disk.
        for pragma in ["PRAGMA synchronous = FULL", "PRAGMA secure_delete = ON"] {
            sqlx::query(pragma).execute(&mut connection).await?;
        }
        Ok(Self(connection, commits))
    }

    /// Runs jobs in one transaction, a savepoint each. Those that panic are dropped, and with them
    /// those who wait.
    async fn run(
        &mut self,
        jobs: Vec<Box<dyn Job>>,
        done: &mut Vec<Box<dyn Job>>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.0).await?;
        for mut job in jobs {
            sqlx::query("SAVEPOINT request").execute(&mut self.0).await?;
            let outcome = AssertUnwindSafe(job.run(&mut self.0)).catch_unwind().await;
            if !matches!(outcome, Ok(Outcome::Keep)) {
                sqlx::query("ROLLBACK TO request").execute(&mut self.0).await?;
            }
            sqlx::query("RELEASE request").execute(&mut self.0).await?;
            if outcome.is_ok() {
                done.push(job);
            }
        }
        sqlx::query("COMMIT").execute(&mut self.0).await?;
        Ok(())
    }
}

impl Engine for GroupCommit {
    /// Runs the jobs in one transaction, and answers after the commit.
    async fn take(&mut self, jobs: Vec<Box<dyn Job>>) {
        let (mut done, begun) = (Vec::with_capacity(jobs.len()), Instant::now());
        let committed: Result<(), Code> =
            self.run(jobs, &mut done).await.map_err(|error| Error::from(error).code);
        if committed.is_err() {
            // SQLite may have rolled back by itself; the next group begins afresh either way.
            drop(sqlx::query("ROLLBACK").execute(&mut self.0).await);
        }
        self.1.note(done.len(), begun.elapsed());
        for job in done {
            job.answer(committed);
        }
    }

    /// Closes the connection, the last one: it may write then, and so brings everything into the
    /// one file.
    async fn close(self) {
        drop(self.0.close().await);
    }
}
