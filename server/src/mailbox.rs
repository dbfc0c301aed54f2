//! Mailboxes: what has been delivered to an account, read in pages.

use std::sync::Arc;

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{
    app::{App, Part},
    caller::{Caller, CurrentAccount},
    database::column,
    entries::{Conversation, Entry, Message},
    error::{Code, Error},
    json::Json,
    names::AccountName,
    paging::{entries_after, page, rows, select_entries},
    text::Id,
};

/// The highest number that JavaScript can count to; cursors beyond it can't be ours.
pub(crate) const HIGHEST: i64 = 9_007_199_254_740_991;

/// The routes of mailboxes.
pub(crate) struct Mailboxes(pub(crate) Arc<App>);

/// A page of a mailbox, oldest first.
#[derive(Object)]
pub(crate) struct Inbox {
    /// The entries after the given number.
    #[oai(validator(max_items = 200))]
    entries: Vec<Entry>,
    /// The number of the mailbox's latest entry. Fetch again while it is beyond the last one here.
    last_seq: i64,
    /// Counts reads, deletions and key changes.
    version: i64,
}

/// A page of messages, newest first.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct MessagePage {
    /// The messages.
    #[oai(validator(max_items = 200))]
    messages: Vec<Message>,
    /// `before` for the next page. Absent on the last one.
    next: Option<i64>,
}

/// A page of a conversation, newest first.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct EntryPage {
    /// The entries.
    #[oai(validator(max_items = 200))]
    entries: Vec<Entry>,
    /// `before` for the next page. Absent on the last one.
    next: Option<i64>,
}

/// A page of conversations, newest first.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ConversationPage {
    /// The conversations.
    #[oai(validator(max_items = 200))]
    conversations: Vec<Conversation>,
    /// `before` for the next page. Absent on the last one.
    next: Option<i64>,
}

/// Which messages to receive.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct Between {
    /// Who sent them. Sender or receiver is the account of the token.
    sender_email: AccountName,
    /// Who received them.
    receiver_email: AccountName,
    /// Where the page before ended: its `next`.
    #[serde(default, deserialize_with = "cursor")]
    #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
    before: Option<i64>,
    /// The most messages to return.
    #[serde(default = "default_limit", deserialize_with = "limit")]
    #[oai(default = "default_limit", validator(minimum(value = "1"), maximum(value = "200")))]
    limit: i64,
}

fn default_limit() -> i64 {
    50
}

fn limit<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let limit = i64::deserialize(from)?;
    if (1..=200).contains(&limit) { Ok(limit) } else { Err(D::Error::custom("must be 1 to 200")) }
}

fn cursor<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let cursor = i64::deserialize(from)?;
    if (1..=HIGHEST).contains(&cursor) {
        Ok(Some(cursor))
    } else {
        Err(D::Error::custom("must be the `next` of another page"))
    }
}

#[OpenApi(tag = "Part::Messaging")]
impl Mailboxes {
    /// What one person sent to another
    ///
    /// Newest first; one of the two is the account of the token. A conversation without messages
    /// is an empty list.
    #[oai(path = "/messaging/receive_messages", method = "post", operation_id = "receive_messages")]
    async fn receive_messages(
        &self,
        caller: CurrentAccount,
        Json(between): Json<Between>,
    ) -> Result<Json<MessagePage>, Error> {
        let caller = caller.0;
        let is_own = |name: &AccountName| {
            [caller.account.email.as_str(), caller.account.username.as_str()]
                .contains(&name.as_str())
        };
        let (sends, receives) = (is_own(&between.sender_email), is_own(&between.receiver_email));
        if !sends && !receives {
            return Err(Code::NotAParticipant.into());
        }
        let other = if sends { &between.receiver_email } else { &between.sender_email };
        let other = if sends && receives { Some(caller.no) } else { self.number(other).await? };
        let Some(other) = other else {
            self.0.limits.look_up(caller.no, 1, self.0.clock.now())?;
            return Err(Code::UserNotFound.into());
        };
        let (sender, receiver) = if sends { (caller.no, other) } else { (other, caller.no) };
        let query = sqlx::query(select_entries!(
            "WHERE e.account = $1 AND e.seq < $2 AND m.sender = $3
             AND EXISTS (SELECT 1 FROM threads t
                 WHERE t.account = $4 AND t.conversation = e.conversation)
             AND (c.size = 1 OR $3 <> $4) ORDER BY e.seq DESC LIMIT $5"
        ))
        .bind(caller.no)
        .bind(between.before.unwrap_or(HIGHEST))
        .bind(sender)
        .bind(receiver)
        .bind(between.limit + 1);
        let (entries, next) = page(&self.0, query, between.limit).await?;
        if entries.is_empty() && other != caller.no {
            // That there is nothing between the two says that the other one exists.
            self.0.limits.look_up(caller.no, 1, self.0.clock.now())?;
        }
        let messages = entries.into_iter().filter_map(|entry| entry.message).collect();
        Ok(Json(MessagePage { messages, next }))
    }

    /// The mailbox, oldest first
    ///
    /// Everything sent and received, in the order in which it was accepted. A client that fetches
    /// what comes after the last entry it knows misses nothing.
    #[oai(path = "/messaging/inbox", method = "get", operation_id = "inbox")]
    async fn inbox(
        &self,
        caller: CurrentAccount,
        /// Return entries after this number.
        #[oai(default, validator(minimum(value = "0"), maximum(value = "9007199254740991")))]
        after: Query<i64>,
        /// The most entries to return.
        #[oai(default = "default_limit", validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<i64>,
    ) -> Result<Json<Inbox>, Error> {
        let entries = entries_after(&self.0, caller.0.no, after.0, limit.0).await?;
        let (last_seq, version) = mailbox(&self.0, &caller.0).await?;
        Ok(Json(Inbox { entries, last_seq, version }))
    }

    /// The conversations, newest first
    ///
    /// A conversation is an exact set of participants. Each comes with its latest message and the
    /// number of those that are unread.
    #[oai(path = "/messaging/conversations", method = "get", operation_id = "conversations")]
    async fn conversations(
        &self,
        caller: CurrentAccount,
        /// Where the page before ended: its `next`.
        #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
        before: Query<Option<i64>>,
        /// The most conversations to return.
        #[oai(default = "default_limit", validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<i64>,
    ) -> Result<Json<ConversationPage>, Error> {
        let query = sqlx::query(
            "SELECT t.unread, t.last_seq AS seq, t.conversation, m.id, m.content_type, m.file_id,
                 m.sent_at, m.envelope, f.size AS file_size, a.id AS sender_id,
                 a.username AS sender_name, c.participants
             FROM threads t JOIN conversations c ON c.id = t.conversation
             LEFT JOIN entries e ON e.account = t.account AND e.seq = t.last_seq
             LEFT JOIN messages m ON m.id = e.message_id
             LEFT JOIN accounts a ON a.no = m.sender LEFT JOIN files f ON f.id = m.file_id
             WHERE t.account = $1 AND t.last_seq < $2 ORDER BY t.last_seq DESC LIMIT $3",
        )
        .bind(caller.0.no)
        .bind(before.0.unwrap_or(HIGHEST))
        .bind(limit.0 + 1);
        let (rows, more) = rows(&self.0, query, limit.0).await?;
        let conversations =
            rows.iter().map(Conversation::from_row).collect::<Result<Vec<_>, _>>()?;
        let next = conversations.last().filter(|_| more).map(|last| last.last_seq);
        Ok(Json(ConversationPage { conversations, next }))
    }

    /// A conversation's messages, newest first
    ///
    /// In both directions, without those that the account has deleted.
    #[oai(
        path = "/messaging/conversations/:conversation_id",
        method = "get",
        operation_id = "conversation"
    )]
    async fn conversation(
        &self,
        caller: CurrentAccount,
        /// The conversation.
        conversation_id: Path<Id>,
        /// Where the page before ended: its `next`.
        #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
        before: Query<Option<i64>>,
        /// The most entries to return.
        #[oai(default = "default_limit", validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<i64>,
    ) -> Result<Json<EntryPage>, Error> {
        let id = conversation_id.0.to_string();
        sqlx::query("SELECT 1 AS it FROM threads WHERE account = $1 AND conversation = $2")
            .bind(caller.0.no)
            .bind(&id)
            .fetch_optional(self.0.database.reader())
            .await?
            .ok_or(Code::ConversationNotFound)?;
        let query = sqlx::query(select_entries!(
            "WHERE e.account = $1 AND e.conversation = $2 AND e.seq < $3
             AND e.message_id IS NOT NULL ORDER BY e.seq DESC LIMIT $4"
        ))
        .bind(caller.0.no)
        .bind(id)
        .bind(before.0.unwrap_or(HIGHEST))
        .bind(limit.0 + 1);
        let (entries, next) = page(&self.0, query, limit.0).await?;
        Ok(Json(EntryPage { entries, next }))
    }
}

impl Mailboxes {
    async fn number(&self, name: &AccountName) -> Result<Option<i64>, Error> {
        let row = sqlx::query(
            "SELECT no FROM accounts WHERE (email = $1 OR username = $1) AND is_active = 1",
        )
        .bind(name.as_str())
        .fetch_optional(self.0.database.reader())
        .await?;
        Ok(row.map(|row| column(&row, "no")).transpose()?)
    }
}

/// The number of the latest entry of the caller's mailbox, and its version.
pub(crate) async fn mailbox(app: &App, caller: &Caller) -> Result<(i64, i64), Error> {
    let row = sqlx::query("SELECT last_seq, version FROM mailboxes WHERE account = $1")
        .bind(caller.no)
        .fetch_one(app.database.reader())
        .await?;
    Ok((column(&row, "last_seq")?, column(&row, "version")?))
}
