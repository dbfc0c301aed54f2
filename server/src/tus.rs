//! What tus 1.0 says in headers (<https://tus.io/protocols/resumable-upload>), apart from offsets
//! and lengths.

use jiff::fmt::rfc2822::DateTimePrinter;
use poem::{
    Body, FromRequest, Request, RequestBody,
    http::{HeaderName, Method, header},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaParamIn, MetaRequest, MetaSchema, MetaSchemaRef},
    types::Type,
};

use crate::error::{Code, Error};

/// The version of tus that is spoken.
pub(crate) const VERSION: &str = "1.0.0";
/// The extensions of tus that are offered.
pub(crate) const EXTENSIONS: &str = "creation,creation-with-upload,expiration,termination";
/// The media type of bytes at an offset.
const BYTES: &str = "application/offset+octet-stream";

/// The method that a request for an upload means: clients that can send neither PATCH nor DELETE
/// name it in a header.
pub(crate) fn overridden(request: &Request) -> Option<Method> {
    let is_upload = request.uri().path().starts_with("/files/");
    match request.header("x-http-method-override") {
        Some("PATCH") if is_upload => Some(Method::PATCH),
        Some("DELETE") if is_upload => Some(Method::DELETE),
        _ => None,
    }
}

/// Whether an answer under this path names the version of tus.
pub(crate) fn is_spoken_at(path: &str) -> bool {
    path == "/files" || path.starts_with("/files/")
}

/// A time as `Upload-Expires` has it (RFC 9110, section 5.6.7).
pub(crate) fn http_date(milliseconds: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(milliseconds).unwrap_or(jiff::Timestamp::MAX);
    DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).unwrap_or_default()
}

/// The header `Tus-Resumable` of a request that asks for nothing that is not offered.
pub(crate) struct Tus {
    /// Whether the client speaks tus.
    pub(crate) is_spoken: bool,
}

impl<'a> ApiExtractor<'a> for Tus {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    type ParamType = Option<String>;
    type ParamRawType = String;

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(String::schema_ref())
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<Option<String>>,
    ) -> poem::Result<Self> {
        let version = request.headers().get("tus-resumable");
        if version.is_some_and(|version| version != VERSION) {
            let name = HeaderName::from_static("tus-version");
            return Err(Error::from(Code::TusVersion).with_header(name, VERSION).into());
        }
        for (name, detail) in [
            ("upload-defer-length", "the length of an upload must be known when it is made"),
            ("upload-concat", "uploads are not concatenated"),
            ("upload-checksum", "checksums are not compared"),
        ] {
            if request.headers().contains_key(name) {
                return Err(Error::because(Code::TusExtension, detail).into());
            }
        }
        Ok(Self { is_spoken: version.is_some() })
    }
}

/// The bytes of a sealed file. Those that make an upload may also come as plain bytes, or not
/// at all.
pub(crate) struct Bytes<const MAKES: bool> {
    /// How many there are, where the client says so.
    pub(crate) announced: Option<i64>,
    /// The bytes.
    pub(crate) body: Body,
}

impl<'a, const MAKES: bool> ApiExtractor<'a> for Bytes<MAKES> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let binary =
            || MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")));
        let content = |content_type| MetaMediaType { content_type, schema: binary() };
        let media_types = if MAKES { &[BYTES, "application/octet-stream"][..] } else { &[BYTES] };
        Some(MetaRequest {
            description: Some("The sealed bytes."),
            content: media_types.iter().copied().map(content).collect(),
            required: !MAKES,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let taken = match request.content_type() {
            Some(media_type) if media_type.eq_ignore_ascii_case(BYTES) => true,
            Some(media_type) => {
                MAKES && media_type.eq_ignore_ascii_case("application/octet-stream")
            }
            None => MAKES,
        };
        if !taken {
            let detail = if MAKES {
                "the body must be application/offset+octet-stream or application/octet-stream"
            } else {
                "the body must be application/offset+octet-stream"
            };
            return Err(Error::because(Code::UnsupportedMediaType, detail).into());
        }
        let length = request.header(header::CONTENT_LENGTH);
        let announced = length.map(|length| length.parse().unwrap_or(i64::MAX));
        Ok(Self { announced, body: <Body as FromRequest>::from_request(request, body).await? })
    }
}
