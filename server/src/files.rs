//! Sealed files: uploading, with tus 1.0 or in one plain request. The upload's id is the file's.

use std::sync::Arc;

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path},
};

use crate::{
    app::{App, Part},
    caller::CurrentAccount,
    done::Done,
    error::{Code, Error},
    json::Json,
    sweep::{ALWAYS, remove},
    text::Id,
    tus::{self, Bytes, Tus},
    uploads::{append, find, make},
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
    ///
    /// Versions, extensions and the largest file, in headers. Takes no token.
    #[oai(path = "/files", method = "options", operation_id = "upload_options")]
    async fn upload_options(&self) -> Offer {
        let largest = self.0.settings.max_file_bytes;
        Offer::NoContent(tus::VERSION.to_owned(), tus::EXTENSIONS.to_owned(), largest)
    }
}
