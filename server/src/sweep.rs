//! Removing what nobody needs: files, sessions, and what closed accounts left behind.

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::TryStreamExt;
use sqlx::AnyConnection;

use crate::{
    account_deletion::erase,
    app::App,
    database::column,
    error::{Code, Error},
    text::Id,
};

const HOUR: i64 = 3_600_000;
/// How often lost objects are looked for, in milliseconds.
const DAY: i64 = 24 * HOUR;

/// For [`remove`]: whether it has expired or not.
pub(crate) const ALWAYS: i64 = i64::MAX;

/// Removes a file that no message names and that expires before `before`, and gives its room
/// back. Returns false when there is no such file any more.
pub(crate) async fn remove(app: &App, file: Id, before: i64) -> Result<bool, Error> {
    let id = file.to_string();
    let marked = app
        .database
        .write(async move |tx| {
            // Either this comes first or the message that names it: both change the one row.
            let marked = sqlx::query(
                "UPDATE files SET state = 2
                 WHERE id = $1 AND refs = 0 AND (state = 2 OR expires_at < $2)",
            )
            .bind(&id)
            .bind(before)
            .execute(tx)
            .await?;
            Ok(marked.rows_affected() == 1)
        })
        .await?;
    if !marked {
        return Ok(false);
    }
    app.storage.remove(file).await?;
    let id = file.to_string();
    app.database
        .write(async move |tx| {
            let row = sqlx::query("DELETE FROM files WHERE id = $1 RETURNING owner, size")
                .bind(&id)
                .fetch_optional(&mut *tx)
                .await?;
            // Somebody else may have removed it meanwhile.
            let Some(row) = row else {
                return Ok(true);
            };
            sqlx::query("DELETE FROM file_parts WHERE file_id = $1")
                .bind(&id)
                .execute(&mut *tx)
                .await?;
            sqlx::query("UPDATE accounts SET file_bytes = file_bytes - $1 WHERE no = $2")
                .bind(column::<i64>(&row, "size")?)
                .bind(column::<i64>(&row, "owner")?)
                .execute(tx)
                .await?;
            Ok(true)
        })
        .await
}

/// Removes, from time to time, what has expired and what a crash left half removed.
pub(crate) async fn sweep(app: Arc<App>) {
    let sweeping = async {
        let mut next_search = 0;
        loop {
            if let Err(error) = sweep_once(&app).await {
                tracing::warn!(%error, "sweeping failed");
            }
            if next_search <= app.clock.now() {
                match sweep_lost(&app).await {
                    Ok(()) => next_search = app.clock.now() + DAY,
                    Err(error) => tracing::warn!(%error, "sweeping lost objects failed"),
                }
            }
            tokio::time::sleep(Duration::from_millis(app.settings.sweep_ms)).await;
        }
    };
    // Whatever is broken off is done again by the next sweep.
    app.stopping.run_until_cancelled(sweeping).await;
}

/// Removes objects that no file counts on, as a crash leaves them between storing and recording.
///
/// Only those that are older than an upload without new bytes can be: whoever stored them and
/// has not recorded them yet is refused to.
async fn sweep_lost(app: &App) -> Result<(), Error> {
    let before = app.clock.now() - app.settings.upload_hours * HOUR - HOUR;
    let mut objects = pin!(app.storage.stored_before(before));
    while let Some((file, key)) = objects.try_next().await? {
        let known = sqlx::query("SELECT 1 FROM file_parts WHERE file_id = $1 AND object_key = $2")
            .bind(file.to_string())
            .bind(&key)
            .fetch_optional(app.database.reader())
            .await?;
        if known.is_none() {
            app.storage.discard(&key).await;
        }
    }
    Ok(())
}

async fn sweep_once(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    app.database.write(async move |tx| end_expired(tx, now).await).await?;
    let expired =
        sqlx::query("SELECT id FROM files WHERE refs = 0 AND (expires_at < $1 OR state = 2)")
            .bind(now)
            .fetch_all(app.database.reader())
            .await?;
    for row in &expired {
        let file: Id = column::<String>(row, "id")?.parse().map_err(Error::internal)?;
        // One that can't be removed must not keep the others.
        if let Err(error) = remove(app, file, now).await {
            if error.code == Code::Unavailable {
                return Err(error);
            }
            tracing::warn!(%error, %file, "a file could not be removed");
        }
    }
    let closed = sqlx::query(
        "SELECT DISTINCT t.account FROM accounts a JOIN threads t ON t.account = a.no
         WHERE a.email IS NULL",
    )
    .fetch_all(app.database.reader())
    .await?;
    for row in &closed {
        let account = column(row, "account")?;
        if let Err(error) = erase(app, account).await {
            if error.code == Code::Unavailable {
                return Err(error);
            }
            tracing::warn!(%error, "what a closed account left could not be removed");
        }
    }
    Ok(())
}

async fn end_expired(tx: &mut AnyConnection, now: i64) -> Result<(), Error> {
    sqlx::query("DELETE FROM sessions WHERE expires_at <= $1").bind(now).execute(tx).await?;
    Ok(())
}
