//! Cross-origin requests, from exactly the origins that are allowed (Fetch standard, CORS).

use poem::{
    Request, Response,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};

/// The request's origin, when it is one of those allowed.
pub(crate) fn allowed(origins: &[String], headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN).filter(|origin| !origin.is_empty())?;
    origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

/// Whether a browser asks if it may send a request.
pub(crate) fn is_preflight(request: &Request) -> bool {
    *request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Says what an allowed origin may send.
pub(crate) fn answer_preflight() -> Response {
    Response::builder()
        .status(StatusCode::NO_CONTENT)
        .header(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PUT, PATCH, DELETE")
        .header(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, If-None-Match, If-Range, Range, Tus-Resumable, \
             Upload-Length, Upload-Metadata, Upload-Offset, X-HTTP-Method-Override, X-Request-ID",
        )
        .header(header::ACCESS_CONTROL_MAX_AGE, "600")
        .finish()
}

/// Lets the pages of an allowed origin read an answer.
pub(crate) fn expose(origin: HeaderValue, headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "Content-Range, ETag, Link, Location, Retry-After, Tus-Extension, Tus-Max-Size, \
             Tus-Resumable, Tus-Version, Upload-Expires, Upload-Length, Upload-Offset, \
             WWW-Authenticate, X-Request-Id",
        ),
    );
}
