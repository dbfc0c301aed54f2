//! Sealed files: uploading.

use std::{mem, sync::Arc};

use futures_util::TryStreamExt;
use poem::{Body, FromRequest, Request, RequestBody, http::header};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions, Object, OpenApi,
    param::Header,
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef},
};
use sqlx::AnyConnection;

use crate::{
    app::{App, Part},
    caller::CurrentAccount,
    error::{Code, Error},
    json::{Json, unreadable},
    storage::StoredPart,
    sweep::remove,
    text::Id,
};

/// A part is stored once it has this many bytes.
const PART: usize = 4 * 1024 * 1024;
/// The version of tus that is spoken.
const TUS: &str = "1.0.0";

/// The route of uploads.
pub(crate) struct Files(pub(crate) Arc<App>);

/// A file that has been stored.
#[derive(Object)]
pub(crate) struct StoredFile {
    /// The file, for `file_id` of a message.
    file_id: Id,
    /// Its bytes.
    size: u64,
}

#[derive(ApiResponse)]
pub(crate) enum Uploaded {
    /// The whole file is on disk.
    #[oai(status = 201)]
    Created(
        Json<StoredFile>,
        /// Where the upload is.
        #[oai(header = "Location")]
        String,
        /// The version of tus.
        #[oai(header = "Tus-Resumable")]
        String,
    ),
}

/// The bytes of a sealed file.
pub(crate) struct Bytes(Body);

impl<'a> ApiExtractor<'a> for Bytes {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let binary =
            || MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")));
        let content = |content_type| MetaMediaType { content_type, schema: binary() };
        Some(MetaRequest {
            description: Some("The sealed bytes, as many as Upload-Length says."),
            content: vec![
                content("application/offset+octet-stream"),
                content("application/octet-stream"),
            ],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let allowed = ["application/offset+octet-stream", "application/octet-stream"];
        match request.content_type() {
            Some(media_type)
                if !allowed.iter().any(|allowed| media_type.eq_ignore_ascii_case(allowed)) =>
            {
                let detail = "the body must be application/offset+octet-stream";
                Err(Error::because(Code::UnsupportedMediaType, detail).into())
            }
            _ => Ok(Self(<Body as FromRequest>::from_request(request, body).await?)),
        }
    }
}

#[OpenApi(tag = "Part::Files")]
impl Files {
    /// Upload a sealed file
    ///
    /// The whole file in one request. It stays for a day (a setting) unless a message names it.
    #[oai(path = "/files", method = "post", operation_id = "upload_file")]
    async fn upload_file(
        &self,
        caller: CurrentAccount,
        request: &Request,
        /// Bytes of the file.
        #[oai(name = "Upload-Length", validator(minimum(value = "0")))]
        upload_length: Header<i64>,
        /// The version of tus, `1.0.0`, from tus clients.
        #[oai(name = "Tus-Resumable")]
        tus_resumable: Header<Option<String>>,
        body: Bytes,
    ) -> Result<Uploaded, Error> {
        if tus_resumable.0.is_some_and(|version| version != TUS) {
            let version = header::HeaderName::from_static("tus-version");
            return Err(Error::from(Code::TusVersion).with_header(version, TUS));
        }
        let size = upload_length.0;
        if size > self.0.settings.max_file_bytes {
            return Err(Code::FileTooLarge.into());
        }
        let announced = request.header(header::CONTENT_LENGTH);
        if announced.is_some_and(|announced| announced.parse() != Ok(size)) {
            return Err(Code::UploadLengthMismatch.into());
        }
        // An upload that breaks off is cleaned up even if the client has gone.
        let (app, owner) = (Arc::clone(&self.0), caller.0.no);
        let file_id = tokio::spawn(async move { upload(&app, owner, size, body.0).await })
            .await
            .map_err(Error::internal)??;
        Ok(Uploaded::Created(
            Json(StoredFile { file_id, size: size.unsigned_abs() }),
            format!("/files/{file_id}"),
            TUS.to_owned(),
        ))
    }
}

async fn upload(app: &App, owner: i64, size: i64, body: Body) -> Result<Id, Error> {
    let file = Id::new();
    let expires_at = app.clock.now() + app.settings.upload_hours * 3_600_000;
    let quota = app.settings.max_account_file_bytes;
    app.database
        .write(async move |tx| reserve(tx, file, owner, size, quota, expires_at).await)
        .await?;
    match receive(app, file, size.unsigned_abs(), body).await {
        Ok(()) => Ok(file),
        Err(error) => {
            // What is left of it goes with the next sweep.
            if let Err(error) = remove(app, file).await {
                tracing::warn!(%error, "a broken upload could not be removed");
            }
            Err(error)
        }
    }
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
         VALUES ($1, $2, $3, 0, 0, 0, $4)",
    )
    .bind(file.to_string())
    .bind(owner)
    .bind(size)
    .bind(expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores the body in parts, each durable before the next is begun.
async fn receive(app: &App, file: Id, size: u64, body: Body) -> Result<(), Error> {
    let mut chunks = body.into_bytes_stream();
    let (mut part, mut start, mut end) = (Vec::new(), 0, 0);
    loop {
        let chunk = chunks.try_next().await.map_err(|error| unreadable(Some(&error)))?;
        let last = chunk.is_none();
        if let Some(chunk) = chunk {
            end += chunk.len() as u64;
            part.extend_from_slice(&chunk);
        }
        if end > size || (last && end < size) {
            return Err(Code::UploadLengthMismatch.into());
        }
        if last || end - start >= PART as u64 {
            let stored = app.storage.put(file, start, mem::take(&mut part).into()).await?;
            start = end;
            app.database.write(async move |tx| record(tx, file, &stored, last).await).await?;
        }
        if last {
            return Ok(());
        }
    }
}

async fn record(
    tx: &mut AnyConnection,
    file: Id,
    part: &StoredPart,
    complete: bool,
) -> Result<(), Error> {
    let (start, size) = (part.start.cast_signed(), part.size.cast_signed());
    let recorded = sqlx::query(
        "UPDATE files SET received = $1, state = $2 WHERE id = $3 AND state = 0 AND received = $4",
    )
    .bind(start + size)
    .bind(i64::from(complete))
    .bind(file.to_string())
    .bind(start)
    .execute(&mut *tx)
    .await?;
    if recorded.rows_affected() == 0 {
        return Err(Code::FileNotFound.into());
    }
    sqlx::query(
        "INSERT INTO file_parts (file_id, start_at, size, object_key) VALUES ($1, $2, $3, $4)",
    )
    .bind(file.to_string())
    .bind(start)
    .bind(size)
    .bind(&part.key)
    .execute(tx)
    .await?;
    Ok(())
}
