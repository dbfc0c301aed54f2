//! `pli-server staff`: who is staff, from the command line.

use std::path::PathBuf;

use clap::Subcommand;
use sqlx::AnyConnection;

use crate::{
    database::{Database, DatabaseError},
    database_url::DatabaseUrl,
    error::Error,
    names::AccountName,
    settings::Settings,
    staff::{User, UserChange},
};

/// What to do about staff.
#[derive(Debug, Clone, Subcommand)]
pub enum StaffAction {
    /// Make an account staff
    Grant {
        /// E-mail address or username of the account
        #[arg(value_name = "EMAIL")]
        name: String,
    },
    /// Make a member of staff an ordinary user
    Revoke {
        /// E-mail address or username of the account
        #[arg(value_name = "EMAIL")]
        name: String,
    },
    /// Print who is staff
    List,
}

/// Why nothing was done about staff.
#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    /// There is no database yet.
    #[error("there is no database at {0}: start the server once")]
    NoDatabase(PathBuf),
    /// The database can't be used.
    #[error("the database can't be used: {0}")]
    Database(#[from] DatabaseError),
    /// The name is not a name.
    #[error("`{0}` {1}")]
    Name(String, &'static str),
    /// It is not possible.
    #[error("{0}")]
    Refused(&'static str),
}

impl StaffAction {
    /// Does it in the database of a server, which may be running, and says what came of it.
    ///
    /// # Errors
    /// When there is no such account, it is the last member of staff, or the database can't be
    /// used.
    pub async fn run(self, settings: &Settings) -> Result<String, StaffError> {
        let url = settings.database();
        if let DatabaseUrl::Sqlite(path) = &url
            && !path.exists()
        {
            return Err(StaffError::NoDatabase(path.clone()));
        }
        let database = Database::visit(&url).await?;
        let done = self.run_in(&database).await;
        database.close().await;
        done
    }

    async fn run_in(self, database: &Database) -> Result<String, StaffError> {
        let (name, is_staff) = match self {
            Self::Grant { name } => (name, true),
            Self::Revoke { name } => (name, false),
            Self::List => {
                let staff = database.write(list).await.map_err(refused)?;
                return Ok(staff.iter().map(line).collect());
            }
        };
        let parsed = name.parse::<AccountName>();
        let name = parsed.map_err(|detail| StaffError::Name(name, detail))?;
        let change = UserChange { is_staff: Some(is_staff), ..UserChange::default() };
        let changed = database.write(async move |tx| change.apply(tx, name.as_str()).await).await;
        let (_, user) = changed.map_err(refused)?;
        let done = if is_staff { "is staff" } else { "is not staff any more" };
        Ok(format!("{} {done}\n", user.username))
    }
}

fn refused(error: Error) -> StaffError {
    StaffError::Refused(error.code.title())
}

fn line(user: &User) -> String {
    format!("{}\t{}\n", user.username, user.email)
}

async fn list(tx: &mut AnyConnection) -> Result<Vec<User>, Error> {
    let rows = sqlx::query(
        "SELECT id, username, email, is_staff, is_active, created_at FROM accounts
         WHERE is_staff = 1 AND email IS NOT NULL ORDER BY no",
    )
    .fetch_all(tx)
    .await?;
    rows.iter().map(User::from_row).collect()
}
