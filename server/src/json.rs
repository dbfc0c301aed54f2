//! JSON bodies: read strictly, with a pointer to what is wrong.

use std::marker::PhantomData;

use futures_util::TryStreamExt;
use poem::{Body, FromRequest, IntoResponse, Request, RequestBody, Response, http::header};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions,
    payload::Payload,
    registry::{MetaMediaType, MetaRequest, MetaResponse, MetaResponses, MetaSchemaRef, Registry},
    types::{ParseFromJSON, ParseResult, ToJSON, Type},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    error::{Code, Error, Fault},
    exact::Exact,
    strict::{parse_strictly, push},
};

/// The most that a JSON body may have: a message's envelope (a letter of 1 MiB, encoded in
/// base64 twice) with 256 recipients, and some.
pub(crate) const BODY_LIMIT: usize = 2 * 1024 * 1024 + 256 * 1024;

/// A JSON payload, in both directions. Requests are read with serde, which says where they are
/// wrong; the document and the responses come from the type's OpenAPI object.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Type> Payload for Json<T> {
    const CONTENT_TYPE: &'static str = "application/json";

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<'a, T: Type + DeserializeOwned> ApiExtractor<'a> for Json<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest {
            description: None,
            content: vec![MetaMediaType {
                content_type: Self::CONTENT_TYPE,
                schema: T::schema_ref(),
            }],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let media_type = request.content_type().unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            let detail = "the body must be application/json";
            return Err(Error::because(Code::UnsupportedMediaType, detail).into());
        }
        Ok(Self(parse(&read(request, body).await?)?))
    }
}

impl<T: ToJSON> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        Response::builder().content_type("application/json").body(self.0.to_json_string())
    }
}

impl<T: ToJSON> ApiResponse for Json<T> {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![MetaResponse {
                description: "",
                status: Some(200),
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: Self::CONTENT_TYPE,
                    schema: T::schema_ref(),
                }],
                headers: vec![],
            }],
        }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// Reads a body of at most [`BODY_LIMIT`] bytes, counting them as they come.
async fn read(request: &Request, body: &mut RequestBody) -> poem::Result<Vec<u8>> {
    let length =
        request.header(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|length| length > BODY_LIMIT) {
        return Err(Error::from(Code::BodyTooLarge).into());
    }
    let body = <Body as FromRequest>::from_request(request, body).await?;
    let mut chunks = body.into_bytes_stream();
    // One buffer: a body that comes byte by byte takes no more room than another.
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.try_next().await.map_err(|error| unreadable(Some(&error)))? {
        if bytes.len() + chunk.len() > BODY_LIMIT {
            return Err(Error::from(Code::BodyTooLarge).into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Says why a body could not be read to its end.
pub(crate) fn unreadable(error: Option<&std::io::Error>) -> Error {
    match error {
        Some(error) if error.kind() == std::io::ErrorKind::TimedOut => Code::RequestTimeout.into(),
        _ => Code::UnreadableBody.into(),
    }
}

/// Parses a body: JSON without repeated members, null, NUL or unpaired surrogates, in the form
/// of `T`.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    typed(parse_strictly(body)?, Code::InvalidRequest, "")
}

/// Turns a value into `T`, or says with `code` where it is not as it must be; `prefix` is the
/// pointer to the value itself.
pub(crate) fn typed<T: DeserializeOwned>(
    value: Value,
    code: Code,
    prefix: &str,
) -> Result<T, Error> {
    serde_path_to_error::deserialize(Exact(value)).map_err(|error| {
        let mut pointer = prefix.to_owned();
        for segment in error.path() {
            match segment {
                serde_path_to_error::Segment::Seq { index } => {
                    push(&mut pointer, &index.to_string())
                }
                serde_path_to_error::Segment::Map { key } => push(&mut pointer, key),
                _ => {}
            }
        }
        Error::at(code, vec![fault(pointer, &error.into_inner().to_string())])
    })
}

/// Reads the kind of fault, and the member that is missing, out of serde's message.
fn fault(mut pointer: String, message: &str) -> Fault {
    if message.starts_with("unknown field") {
        Fault::new(pointer, "unknown_member", "no such member is known here")
    } else if message.starts_with("missing field") {
        push(&mut pointer, message.split('`').nth(1).unwrap_or_default());
        Fault::new(pointer, "missing_member", "this member is required")
    } else if message.starts_with("invalid type") {
        let expected = message.rsplit_once("expected ").map_or("another type", |(_, end)| end);
        Fault::new(pointer, "wrong_type", format!("expected {expected}"))
    } else if message.starts_with("invalid value") || message.starts_with("unknown variant") {
        let expected = message.rsplit_once("expected ").map_or("another value", |(_, end)| end);
        Fault::new(pointer, "invalid_value", format!("expected {expected}"))
    } else {
        Fault::new(pointer, "invalid_value", message)
    }
}

/// A member whose form is checked later, with a code of its own: the document shows `T`, the
/// handler gets the value as it came.
#[derive(Debug, Clone)]
pub(crate) struct Unchecked<T> {
    /// The value as it came.
    pub(crate) value: Value,
    form: PhantomData<fn() -> T>,
}

impl<'de, T> Deserialize<'de> for Unchecked<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self { value: Value::deserialize(from)?, form: PhantomData })
    }
}

impl<T: Type> Type for Unchecked<T> {
    const IS_REQUIRED: bool = true;
    type RawValueType = T::RawValueType;
    type RawElementValueType = T::RawElementValueType;

    fn name() -> std::borrow::Cow<'static, str> {
        T::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn as_raw_value(&self) -> Option<&T::RawValueType> {
        None
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a T::RawElementValueType> + 'a> {
        Box::new(std::iter::empty())
    }
}

impl<T: Type> ParseFromJSON for Unchecked<T> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        Ok(Self { value: value.unwrap_or_default(), form: PhantomData })
    }
}

impl<T: Type> ToJSON for Unchecked<T> {
    fn to_json(&self) -> Option<Value> {
        Some(self.value.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::parse;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read for its faults")]
    struct Form {
        text: Option<String>,
        number: Option<i64>,
        flag: Option<bool>,
        list: Option<Vec<u8>>,
        pair: Option<[u8; 2]>,
        kind: Option<Kind>,
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Text,
        File,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read for its faults")]
    struct Inner {
        needed: String,
    }

    /// The kind of a fault is read out of serde's sentences: an update that words them otherwise
    /// shows here.
    #[test]
    fn each_of_serdes_sentences_is_understood() {
        for (body, pointer, code, detail) in [
            (r#"{"x":1}"#, "/x", "unknown_member", "no such member is known here"),
            (r#"{"a`b":1}"#, "/a`b", "unknown_member", "no such member is known here"),
            (r#"{"inner":{"x":1}}"#, "/inner/x", "unknown_member", "no such member is known here"),
            (r#"{"inner":{}}"#, "/inner/needed", "missing_member", "this member is required"),
            (r#"{"text":1}"#, "/text", "wrong_type", "expected a string"),
            (r#"{"text":[]}"#, "/text", "wrong_type", "expected a string"),
            (r#"{"number":"expected 1"}"#, "/number", "wrong_type", "expected i64"),
            (r#"{"number":1.5}"#, "/number", "wrong_type", "expected i64"),
            (r#"{"number":{}}"#, "/number", "wrong_type", "expected i64"),
            (r#"{"number":9223372036854775808}"#, "/number", "invalid_value", "expected i64"),
            (r#"{"flag":0}"#, "/flag", "wrong_type", "expected a boolean"),
            (r#"{"list":"x"}"#, "/list", "wrong_type", "expected a sequence"),
            (r#"{"list":[1,256]}"#, "/list/1", "invalid_value", "expected u8"),
            (r#"{"list":[true]}"#, "/list/0", "wrong_type", "expected u8"),
            (r#"{"kind":"image"}"#, "/kind", "invalid_value", "expected `text` or `file`"),
            (r#"{"kind":1}"#, "/kind", "wrong_type", "expected a string"),
            (r#"{"inner":[]}"#, "/inner", "wrong_type", "expected an object"),
            (
                r#"{"pair":[1]}"#,
                "/pair",
                "invalid_value",
                "invalid length 1, expected an array of length 2",
            ),
            ("[]", "", "wrong_type", "expected an object"),
        ] {
            let error = parse::<Form>(body.as_bytes()).unwrap_err();
            let fault = &error.faults()[0];
            let found = (fault.pointer.as_str(), fault.code.as_str(), fault.detail.as_str());
            assert_eq!(found, (pointer, code, detail), "{body}");
        }
    }
}
