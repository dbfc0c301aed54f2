//! Downloads: a sealed file, or a range of it, streamed (RFC 9110, sections 13 and 14).

use std::sync::Arc;

use poem::{
    Body, IntoResponse, Response, ResponseBuilder,
    http::{StatusCode, header},
};
use poem_openapi::{
    ApiResponse, OpenApi,
    param::{Header, Path},
    registry::{
        MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
    },
};

use crate::{
    app::{App, Part},
    caller::{Caller, CurrentAccount},
    database::column,
    error::{Code, Error},
    ranges::{Wanted, wanted},
    storage::StoredPart,
    text::Id,
};

/// The route of downloads.
pub(crate) struct Downloads(pub(crate) Arc<App>);

/// A file on its way.
pub(crate) struct Download(Response);

/// What a download would have.
pub(crate) struct Description(Response);

#[OpenApi(tag = "Part::Files")]
impl Downloads {
    /// Download a sealed file
    ///
    /// For who uploaded it and for participants of a message that names it. `Range` takes a
    /// single range of bytes; files never change, so `ETag` stays the same.
    #[oai(
        path = "/messaging/download_file/:file_id",
        method = "get",
        operation_id = "download_file"
    )]
    async fn download_file(
        &self,
        caller: CurrentAccount,
        /// The file.
        file_id: Path<Id>,
        /// A single range of bytes, such as `bytes=0-1023`. Anything else gives the whole file.
        #[oai(name = "Range")]
        range: Header<Option<String>>,
        /// The `ETag` that the range is meant for.
        #[oai(name = "If-Range")]
        if_range: Header<Option<String>>,
        /// The `ETag` of what the client has.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> Result<Download, Error> {
        let app = &self.0;
        let size = find(app, &caller.0, file_id.0).await?;
        let etag = etag(file_id.0);
        let response = describe(&etag);
        if is_known(if_none_match.0.as_deref(), &etag) {
            return Ok(Download(response.status(StatusCode::NOT_MODIFIED).finish()));
        }
        let fresh = if_range.0.is_none_or(|tag| tag == etag);
        let range = range.0.filter(|_| fresh);
        let (response, range) = match range.map_or(Wanted::Whole, |text| wanted(&text, size)) {
            Wanted::Whole => (response, 0..size),
            Wanted::Part(range) => {
                let content_range = format!("bytes {}-{}/{size}", range.start, range.end - 1);
                let response = response
                    .status(StatusCode::PARTIAL_CONTENT)
                    .header(header::CONTENT_RANGE, content_range);
                (response, range)
            }
            Wanted::Nothing => {
                let whole = format!("bytes */{size}");
                let error = Error::from(Code::RangeNotSatisfiable);
                return Err(error.with_header(header::CONTENT_RANGE, &whole));
            }
        };
        let response = response
            .content_type("application/octet-stream")
            .header(header::CONTENT_LENGTH, range.end - range.start);
        let bytes = app.storage.read(parts(app, file_id.0).await?, range).await?;
        Ok(Download(response.body(Body::from_bytes_stream(bytes))))
    }

    /// Ask for a sealed file's size
    ///
    /// The headers of its download, without the bytes.
    #[oai(
        path = "/messaging/download_file/:file_id",
        method = "head",
        operation_id = "describe_file"
    )]
    async fn describe_file(
        &self,
        caller: CurrentAccount,
        /// The file.
        file_id: Path<Id>,
        /// The `ETag` of what the client has.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> Result<Description, Error> {
        let size = find(&self.0, &caller.0, file_id.0).await?;
        let etag = etag(file_id.0);
        let response = describe(&etag);
        if is_known(if_none_match.0.as_deref(), &etag) {
            return Ok(Description(response.status(StatusCode::NOT_MODIFIED).finish()));
        }
        let response = response.content_type("application/octet-stream");
        Ok(Description(response.header(header::CONTENT_LENGTH, size).finish()))
    }
}

/// Finds the size of a file that the caller may read.
async fn find(app: &App, caller: &Caller, file: Id) -> Result<u64, Error> {
    let row = sqlx::query(
        "SELECT size FROM files f WHERE f.id = $1 AND f.state = 1 AND (f.owner = $2 OR EXISTS
             (SELECT 1 FROM messages m JOIN entries e ON e.message_id = m.id
              WHERE m.file_id = f.id AND e.account = $2))",
    )
    .bind(file.to_string())
    .bind(caller.no)
    .fetch_optional(app.database.reader())
    .await?
    .ok_or(Code::FileNotFound)?;
    Ok(column::<i64>(&row, "size")?.unsigned_abs())
}

/// The tag of a file, which never changes.
fn etag(file: Id) -> String {
    format!("\"{file}\"")
}

/// What all answers about a file say.
fn describe(etag: &str) -> ResponseBuilder {
    Response::builder()
        .header(header::ETAG, etag)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CACHE_CONTROL, "private, no-cache")
        .header(header::CONTENT_DISPOSITION, "attachment")
}

/// Whether the client has what it asks for.
fn is_known(if_none_match: Option<&str>, etag: &str) -> bool {
    if_none_match.is_some_and(|tags| names(tags, etag))
}

async fn parts(app: &App, file: Id) -> Result<Vec<StoredPart>, Error> {
    let rows = sqlx::query(
        "SELECT start_at, size, object_key FROM file_parts WHERE file_id = $1 ORDER BY start_at",
    )
    .bind(file.to_string())
    .fetch_all(app.database.reader())
    .await?;
    rows.iter().map(|row| Ok(StoredPart::from_row(row)?)).collect()
}

/// Whether a list of entity tags names `etag`; comparison is weak (RFC 9110, section 13.1.2).
fn names(tags: &str, etag: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        self.0
    }
}

impl IntoResponse for Description {
    fn into_response(self) -> Response {
        self.0
    }
}

impl ApiResponse for Download {
    fn meta() -> MetaResponses {
        let bytes = || {
            vec![MetaMediaType {
                content_type: "application/octet-stream",
                schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format(
                    "string", "binary",
                ))),
            }]
        };
        let mut part = of_file("How many bytes of it follow");
        part.push(header("Content-Range", "Which bytes of how many"));
        let whole = of_file("How many bytes follow");
        MetaResponses {
            responses: vec![
                response(200, "The sealed bytes", bytes(), whole),
                response(206, "A range of the sealed bytes", bytes(), part),
                response(304, "Not modified", vec![], vec![etag_header()]),
            ],
        }
    }

    fn register(_registry: &mut Registry) {}
}

impl ApiResponse for Description {
    fn meta() -> MetaResponses {
        let headers = of_file("How many sealed bytes there are");
        MetaResponses {
            responses: vec![
                response(200, "What a download has", vec![], headers),
                response(304, "Not modified", vec![], vec![etag_header()]),
            ],
        }
    }

    fn register(_registry: &mut Registry) {}
}

/// The headers of a file, or of a range of one.
fn of_file(length: &str) -> Vec<MetaHeader> {
    vec![
        etag_header(),
        header("Content-Length", length),
        header("Accept-Ranges", "`bytes`"),
        header("Content-Disposition", "`attachment`: no browser shows it"),
    ]
}

fn response(
    status: u16,
    description: &'static str,
    content: Vec<MetaMediaType>,
    headers: Vec<MetaHeader>,
) -> MetaResponse {
    MetaResponse { description, status: Some(status), status_range: None, content, headers }
}

fn header(name: &str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: true,
        deprecated: false,
        schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
    }
}

fn etag_header() -> MetaHeader {
    header("ETag", "Strong, and the same for ever")
}
