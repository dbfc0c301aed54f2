//! An upload, from its first byte to the file that it becomes.

use poem::{Body, http::HeaderName};
use sqlx::AnyConnection;

use crate::{
    app::App,
    database::column,
    error::{Code, Error},
    receiving::receive,
    sweep::{ALWAYS, remove},
    text::Id,
    tus::{Bytes, http_date},
};

/// An upload, as far as it is on disk.
#[derive(Clone, Copy)]
pub(crate) struct Upload {
    /// The upload's identifier, and the file's.
    pub(crate) file: Id,
    /// How many bytes the file will have.
    pub(crate) size: i64,
    /// How many are on disk.
    pub(crate) received: i64,
    /// When it goes; none when a message names it.
    expires_at: Option<i64>,
}

impl Upload {
    /// The same as `Upload-Expires` has it.
    pub(crate) fn expires(&self) -> Option<String> {
        self.expires_at.map(http_date)
    }
}

/// Finds an upload of the caller's.
///
/// # Errors
/// `file_not_found`, `upload_expired`.
pub(crate) async fn find(app: &App, owner: i64, file: Id) -> Result<Upload, Error> {
    let row = sqlx::query(
        "SELECT size, received, refs, expires_at FROM files
         WHERE id = $1 AND owner = $2 AND state < 2",
    )
    .bind(file.to_string())
    .bind(owner)
    .fetch_optional(app.database.reader())
    .await?
    .ok_or(Code::FileNotFound)?;
    let is_named = column::<i64>(&row, "refs")? > 0;
    let expires_at = Some(column(&row, "expires_at")?).filter(|_| !is_named);
    if expires_at.is_some_and(|expires_at: i64| expires_at < app.clock.now()) {
        return Err(Code::UploadExpired.into());
    }
    let (size, received) = (column(&row, "size")?, column(&row, "received")?);
    Ok(Upload { file, size, received, expires_at })
}

/// Makes an upload and stores what comes with the request, which must be everything when it
/// `is_whole`. When that fails, nothing is left.
///
/// # Errors
/// `quota_exceeded`, `upload_length_mismatch`, and those of [`receive`].
pub(crate) async fn make(
    app: &App,
    owner: i64,
    size: i64,
    is_whole: bool,
    body: Body,
) -> Result<Upload, Error> {
    let (file, expires_at) = (Id::new(), app.upload_expiry());
    let quota = app.settings.max_account_file_bytes;
    app.database
        .write(async move |tx| reserve(tx, file, owner, size, quota, expires_at).await)
        .await?;
    let upload = Upload { file, size, received: 0, expires_at: Some(expires_at) };
    let turn = app.uploads.take(file).await;
    let received = receive(app, &turn, upload, body).await;
    let received = match received {
        Ok(()) => find(app, owner, file).await,
        Err(error) => Err(error),
    };
    let received = received.and_then(|upload| match is_whole && upload.received < size {
        true => Err(Code::UploadLengthMismatch.into()),
        false => Ok(upload),
    });
    if received.is_err() {
        // The client has not learnt where it is. If this fails, the sweep comes by it.
        if let Err(error) = remove(app, file, ALWAYS).await {
            tracing::warn!(%error, "a broken upload could not be removed");
        }
    }
    received
}

/// Makes room for a file in the account's quota.
async fn reserve(
    tx: &mut AnyConnection,
    file: Id,
    owner: i64,
    size: i64,
    quota: i64,
    expires_at: i64,
) -> Result<(), Error> {
    let reserved = sqlx::query(
        "UPDATE accounts SET file_bytes = file_bytes + $1 WHERE no = $2 AND file_bytes <= $3 - $1",
    )
    .bind(size)
    .bind(owner)
    .bind(quota)
    .execute(&mut *tx)
    .await?;
    if reserved.rows_affected() == 0 {
        return Err(Code::QuotaExceeded.into());
    }
    sqlx::query(
        "INSERT INTO files (id, owner, size, received, state, refs, expires_at)
         VALUES ($1, $2, $3, 0, $4, 0, $5)",
    )
    .bind(file.to_string())
    .bind(owner)
    .bind(size)
    // Of nothing, all is there.
    .bind(i64::from(size == 0))
    .bind(expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores what comes for an upload, which has what came before.
///
/// # Errors
/// `wrong_offset`, `upload_too_long`, and those of [`find`] and [`receive`].
pub(crate) async fn append(
    app: &App,
    owner: i64,
    file: Id,
    offset: i64,
    bytes: Bytes<false>,
) -> Result<Upload, Error> {
    // Before anything else: nobody takes over what is someone else's.
    find(app, owner, file).await?;
    let turn = app.uploads.take(file).await;
    let upload = find(app, owner, file).await?;
    if upload.received != offset {
        let name = HeaderName::from_static("upload-offset");
        let error = Error::from(Code::WrongOffset);
        return Err(error.with_header(name, &upload.received.to_string()));
    }
    if bytes.announced.is_some_and(|announced| announced > upload.size - offset) {
        return Err(Code::UploadTooLong.into());
    }
    receive(app, &turn, upload, bytes.body).await?;
    find(app, owner, file).await
}
