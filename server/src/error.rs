//! What a request can be refused for: one flat list of codes, and the one form all errors take.

use std::{borrow::Cow, fmt};

use poem::{
    IntoResponse, Response,
    error::ResponseError,
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse, Object,
    registry::{MetaResponses, Registry},
};
use serde_json::json;

/// Declares the codes: name, text on the wire, status, title.
macro_rules! codes {
    ($($name:ident $code:literal $status:ident $title:literal)*) => {
        /// The stable name of an error. Clients may rely on it; titles and details may change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code { $($name),* }

        impl Code {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            /// The code as it stands in a problem document.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The status that goes with the code.
            pub(crate) fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),* }
            }

            /// What the code means, the same for every occurrence.
            pub(crate) fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }
        }
    };
}

codes! {
    MalformedJson "malformed_json" BAD_REQUEST "The body is not JSON"
    InvalidRequest "invalid_request" BAD_REQUEST "A member of the body is not as it must be"
    InvalidParameter "invalid_parameter" BAD_REQUEST "A parameter of the path, the query or a header is not as it must be"
    BadEnvelope "bad_envelope" BAD_REQUEST "The envelope does not have the shape of a sealed message"
    BadHistory "bad_history" BAD_REQUEST "The key history is not a valid chain of signed statements"
    WrongSubject "wrong_subject" BAD_REQUEST "The key history belongs to another username"
    BadWrappedKeys "bad_wrapped_keys" BAD_REQUEST "The wrapped keys do not have the shape of wrapped keys"
    UnreadableBody "unreadable_body" BAD_REQUEST "The body could not be read to its end"
    UploadLengthMismatch "upload_length_mismatch" BAD_REQUEST "The body is shorter than Upload-Length says"
    TusExtension "unsupported_tus_extension" BAD_REQUEST "The upload asks for an extension of tus that is not offered"
    MissingToken "missing_token" UNAUTHORIZED "A bearer token is needed"
    InvalidToken "invalid_token" UNAUTHORIZED "The token is not one of this server's for this purpose"
    ExpiredToken "expired_token" UNAUTHORIZED "The token has expired"
    SessionEnded "session_ended" UNAUTHORIZED "The session of the token has ended"
    WrongCredentials "wrong_credentials" UNAUTHORIZED "There is no account with this name and password"
    WrongRecovery "wrong_recovery" UNAUTHORIZED "There is no account with this name and recovery code"
    WrongPassword "wrong_password" FORBIDDEN "The current password is another one"
    StaffNotGranted "staff_not_granted" FORBIDDEN "Nobody becomes staff by registering"
    NotStaff "not_staff" FORBIDDEN "Only staff may do this"
    RegistrationClosed "registration_closed" FORBIDDEN "Only staff may register accounts here"
    ForgedSender "forged_sender" FORBIDDEN "The sender is not the account of the token"
    NotAParticipant "not_a_participant" FORBIDDEN "Neither sender nor receiver is the account of the token"
    NotFound "not_found" NOT_FOUND "There is nothing at this address"
    UserNotFound "user_not_found" NOT_FOUND "There is no such account"
    ReceiverNotFound "receiver_not_found" NOT_FOUND "A receiver has no account here"
    ConversationNotFound "conversation_not_found" NOT_FOUND "There is no such conversation"
    MessageNotFound "message_not_found" NOT_FOUND "There is no such message in the mailbox"
    SessionNotFound "session_not_found" NOT_FOUND "There is no such session of the account"
    FileNotFound "file_not_found" NOT_FOUND "There is no such file"
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "The address exists, but not for this method"
    RequestTimeout "request_timeout" REQUEST_TIMEOUT "The body came too slowly"
    UsernameTaken "username_taken" CONFLICT "The username belongs to an account, or did"
    EmailTaken "email_taken" CONFLICT "The e-mail address belongs to an account"
    LastStaff "last_staff" CONFLICT "Of the active members of staff, one must remain"
    KeyInUse "key_in_use" CONFLICT "A key of the history belongs to an account already"
    StaleHistory "stale_history" CONFLICT "The statement does not follow the latest one of the account"
    KeysChanged "keys_changed" CONFLICT "The wrapped keys are not those of the history's latest statement"
    MessageIdTaken "message_id_taken" CONFLICT "Another message has this message_id"
    SenderHasNoKeys "sender_has_no_keys" CONFLICT "The sender has published no keys"
    ReceiverHasNoKeys "receiver_has_no_keys" CONFLICT "A receiver has published no keys"
    RecipientsMismatch "recipients_mismatch" CONFLICT "The envelope is not sealed to exactly the current keys of its participants"
    WrongOffset "wrong_offset" CONFLICT "The upload is at another offset"
    UploadTakenOver "upload_taken_over" CONFLICT "Another request goes on with the upload"
    FileInUse "file_in_use" CONFLICT "A message names the file"
    UploadExpired "upload_expired" GONE "The upload has expired"
    TusVersion "unsupported_tus_version" PRECONDITION_FAILED "This server speaks tus 1.0.0"
    BodyTooLarge "body_too_large" PAYLOAD_TOO_LARGE "The body is larger than this route takes"
    UploadTooLong "upload_too_long" PAYLOAD_TOO_LARGE "The body goes beyond the length of the upload"
    FileTooLarge "file_too_large" PAYLOAD_TOO_LARGE "The file is larger than this server takes"
    QuotaExceeded "quota_exceeded" PAYLOAD_TOO_LARGE "The files or the messages of the account would take more room than it has"
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "The route takes another Content-Type"
    UnsupportedEncoding "unsupported_encoding" UNSUPPORTED_MEDIA_TYPE "Requests are taken without Content-Encoding"
    RangeNotSatisfiable "range_not_satisfiable" RANGE_NOT_SATISFIABLE "The range lies outside the file"
    TooManyRequests "too_many_requests" TOO_MANY_REQUESTS "Too many tries; Retry-After says when to come again"
    Internal "internal" INTERNAL_SERVER_ERROR "The server failed"
    Unavailable "unavailable" SERVICE_UNAVAILABLE "The server can't answer at the moment"
    StorageFull "storage_full" INSUFFICIENT_STORAGE "The server's disk is full"
}

/// A member at fault.
#[derive(Debug, Clone, Object)]
pub(crate) struct Fault {
    /// JSON Pointer (RFC 6901) to the member in the request's body.
    pub(crate) pointer: String,
    /// What is wrong with it: `unknown_member`, `missing_member`, `repeated_member`, `null`,
    /// `wrong_type`, `invalid_value`, `not_found`, `no_keys`, `stale_key` or
    /// `unknown_recipient`.
    #[oai(validator(pattern = "^[a-z_]+$"))]
    pub(crate) code: String,
    /// The same for people.
    pub(crate) detail: String,
}

impl Fault {
    /// Says what is wrong with the member at `pointer`.
    pub(crate) fn new(
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self { pointer: pointer.into(), code: code.to_owned(), detail: detail.into() }
    }
}

/// A problem document (RFC 9457): the form of every error.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Problem {
    /// A URI that names the kind of problem, `urn:pli:problem:` and the code.
    #[oai(validator(pattern = "^urn:pli:problem:[a-z_]+$"))]
    pub(crate) r#type: String,
    /// What the code means.
    pub(crate) title: String,
    /// The status of the response.
    #[oai(validator(minimum(value = "400"), maximum(value = "599")))]
    pub(crate) status: u16,
    /// What happened this time.
    pub(crate) detail: String,
    /// The stable code to branch on.
    #[oai(validator(pattern = "^[a-z_]+$"))]
    pub(crate) code: String,
    /// The members at fault, where members are.
    #[oai(validator(max_items = 512))]
    pub(crate) errors: Option<Vec<Fault>>,
}

/// Why a request was refused.
#[derive(Debug)]
pub(crate) struct Error {
    /// Its stable code, which also decides the status.
    pub(crate) code: Code,
    detail: Option<Cow<'static, str>>,
    faults: Vec<Fault>,
    headers: Vec<(header::HeaderName, HeaderValue)>,
    collided: bool,
}

impl Error {
    /// Says what happened in more words than the title. Nothing internal belongs here.
    pub(crate) fn because(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: Some(detail.into()), ..code.into() }
    }

    /// Names the members at fault; the first one's detail becomes the detail of the whole.
    pub(crate) fn at(code: Code, faults: Vec<Fault>) -> Self {
        let detail = faults.first().map(|fault| fault.detail.clone().into());
        Self { detail, faults, ..code.into() }
    }

    /// Logs what went wrong inside, and tells the client no more than that something did.
    pub(crate) fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(error = %cause, "internal error");
        Code::Internal.into()
    }

    /// Two transactions got in each other's way. Run again, this one may well succeed.
    pub(crate) fn collision() -> Self {
        Self { collided: true, ..Code::Unavailable.into() }
    }

    /// Whether it is worth running the transaction again.
    pub(crate) fn collided(&self) -> bool {
        self.collided
    }

    /// The members at fault.
    pub(crate) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Adds a header to the response.
    pub(crate) fn with_header(mut self, name: header::HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self { code, detail: None, faults: Vec::new(), headers: Vec::new(), collided: false }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.code.as_str())
    }
}

impl std::error::Error for Error {}

/// The document gets its errors elsewhere, by code: see [`crate::openapi`].
impl ApiResponse for Error {
    fn meta() -> MetaResponses {
        MetaResponses { responses: Vec::new() }
    }

    fn register(_registry: &mut Registry) {}
}

impl ResponseError for Error {
    fn status(&self) -> StatusCode {
        self.code.status()
    }

    fn as_response(&self) -> Response {
        let code = self.code;
        let mut problem = json!({
            "type": format!("urn:pli:problem:{}", code.as_str()),
            "title": code.title(),
            "status": code.status().as_u16(),
            "detail": self.detail.as_deref().unwrap_or(code.title()),
            "code": code.as_str(),
        });
        if !self.faults.is_empty() {
            problem["errors"] = self
                .faults
                .iter()
                .map(|fault| {
                    json!({ "pointer": fault.pointer, "code": fault.code, "detail": fault.detail })
                })
                .collect();
        }
        let mut response = problem.to_string().with_status(code.status()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let extra = match code {
            Code::MissingToken | Code::WrongCredentials | Code::WrongRecovery => {
                Some((header::WWW_AUTHENTICATE, "Bearer"))
            }
            Code::InvalidToken | Code::ExpiredToken | Code::SessionEnded => {
                Some((header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#))
            }
            Code::Unavailable => Some((header::RETRY_AFTER, "5")),
            Code::RequestTimeout | Code::BodyTooLarge => Some((header::CONNECTION, "close")),
            _ => None,
        };
        if let Some((name, value)) = extra {
            headers.insert(name, HeaderValue::from_static(value));
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        response
    }
}
