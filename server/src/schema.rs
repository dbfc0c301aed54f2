//! The schema: brought up to date when a server starts, by one server at a time.

use std::collections::BTreeSet;

use sqlx::{
    AnyConnection,
    migrate::{Migrate, MigrateError, Migrator},
};

use crate::database::DatabaseError;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Brings the schema up to date. On Postgres it takes a lock first, so that of several servers that
/// start at once one does it.
///
/// # Errors
/// When the schema is that of a newer server, or a migration fails.
pub(crate) async fn migrate(connection: &mut AnyConnection) -> Result<(), DatabaseError> {
    match MIGRATIONS.run(connection).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(_)) => Err(DatabaseError::Newer),
        Err(error) => Err(sqlx::Error::from(error).into()),
    }
}

/// Checks that the schema is the one that this server works with.
///
/// # Errors
/// When it is that of a newer or an older server.
pub(crate) async fn check(connection: &mut AnyConnection) -> Result<(), DatabaseError> {
    let table = &MIGRATIONS.table_name;
    connection.ensure_migrations_table(table).await.map_err(sqlx::Error::from)?;
    let applied = connection.list_applied_migrations(table).await.map_err(sqlx::Error::from)?;
    let applied: BTreeSet<i64> = applied.iter().map(|migration| migration.version).collect();
    let known: BTreeSet<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    if applied == known {
        Ok(())
    } else if applied.is_subset(&known) {
        Err(DatabaseError::Older)
    } else {
        Err(DatabaseError::Newer)
    }
}
