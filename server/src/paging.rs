//! Reading mailboxes in pages, which end at a number of rows or of bytes.

use futures_util::TryStreamExt;
use sqlx::{Any, any::AnyRow};

use crate::{app::App, database::column, entries::Entry, error::Error};

/// A page ends before it has more bytes of envelopes than this.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Reads entries with their messages; the argument says which.
macro_rules! select_entries {
    ($which:literal) => {
        concat!(
            "SELECT e.seq, e.conversation, m.id, m.content_type, m.file_id, m.sent_at,
                 m.envelope, f.size AS file_size, a.id AS sender_id, a.username AS sender_name,
                 c.participants
             FROM entries e JOIN conversations c ON c.id = e.conversation
             LEFT JOIN messages m ON m.id = e.message_id
             LEFT JOIN accounts a ON a.no = m.sender LEFT JOIN files f ON f.id = m.file_id ",
            $which
        )
    };
}
pub(crate) use select_entries;

/// A query for rows of a mailbox.
pub(crate) type Select<'q> = sqlx::query::Query<'q, Any, sqlx::any::AnyArguments>;

/// The entries of a mailbox after a number, oldest first: up to `limit` or [`PAGE_BYTES`].
pub(crate) async fn entries_after(
    app: &App,
    account: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    let query =
        sqlx::query(select_entries!("WHERE e.account = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3"))
            .bind(account)
            .bind(after)
            .bind(limit);
    let (entries, _) = page(app, query, limit).await?;
    Ok(entries)
}

/// Reads a page of entries; also says where the next one begins.
pub(crate) async fn page(
    app: &App,
    query: Select<'_>,
    limit: i64,
) -> Result<(Vec<Entry>, Option<i64>), Error> {
    let (rows, more) = rows(app, query, limit).await?;
    let entries = rows.iter().map(Entry::from_row).collect::<Result<Vec<_>, _>>()?;
    let next = entries.last().filter(|_| more).map(|last| last.seq);
    Ok((entries, next))
}

/// Reads rows up to `limit` or [`PAGE_BYTES`]; also says whether there are more.
pub(crate) async fn rows(
    app: &App,
    query: Select<'_>,
    limit: i64,
) -> Result<(Vec<AnyRow>, bool), Error> {
    let limit = usize::try_from(limit).map_err(Error::internal)?;
    let mut rows = query.fetch(app.database.reader());
    let (mut page, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        bytes += column::<Option<String>>(&row, "envelope")?.map_or(0, |text| text.len());
        if page.len() == limit || (bytes > PAGE_BYTES && !page.is_empty()) {
            return Ok((page, true));
        }
        page.push(row);
    }
    Ok((page, false))
}
