//! The database, SQLite or Postgres: connections for reading, and transactions for writing. One
//! text of SQL serves both.

use std::{io, path::PathBuf, time::Duration};

use sqlx::{AnyConnection, AnyPool, Connection, Row, any::AnyRow};
use tokio::time::timeout;

use crate::{
    database_url::DatabaseUrl,
    error::{Code, Error},
    metrics::Commits,
    postgres, schema,
    sqlite::{self, Hold},
    writer::Writer,
};

/// How long the database may take to say that it is well.
const CHECK: Duration = Duration::from_secs(3);

/// Why a database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It can't be opened, or doesn't answer.
    #[error(transparent)]
    Sqlx(#[from] sqlx::Error),
    /// The file that keeps other servers away can't be used.
    #[error(transparent)]
    Lock(#[from] io::Error),
    /// Another server uses the file.
    #[error("another pli-server is running on {}; only Postgres serves several", .0.display())]
    InUse(PathBuf),
    /// Its schema has migrations that this server doesn't know.
    #[error(
        "it was last used by a newer version of pli-server: start that version, or a later one"
    )]
    Newer,
    /// Its schema lacks migrations that this server needs.
    #[error("it is of an older version of pli-server: start the server once")]
    Older,
    /// It can't hold all texts.
    #[error("its encoding is {0}: it must be made with the encoding UTF8")]
    Encoding(String),
}

/// The database of a server.
pub(crate) struct Database {
    readers: AnyPool,
    writer: Writer,
    commits: Commits,
    hold: Option<Hold>,
}

impl Database {
    /// Opens the database of a server, makes the file when it is to be one, and brings the schema
    /// up to date. `connections` is the most that a server may have to Postgres.
    ///
    /// # Errors
    /// When it can't be opened, a migration fails, it has been used by a newer server, or it is a
    /// file that another server uses.
    pub(crate) async fn start(url: &DatabaseUrl, connections: u32) -> Result<Self, DatabaseError> {
        sqlx::any::install_default_drivers();
        let hold = match url {
            DatabaseUrl::Sqlite(path) => {
                Some(Hold::take(path)?.ok_or_else(|| DatabaseError::InUse(path.clone()))?)
            }
            DatabaseUrl::Postgres(_) => None,
        };
        let mut connection = connect(url).await?;
        schema::migrate(&mut connection).await?;
        connection.close().await?;
        Self::connected(url, connections, hold).await
    }

    /// Opens a database that a server has made, and may be using.
    ///
    /// # Errors
    /// When it can't be opened, or is that of another version.
    pub(crate) async fn visit(url: &DatabaseUrl) -> Result<Self, DatabaseError> {
        sqlx::any::install_default_drivers();
        let mut connection = connect(url).await?;
        schema::check(&mut connection).await?;
        connection.close().await?;
        Self::connected(url, 2, None).await
    }

    async fn connected(
        url: &DatabaseUrl,
        connections: u32,
        hold: Option<Hold>,
    ) -> Result<Self, DatabaseError> {
        let commits = Commits::default();
        let noted = commits.clone();
        let (readers, writer) = match url {
            DatabaseUrl::Sqlite(path) => {
                let (readers, path) = (sqlite::readers(path)?, path.clone());
                let open = async move || sqlite::GroupCommit::open(&path, noted).await;
                (readers, Writer::start(open).await?)
            }
            DatabaseUrl::Postgres(url) => {
                let (writing, url) = (connections / 2, url.clone());
                let readers = postgres::pool(&url, connections - writing)?;
                let open = async move || {
                    Ok(postgres::Transactions::new(postgres::pool(&url, writing)?, noted))
                };
                (readers, Writer::start(open).await?)
            }
        };
        Ok(Self { readers, writer, commits, hold })
    }

    /// How many writes shared a commit, and how long it took.
    pub(crate) fn commits(&self) -> &Commits {
        &self.commits
    }

    /// The connections for reading. They see what has been committed.
    pub(crate) fn reader(&self) -> &AnyPool {
        &self.readers
    }

    /// Runs `work` in a transaction of its own and returns once it is on disk; an error leaves
    /// nothing behind. It runs to its end even when nobody waits for it any more. `work` must do
    /// nothing outside the transaction: when it collides with another one, it is undone and run
    /// again.
    ///
    /// # Errors
    /// The error of `work`, or that of the commit; `unavailable` when the database doesn't answer.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl AsyncFn(&mut AnyConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.writer.write(work).await
    }

    /// Finds out whether the database can be read and written.
    ///
    /// # Errors
    /// `unavailable`.
    pub(crate) async fn check(&self) -> Result<(), Error> {
        let check = async {
            sqlx::query("SELECT 1 AS it").fetch_one(&self.readers).await?;
            let touch = async |tx: &mut AnyConnection| {
                sqlx::query("SELECT 1 AS it").fetch_one(tx).await?;
                Ok(())
            };
            self.writer.write(touch).await
        };
        timeout(CHECK, check).await.map_err(|_| Code::Unavailable)?
    }

    /// Finishes what has queued and closes all connections, the writer's last.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        if let Some(hold) = &self.hold {
            hold.release();
        }
    }
}

async fn connect(url: &DatabaseUrl) -> Result<AnyConnection, DatabaseError> {
    match url {
        DatabaseUrl::Sqlite(path) => Ok(sqlite::connect(path).await?),
        DatabaseUrl::Postgres(url) => {
            let mut connection = postgres::connect(url).await?;
            match postgres::encoding(&mut connection).await? {
                encoding if encoding == "UTF8" => Ok(connection),
                encoding => Err(DatabaseError::Encoding(encoding)),
            }
        }
    }
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
            let state = database.code();
            let code = match state.as_deref() {
                Some("13" | "53100") => Some(Code::StorageFull),
                // A serialization failure, or a deadlock that this transaction was chosen to end.
                Some("40001" | "40P01") => return Self::collision(),
                Some(state) if postgres::is_away(state) => Some(Code::Unavailable),
                Some(state) if sqlite::is_unwell(state) => {
                    tracing::error!(%error, "the database can't do its work");
                    Some(Code::Unavailable)
                }
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
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Io(_) => {
                tracing::warn!(%error, "the database is not available");
                Code::Unavailable.into()
            }
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

#[cfg(test)]
mod tests {
    use sqlx::AnyConnection;

    use super::Database;
    use crate::{
        database_url::DatabaseUrl,
        error::{Code, Error},
        job::Job,
        writer::{Engine, Writer},
    };

    /// What takes the writer's thread down with it.
    struct Broken;

    impl Engine for Broken {
        async fn take(&mut self, _jobs: Vec<Box<dyn Job>>) {
            panic!("the writer breaks");
        }

        async fn close(self) {}
    }

    #[tokio::test]
    async fn a_database_whose_writer_is_dead_is_not_well() {
        let folder = tempfile::TempDir::new().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("pli.sqlite3"));
        let mut database = Database::start(&url, 2).await.unwrap();
        database.check().await.unwrap();
        database.writer.close().await;
        database.writer = Writer::start(async || Ok(Broken)).await.unwrap();
        for _ in 0..2 {
            assert_eq!(database.check().await.unwrap_err().code, Code::Unavailable);
            let work = async |_: &mut AnyConnection| Ok::<_, Error>(());
            assert_eq!(database.write(work).await.unwrap_err().code, Code::Unavailable);
        }
        database.close().await;
    }
}
