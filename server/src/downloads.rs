//! Downloads: a sealed file, or a range of it, streamed (RFC 9110, sections 13 and 14).

use std::{ops::Range, sync::Arc};

use poem::{
    Body, IntoResponse, Response,
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
    caller::CurrentAccount,
    database::column,
    error::{Code, Error},
    storage::StoredPart,
    text::Id,
};

/// The route of downloads.
pub(crate) struct Downloads(pub(crate) Arc<App>);

/// What a request asks to have of a file.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<u64>),
    Nothing,
}

/// A file on its way.
pub(crate) struct Download(Response);

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
        let id = file_id.0.to_string();
        let row = sqlx::query(
            "SELECT size FROM files f WHERE f.id = $1 AND f.state = 1 AND (f.owner = $2 OR EXISTS
                 (SELECT 1 FROM messages m JOIN entries e ON e.message_id = m.id
                  WHERE m.file_id = f.id AND e.account = $2))",
        )
        .bind(&id)
        .bind(caller.0.no)
        .fetch_optional(app.database.reader())
        .await?
        .ok_or(Code::FileNotFound)?;
        let size = column::<i64>(&row, "size")?.unsigned_abs();
        let etag = format!("\"{id}\"");

        let response = Response::builder()
            .header(header::ETAG, &etag)
            .header(header::ACCEPT_RANGES, "bytes")
            .header(header::CACHE_CONTROL, "private, no-cache")
            .header(header::CONTENT_DISPOSITION, "attachment");
        if if_none_match.0.is_some_and(|tags| names(&tags, &etag)) {
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
        let parts = parts(app, &id).await?;
        let response = response
            .content_type("application/octet-stream")
            .header(header::CONTENT_LENGTH, range.end - range.start);
        let bytes = app.storage.read(parts, range);
        Ok(Download(response.body(Body::from_bytes_stream(bytes))))
    }
}

async fn parts(app: &App, file: &str) -> Result<Vec<StoredPart>, Error> {
    let rows = sqlx::query(
        "SELECT start_at, size, object_key FROM file_parts WHERE file_id = $1 ORDER BY start_at",
    )
    .bind(file)
    .fetch_all(app.database.reader())
    .await?;
    rows.iter().map(|row| Ok(StoredPart::from_row(row)?)).collect()
}

/// Whether a list of entity tags names `etag`; comparison is weak (RFC 9110, section 13.1.2).
fn names(tags: &str, etag: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

/// Reads a Range header. What is not a single range of bytes is ignored, as RFC 9110 allows.
fn wanted(header: &str, size: u64) -> Wanted {
    let Some((unit, range)) = header.split_once('=') else {
        return Wanted::Whole;
    };
    let Some((first, last)) = range.trim().split_once('-') else {
        return Wanted::Whole;
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // More digits than fit mean a place beyond any file.
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    let range = match (number(first), number(last), first.is_empty(), last.is_empty()) {
        (Some(first), Some(last), ..) if first <= last => first..last.saturating_add(1).min(size),
        (Some(first), None, _, true) => first..size,
        (None, Some(suffix), true, _) => size.saturating_sub(suffix)..size,
        _ => return Wanted::Whole,
    };
    if range.start < range.end { Wanted::Part(range) } else { Wanted::Nothing }
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        self.0
    }
}

impl ApiResponse for Download {
    fn meta() -> MetaResponses {
        let header = |name: &str, description: &str| MetaHeader {
            name: name.to_owned(),
            description: Some(description.to_owned()),
            required: true,
            deprecated: false,
            schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
        };
        let etag = || header("ETag", "Strong, and the same for ever");
        let bytes = || {
            vec![MetaMediaType {
                content_type: "application/octet-stream",
                schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format(
                    "string", "binary",
                ))),
            }]
        };
        let response = |status, description, content, headers| MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content,
            headers,
        };
        let range = header("Content-Range", "Which bytes of how many");
        MetaResponses {
            responses: vec![
                response(200, "The sealed bytes", bytes(), vec![etag()]),
                response(206, "A range of the sealed bytes", bytes(), vec![etag(), range]),
                response(304, "Not modified", vec![], vec![etag()]),
            ],
        }
    }

    fn register(_registry: &mut Registry) {}
}

#[cfg(test)]
mod tests {
    use super::{Wanted, wanted};

    #[test]
    fn a_single_range_of_bytes_is_understood() {
        assert_eq!(wanted("bytes=0-0", 10), Wanted::Part(0..1));
        assert_eq!(wanted("bytes=2-5", 10), Wanted::Part(2..6));
        assert_eq!(wanted("bytes=7-", 10), Wanted::Part(7..10));
        assert_eq!(wanted("bytes=-3", 10), Wanted::Part(7..10));
        assert_eq!(wanted("bytes=-99", 10), Wanted::Part(0..10));
        assert_eq!(wanted("bytes=5-99999999999999999999999", 10), Wanted::Part(5..10));
        assert_eq!(wanted("BYTES=1-1", 10), Wanted::Part(1..2));
    }

    #[test]
    fn a_range_outside_the_file_is_not_satisfiable() {
        assert_eq!(wanted("bytes=10-", 10), Wanted::Nothing);
        assert_eq!(wanted("bytes=99999999999999999999999-", 10), Wanted::Nothing);
        assert_eq!(wanted("bytes=-0", 10), Wanted::Nothing);
        assert_eq!(wanted("bytes=0-0", 0), Wanted::Nothing);
    }

    #[test]
    fn what_is_not_a_single_range_is_ignored() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-2",
            "bytes=a-b",
            "bytes=1-2,4-5",
            "lines=1-2",
            "bytes=+1-2",
            "bytes=1--2",
            "bytes=0x1-2",
        ] {
            assert_eq!(wanted(header, 10), Wanted::Whole, "{header}");
        }
    }
}
