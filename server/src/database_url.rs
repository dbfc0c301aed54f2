//! Where the database is: `sqlite:` and a path, or `postgres:` and whatever libpq takes.

use std::{fmt, path::PathBuf, str::FromStr};

/// The address of a database.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// The path of a SQLite file.
    Sqlite(PathBuf),
    /// The address of a Postgres database, maybe with a password.
    Postgres(String),
}

impl DatabaseUrl {
    /// Whether several servers may use the database at once.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

impl FromStr for DatabaseUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() || path.contains('?') || path == ":memory:" {
                Err("sqlite: is followed by the path of a file, without parameters")
            } else {
                Ok(Self::Sqlite(path.into()))
            };
        }
        if !(text.starts_with("postgres://") || text.starts_with("postgresql://")) {
            return Err("a database is sqlite:path/to/file or postgres://user@host/name");
        }
        match text.parse::<sqlx::postgres::PgConnectOptions>() {
            Ok(_) => Ok(Self::Postgres(text.to_owned())),
            Err(_) => Err("this is not the address of a Postgres database"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    /// Shows a path, but no address: it may hold a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "Sqlite({})", path.display()),
            Self::Postgres(_) => formatter.write_str("Postgres([hidden])"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DatabaseUrl;

    #[test]
    fn an_address_is_one_of_the_two() {
        for (text, path) in [("sqlite:a/b.db", "a/b.db"), ("sqlite:///a.db", "/a.db")] {
            assert_eq!(text.parse(), Ok(DatabaseUrl::Sqlite(path.into())));
        }
        for text in ["postgres://pli:secret@db:5432/pli", "postgresql:///pli?host=/run/postgresql"]
        {
            assert_eq!(text.parse(), Ok(DatabaseUrl::Postgres(text.to_owned())));
        }
        for text in ["", "sqlite:", "sqlite::memory:", "sqlite:a?mode=rwc", "mysql://db", "pli.db"]
        {
            assert!(text.parse::<DatabaseUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let url: DatabaseUrl = "postgres://pli:secret@db/pli".parse().unwrap();
        assert!(!format!("{url:?}").contains("secret"));
    }
}
