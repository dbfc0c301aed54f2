//! Read marks: how far an account has read a conversation. Only its own devices see them.

use std::sync::Arc;

use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Deserializer, de::Error as _};
use sqlx::AnyConnection;

use crate::{
    app::{App, Part},
    caller::CurrentAccount,
    database::column,
    done::Done,
    error::{Code, Error},
    json::Json,
    mailbox::HIGHEST,
    text::Id,
};

/// The route of read marks.
pub(crate) struct Reading(pub(crate) Arc<App>);

/// How far a conversation has been read.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadMark {
    /// The conversation.
    conversation_id: Id,
    /// The number of the last entry that has been read. A mark never goes back, and never beyond
    /// the latest entry.
    #[serde(deserialize_with = "seq")]
    #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
    through_seq: i64,
}

fn seq<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let seq = i64::deserialize(from)?;
    let fits = (1..=HIGHEST).contains(&seq);
    if fits { Ok(seq) } else { Err(D::Error::custom("must be the `seq` of an entry")) }
}

#[OpenApi(tag = "Part::Messaging")]
impl Reading {
    /// Mark as read
    ///
    /// Private to the account, shared by its devices.
    #[oai(path = "/messaging/mark_read", method = "post", operation_id = "mark_read")]
    async fn mark_read(
        &self,
        caller: CurrentAccount,
        Json(mark): Json<ReadMark>,
    ) -> Result<Done, Error> {
        let (app, account) = (&self.0, caller.0.no);
        app.database.write(async move |tx| mark.store(tx, account).await).await?;
        app.listeners.notify(account);
        Ok(Done::NoContent)
    }
}

impl ReadMark {
    async fn store(&self, tx: &mut AnyConnection, account: i64) -> Result<(), Error> {
        let conversation = self.conversation_id.to_string();
        let row = sqlx::query(
            "SELECT last_seq, read_seq FROM threads WHERE account = $1 AND conversation = $2",
        )
        .bind(account)
        .bind(&conversation)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Code::ConversationNotFound)?;
        let through = self.through_seq.min(column(&row, "last_seq")?);
        if through <= column(&row, "read_seq")? {
            return Ok(());
        }
        // The mailbox first, as in a delivery.
        count_change(tx, account).await?;
        // Another device may have read further meanwhile.
        sqlx::query(
            "UPDATE threads SET read_seq = $1
             WHERE account = $2 AND conversation = $3 AND read_seq < $1",
        )
        .bind(through)
        .bind(account)
        .bind(&conversation)
        .execute(&mut *tx)
        .await?;
        count_unread(tx, account, &conversation).await
    }
}

/// Counts a change of the mailbox that is not a delivery, and locks it.
pub(crate) async fn count_change(tx: &mut AnyConnection, account: i64) -> Result<(), Error> {
    sqlx::query("UPDATE mailboxes SET version = version + 1 WHERE account = $1")
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// Counts what others sent and the account has not read.
pub(crate) async fn count_unread(
    tx: &mut AnyConnection,
    account: i64,
    conversation: &str,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE threads SET unread =
             (SELECT COUNT(*) FROM entries e JOIN messages m ON m.id = e.message_id
              WHERE e.account = $1 AND e.conversation = $2 AND e.seq > threads.read_seq
              AND m.sender <> $1)
         WHERE account = $1 AND conversation = $2",
    )
    .bind(account)
    .bind(conversation)
    .execute(tx)
    .await?;
    Ok(())
}
