//! Sealed files: uploading, with tus 1.0 or in one plain request. The upload's id is the file's.

use std::sync::Arc;

use poem::{Body, http::HeaderName};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path},
};
use sqlx::AnyConnection;

use crate::{
    app::{App, Part},
    caller::CurrentAccount,
    database::column,
    done::Done,
    error::{Code, Error},
    json::Json,
    receiving::receive,
    sweep::{ALWAYS, remove},
    text::Id,
    tus::{self, Bytes, Tus, http_date},
};

/// The routes of uploads.
pub(crate) struct Files(pub(crate) Arc<App>);

/// A file that is being stored.
#[derive(Object)]
pub(crate) struct StoredFile {
    /// The file, for `file_id` of a message.
    file_id: Id,
    /// Its bytes, once all have come.
    size: u64,
}

#[derive(ApiResponse)]
pub(crate) enum Created {
    /// What came is on disk.
    #[oai(status = 201)]
    Created(
        Json<StoredFile>,
        /// Where the upload is.
        #[oai(header = "Location")]
        String,
        /// How many bytes are on disk.
        #[oai(header = "Upload-Offset")]
        i64,
        /// When the file goes unless a message names it.
        #[oai(header = "Upload-Expires")]
        Option<String>,
    ),
}

#[derive(ApiResponse)]
pub(crate) enum Standing {
    /// How far the upload is.
    #[oai(status = 200)]
    Ok(
        /// How many bytes are on disk.
        #[oai(header = "Upload-Offset")]
        i64,
        /// How many bytes the file will have.
        #[oai(header = "Upload-Length")]
        i64,
        /// When the file goes; absent once a message names it.
        #[oai(header = "Upload-Expires")]
        Option<String>,
    ),
}

#[derive(ApiResponse)]
pub(crate) enum Appended {
    /// What came is on disk.
    #[oai(status = 204)]
    NoContent(
        /// How many bytes are on disk.
        #[oai(header = "Upload-Offset")]
        i64,
        /// When the file goes; absent once a message names it.
        #[oai(header = "Upload-Expires")]
        Option<String>,
    ),
}

#[derive(ApiResponse)]
pub(crate) enum Offer {
    /// What is offered.
    #[oai(status = 204)]
    NoContent(
        /// The versions of tus.
        #[oai(header = "Tus-Version")]
        String,
        /// The extensions of tus.
        #[oai(header = "Tus-Extension")]
        String,
        /// The most bytes that a file may have.
        #[oai(header = "Tus-Max-Size")]
        i64,
    ),
}

#[OpenApi(tag = "Part::Files")]
impl Files {
    /// Upload a sealed file
    ///
    /// In one request; or, with `Tus-Resumable`, as much of it as comes, and the rest by PATCH
    /// (tus: creation, creation-with-upload). It stays for a day (a setting) after its last bytes
    /// have come, and longer when a message names it. `Upload-Metadata` is not kept.
    #[oai(path = "/files", method = "post", operation_id = "upload_file")]
    async fn upload_file(
        &self,
        caller: CurrentAccount,
        /// The version of tus, `1.0.0`, from tus clients.
        #[oai(name = "Tus-Resumable")]
        tus: Tus,
        /// Bytes of the file.
        #[oai(name = "Upload-Length", validator(minimum(value = "0")))]
        upload_length: Header<i64>,
        bytes: Bytes<true>,
    ) -> Result<Created, Error> {
        let size = upload_length.0;
        if size > self.0.settings.max_file_bytes {
            return Err(Code::FileTooLarge.into());
        }
        let is_whole = !tus.is_spoken;
        if is_whole && bytes.announced.is_some_and(|announced| announced < size) {
            return Err(Code::UploadLengthMismatch.into());
        }
        if bytes.announced.is_some_and(|announced| announced > size) {
            return Err(Code::UploadTooLong.into());
        }
        // An upload that breaks off is cleaned up even if the client has gone.
        let (app, owner) = (Arc::clone(&self.0), caller.0.no);
        let making = async move { make(&app, owner, size, is_whole, bytes.body).await };
        let upload = tokio::spawn(making).await.map_err(Error::internal)??;
        Ok(Created::Created(
            Json(StoredFile { file_id: upload.file, size: upload.size.unsigned_abs() }),
            format!("/files/{}", upload.file),
            upload.received,
            upload.expires(),
        ))
    }

    /// Ask how far an upload is
    ///
    /// A request that is still sending bytes for it is ended: whoever asks is about to go on.
    #[oai(path = "/files/:file_id", method = "head", operation_id = "upload_offset")]
    async fn upload_offset(
        &self,
        caller: CurrentAccount,
        /// The version of tus, `1.0.0`.
        #[oai(name = "Tus-Resumable")]
        _tus: Tus,
        /// The upload.
        file_id: Path<Id>,
    ) -> Result<Standing, Error> {
        let (app, owner, file) = (&self.0, caller.0.no, file_id.0);
        find(app, owner, file).await?;
        app.uploads.settle(file).await;
        let upload = find(app, owner, file).await?;
        Ok(Standing::Ok(upload.received, upload.size, upload.expires()))
    }

    /// Go on with an upload
    ///
    /// A request that is still sending bytes for it is ended. What has come stays when this one
    /// breaks off.
    #[oai(path = "/files/:file_id", method = "patch", operation_id = "append_to_upload")]
    async fn append_to_upload(
        &self,
        caller: CurrentAccount,
        /// The version of tus, `1.0.0`.
        #[oai(name = "Tus-Resumable")]
        _tus: Tus,
        /// The upload.
        file_id: Path<Id>,
        /// Where in the file the bytes belong: how many are there already.
        #[oai(name = "Upload-Offset", validator(minimum(value = "0")))]
        upload_offset: Header<i64>,
        bytes: Bytes<false>,
    ) -> Result<Appended, Error> {
        // What has come is stored even if the client has gone.
        let (app, owner) = (Arc::clone(&self.0), caller.0.no);
        let appending = async move { append(&app, owner, file_id.0, upload_offset.0, bytes).await };
        let upload = tokio::spawn(appending).await.map_err(Error::internal)??;
        Ok(Appended::NoContent(upload.received, upload.expires()))
    }

    /// Remove an upload or a file
    ///
    /// Unless a message names it. Its room is free again.
    #[oai(path = "/files/:file_id", method = "delete", operation_id = "remove_file")]
    async fn remove_file(
        &self,
        caller: CurrentAccount,
        /// The version of tus, `1.0.0`.
        #[oai(name = "Tus-Resumable")]
        _tus: Tus,
        /// The upload.
        file_id: Path<Id>,
    ) -> Result<Done, Error> {
        let (app, owner, file) = (Arc::clone(&self.0), caller.0.no, file_id.0);
        find(&app, owner, file).await?;
        // What has begun is finished, even if the client goes away.
        let removing = async move {
            let _turn = app.uploads.take(file).await;
            remove(&app, file, ALWAYS).await
        };
        let removed = tokio::spawn(removing).await.map_err(Error::internal)??;
        if removed { Ok(Done::NoContent) } else { Err(Code::FileInUse.into()) }
    }

    /// Ask what of tus is offered
    #[oai(path = "/files", method = "options", operation_id = "upload_options")]
    async fn upload_options(&self) -> Offer {
        let largest = self.0.settings.max_file_bytes;
        Offer::NoContent(tus::VERSION.to_owned(), tus::EXTENSIONS.to_owned(), largest)
    }
}

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
    fn expires(&self) -> Option<String> {
        self.expires_at.map(http_date)
    }
}

/// Finds an upload of the caller's.
async fn find(app: &App, owner: i64, file: Id) -> Result<Upload, Error> {
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

/// Makes an upload and stores what comes with the request.
async fn make(
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

/// Stores what comes for an upload.
async fn append(
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
