//! The database: read-only connections, and one writer that commits what has queued.

use std::{path::Path, thread};

use futures_util::{FutureExt, future::LocalBoxFuture};
use sqlx::{
    AnyConnection, AnyPool, Connection, Row,
    any::{AnyPoolOptions, AnyRow},
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::error::{Code, Error};

/// How many requests share a commit at most.
const GROUP: usize = 64;

type Answer = Box<dyn FnOnce(Result<(), Code>)>;
type Job = Box<dyn for<'c> FnOnce(&'c mut AnyConnection) -> LocalBoxFuture<'c, Outcome> + Send>;

/// What a piece of work came to: whether to keep it, and whom to tell once it is on disk.
struct Outcome {
    keep: bool,
    answer: Answer,
}

/// The database of a server.
pub(crate) struct Database {
    readers: AnyPool,
    jobs: mpsc::Sender<Job>,
    closing: CancellationToken,
    closed: CancellationToken,
}

impl Database {
    /// Opens the SQLite file at `path`, makes it when there is none, and brings its schema up to
    /// date.
    ///
    /// # Errors
    /// When the file can't be opened, or a migration fails.
    pub(crate) async fn open(path: &Path) -> Result<Self, sqlx::Error> {
        sqlx::any::install_default_drivers();
        let url = sqlite_url(path)?;
        make_private(path)?;
        let mut writer = AnyConnection::connect(&format!("{url}?mode=rwc")).await?;
        for pragma in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"] {
            sqlx::query(pragma).execute(&mut writer).await?;
        }
        sqlx::migrate!().run(&mut writer).await?;
        writer.close().await?;

        let readers =
            AnyPoolOptions::new().max_connections(4).connect_lazy(&format!("{url}?mode=ro"))?;
        let (closing, closed) = (CancellationToken::new(), CancellationToken::new());
        let jobs = spawn_writer(format!("{url}?mode=rw"), closing.clone(), closed.clone()).await?;
        Ok(Self { readers, jobs, closing, closed })
    }

    /// The connections for reading. They see what has been committed.
    pub(crate) fn reader(&self) -> &AnyPool {
        &self.readers
    }

    /// Runs `work` in a transaction of its own and returns once it is on disk; an error leaves
    /// nothing behind. It runs to its end even when nobody waits for it any more.
    ///
    /// # Errors
    /// The error of `work`, or that of the commit.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            Box::pin(async move {
                let result = work(connection).await;
                let keep = result.is_ok();
                let answer: Answer = Box::new(move |committed| {
                    let result =
                        result.and_then(|value| committed.map(|()| value).map_err(Error::from));
                    // Nobody may be waiting any more; the work is done all the same.
                    drop(sender.send(result));
                });
                Outcome { keep, answer }
            })
        });
        self.jobs.send(job).await.map_err(|_| Code::Unavailable)?;
        receiver.await.map_err(|_| Code::Unavailable)?
    }

    /// Finishes what has queued and closes all connections, the writer's last: it may write then,
    /// and so brings everything into the one file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.closing.cancel();
        self.closed.cancelled().await;
    }
}

/// Makes the file, readable by its owner only; what SQLite puts beside it takes after it.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn sqlite_url(path: &Path) -> Result<String, sqlx::Error> {
    let path = std::path::absolute(path)?;
    let text = path.to_str().ok_or_else(|| {
        sqlx::Error::Configuration("the path of the database must be UTF-8".into())
    })?;
    let encoded = text.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    Ok(format!("sqlite:{encoded}"))
}

/// Starts the writer on a thread of its own: its work needs not be `Send`, and long queues of
/// requests don't hold it up.
async fn spawn_writer(
    url: String,
    closing: CancellationToken,
    closed: CancellationToken,
) -> Result<mpsc::Sender<Job>, sqlx::Error> {
    let (sender, mut jobs) = mpsc::channel::<Job>(4 * GROUP);
    let (opened, opening) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("pli-writer".to_owned()).spawn(move || {
        let _closed = closed.drop_guard();
        runtime.block_on(async move {
            let mut connection = match open_writer(&url).await {
                Ok(connection) => connection,
                Err(error) => return drop(opened.send(Err(error))),
            };
            drop(opened.send(Ok(())));
            let mut group = Vec::with_capacity(GROUP);
            loop {
                let queued = tokio::select! {
                    biased;
                    queued = jobs.recv_many(&mut group, GROUP) => queued,
                    () = closing.cancelled(), if !jobs.is_closed() => {
                        jobs.close();
                        continue;
                    }
                };
                if queued == 0 {
                    break;
                }
                commit(&mut connection, group.drain(..)).await;
            }
            drop(connection.close().await);
        });
    })?;
    opening.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
    Ok(sender)
}

async fn open_writer(url: &str) -> Result<AnyConnection, sqlx::Error> {
    let mut connection = AnyConnection::connect(url).await?;
    // What is deleted is overwritten, so that it can't be read off the disk.
    for pragma in ["PRAGMA synchronous = FULL", "PRAGMA secure_delete = ON"] {
        sqlx::query(pragma).execute(&mut connection).await?;
    }
    Ok(connection)
}

/// Runs a group of jobs in one transaction, a savepoint each, and answers after the commit.
async fn commit(connection: &mut AnyConnection, jobs: impl Iterator<Item = Job>) {
    let mut answers = Vec::new();
    let committed = run(connection, jobs, &mut answers).await.map_err(|error| {
        let error = Error::from(error);
        error.code
    });
    if committed.is_err() {
        // SQLite may have rolled back by itself; the next group begins afresh either way.
        drop(sqlx::query("ROLLBACK").execute(&mut *connection).await);
    }
    for answer in answers {
        answer(committed);
    }
}

async fn run(
    connection: &mut AnyConnection,
    jobs: impl Iterator<Item = Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), sqlx::Error> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    for job in jobs {
        sqlx::query("SAVEPOINT request").execute(&mut *connection).await?;
        // A job that panics is not answered: its sender goes down with it.
        let outcome = std::panic::AssertUnwindSafe(job(connection)).catch_unwind().await;
        if !outcome.as_ref().is_ok_and(|outcome| outcome.keep) {
            sqlx::query("ROLLBACK TO request").execute(&mut *connection).await?;
        }
        sqlx::query("RELEASE request").execute(&mut *connection).await?;
        answers.extend(outcome.ok().map(|outcome| outcome.answer));
    }
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Ok(())
}

/// Decides in one place what an error of the database means to a client.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(database) = &error {
            let message = database.message();
            let constraint = database.constraint().unwrap_or(message);
            let named = |column: &str| {
                constraint.contains(column) || constraint.contains(&column.replace('.', "_"))
            };
            let code = match database.code().as_deref() {
                Some("13" | "53100") => Some(Code::StorageFull),
                _ if !database.is_unique_violation() => None,
                _ if named("accounts.username") => Some(Code::UsernameTaken),
                _ if named("accounts.email") => Some(Code::EmailTaken),
                _ if named("statements.account") || named("statements_pkey") => {
                    Some(Code::StaleHistory)
                }
                _ if named("key_ids.kid") || named("key_ids_pkey") => Some(Code::KeyInUse),
                _ => None,
            };
            if let Some(code) = code {
                return code.into();
            }
        }
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Code::Unavailable.into(),
            error => Self::internal(error),
        }
    }
}

/// Reads a column that the query is known to return.
pub(crate) fn column<'r, T>(row: &'r AnyRow, name: &str) -> Result<T, sqlx::Error>
where
    T: sqlx::Decode<'r, sqlx::Any> + sqlx::Type<sqlx::Any>,
{
    row.try_get(name)
}
