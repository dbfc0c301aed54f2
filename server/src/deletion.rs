//! Deleting a message from one's own mailbox.

use std::sync::Arc;

use poem_openapi::{OpenApi, param::Path};
use sqlx::AnyConnection;

use crate::{
    app::{App, Part},
    caller::CurrentAccount,
    database::column,
    done::Done,
    error::{Code, Error},
    reading::{count_change, count_unread},
    sweep::{ALWAYS, remove},
    text::Id,
};

/// The route of deletion.
pub(crate) struct Deletions(pub(crate) Arc<App>);

#[OpenApi(tag = "Part::Messaging")]
impl Deletions {
    /// Delete a message
    ///
    /// From the caller's mailbox: its entry keeps its number and nothing else. Others keep
    /// theirs; with the last one the message goes, and its file.
    #[oai(
        path = "/messaging/messages/:message_id",
        method = "delete",
        operation_id = "delete_message"
    )]
    async fn delete_message(
        &self,
        caller: CurrentAccount,
        /// The message.
        message_id: Path<Id>,
    ) -> Result<Done, Error> {
        let (app, account, message) = (Arc::clone(&self.0), caller.0.no, message_id.0);
        // What has begun is finished, even if the client goes away.
        let deleting = async move { delete(&app, account, message).await };
        tokio::spawn(deleting).await.map_err(Error::internal)??;
        Ok(Done::NoContent)
    }
}

async fn delete(app: &App, account: i64, message: Id) -> Result<(), Error> {
    let file = app
        .database
        .write(async move |tx| {
            let message = message.to_string();
            let row = sqlx::query(
                "UPDATE entries SET message_id = NULL WHERE account = $1 AND message_id = $2
                 RETURNING conversation",
            )
            .bind(account)
            .bind(&message)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or(Code::MessageNotFound)?;
            // Accounts before mailboxes, as in every transaction that takes both.
            let file = release(tx, &message).await?;
            count_change(tx, account).await?;
            count_unread(tx, account, &column::<String>(&row, "conversation")?).await?;
            Ok(file)
        })
        .await?;
    app.listeners.notify(account);
    if let Some(file) = file {
        discard(app, file).await;
    }
    Ok(())
}

/// Takes one copy of a message away. The last one clears the envelope and gives its room back; a
/// file that no message names any more is returned, to be discarded after the commit.
pub(crate) async fn release(tx: &mut AnyConnection, message: &str) -> Result<Option<Id>, Error> {
    let row = sqlx::query(
        "UPDATE messages SET copies = copies - 1,
             envelope = CASE WHEN copies > 1 THEN envelope ELSE NULL END
         WHERE id = $1 RETURNING copies, file_id, sender, size",
    )
    .bind(message)
    .fetch_one(&mut *tx)
    .await?;
    if column::<i64>(&row, "copies")? > 0 {
        return Ok(None);
    }
    sqlx::query("UPDATE accounts SET message_bytes = message_bytes - $1 WHERE no = $2")
        .bind(column::<i64>(&row, "size")?)
        .bind(column::<i64>(&row, "sender")?)
        .execute(&mut *tx)
        .await?;
    let Some(file) = column::<Option<String>>(&row, "file_id")? else {
        return Ok(None);
    };
    let row = sqlx::query("UPDATE files SET refs = refs - 1 WHERE id = $1 RETURNING refs")
        .bind(&file)
        .fetch_optional(tx)
        .await?;
    match row {
        Some(row) if column::<i64>(&row, "refs")? == 0 => {
            Ok(Some(file.parse().map_err(Error::internal)?))
        }
        _ => Ok(None),
    }
}

/// Removes a file that nothing names. When that fails, the sweep will come by it.
pub(crate) async fn discard(app: &App, file: Id) {
    if let Err(error) = remove(app, file, ALWAYS).await {
        tracing::warn!(%error, %file, "a file could not be removed yet");
    }
}
