//! What an export lists page by page, because there may be much of it.

use std::{io, sync::Arc};

use bytes::Bytes;
use futures_util::{Stream, stream};
use poem_openapi::{Object, types::ToJSON};
use sqlx::any::AnyRow;

use crate::{
    app::App,
    database::column,
    entries::{Entry, people},
    error::Error,
    messages::Person,
    paging::entries_after,
    text::Id,
};

/// How many are read at a time.
const BATCH: i64 = 100;

/// A file that the account uploaded.
#[derive(Object)]
pub(super) struct OwnFile {
    /// The file.
    file_id: Id,
    /// Its bytes.
    size: i64,
    /// How many messages name it.
    messages: i64,
}

/// What is kept of a conversation.
#[derive(Object)]
pub(super) struct OwnConversation {
    /// Its identifier.
    id: Id,
    /// Everybody who takes part.
    #[oai(validator(max_items = 256))]
    participants: Vec<Person>,
    /// The number of its latest entry.
    last_seq: i64,
    /// The number of the last entry that was marked as read.
    read_seq: i64,
}

/// What the document lists, read page by page in the order of `Place`.
pub(super) trait Listed: ToJSON + Send + Sized {
    /// Where one stands; the default comes before all.
    type Place: Default + Send;

    /// Where this one stands.
    fn place(&self) -> Self::Place;

    /// The next ones of an account, none after the last.
    fn after(
        app: &App,
        account: i64,
        place: Self::Place,
    ) -> impl Future<Output = Result<Vec<Self>, Error>> + Send;
}

/// A list as it stands between its brackets.
pub(super) fn list<T: Listed>(
    app: Arc<App>,
    account: i64,
) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((T::Place::default(), ""), move |(place, comma)| {
        let app = Arc::clone(&app);
        async move {
            // The error has been logged; that the document breaks off shows in its form.
            let page = T::after(&app, account, place).await.map_err(|_| io::ErrorKind::Other)?;
            let Some(last) = page.last() else {
                return Ok(None);
            };
            let items: Vec<String> = page.iter().map(ToJSON::to_json_string).collect();
            Ok(Some((format!("{comma}{}", items.join(",")).into(), (last.place(), ","))))
        }
    })
}

impl Listed for OwnFile {
    type Place = String;

    fn place(&self) -> String {
        self.file_id.to_string()
    }

    async fn after(app: &App, account: i64, place: String) -> Result<Vec<Self>, Error> {
        let rows = sqlx::query(
            "SELECT id, size, refs FROM files
             WHERE owner = $1 AND id > $2 AND state = 1 ORDER BY id LIMIT $3",
        )
        .bind(account)
        .bind(place)
        .bind(BATCH)
        .fetch_all(app.database.reader())
        .await?;
        let file = |row: &AnyRow| {
            Ok(Self {
                file_id: column::<String>(row, "id")?.parse().map_err(Error::internal)?,
                size: column(row, "size")?,
                messages: column(row, "refs")?,
            })
        };
        rows.iter().map(file).collect()
    }
}

impl Listed for OwnConversation {
    type Place = String;

    fn place(&self) -> String {
        self.id.to_string()
    }

    async fn after(app: &App, account: i64, place: String) -> Result<Vec<Self>, Error> {
        let rows = sqlx::query(
            "SELECT t.conversation, t.last_seq, t.read_seq, c.participants
             FROM threads t JOIN conversations c ON c.id = t.conversation
             WHERE t.account = $1 AND t.conversation > $2 ORDER BY t.conversation LIMIT $3",
        )
        .bind(account)
        .bind(place)
        .bind(BATCH)
        .fetch_all(app.database.reader())
        .await?;
        let conversation = |row: &AnyRow| {
            Ok(Self {
                id: column::<String>(row, "conversation")?.parse().map_err(Error::internal)?,
                participants: people(row)?,
                last_seq: column(row, "last_seq")?,
                read_seq: column(row, "read_seq")?,
            })
        };
        rows.iter().map(conversation).collect()
    }
}

impl Listed for Entry {
    type Place = i64;

    fn place(&self) -> i64 {
        self.seq
    }

    async fn after(app: &App, account: i64, place: i64) -> Result<Vec<Self>, Error> {
        entries_after(app, account, place, BATCH).await
    }
}
