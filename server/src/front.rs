//! The front of the server: what every request passes on its way in, and every answer on its way
//! out.

use std::{collections::HashSet, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use futures_util::FutureExt;
use poem::{
    Endpoint, Request, Response,
    endpoint::BoxEndpoint,
    error::{MethodNotAllowedError, NotFoundError, ReadBodyError, ResponseError},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
};
use poem_openapi::error::{AuthorizationError, ContentTypeError, ParseParamError, ParsePathError};
use tracing::Instrument;

use crate::{
    app::App,
    cors,
    error::{Code, Error},
    json::unreadable,
    openapi,
    pages::Pages,
    routes::Routes,
    text::Id,
    tus,
};

/// How long browsers are to come over TLS only (RFC 6797).
const YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Answers every request.
pub(crate) struct Front {
    app: Arc<App>,
    api: BoxEndpoint<'static>,
    pages: Pages,
    routes: Routes,
    is_https: bool,
}

impl Front {
    /// Puts the API and the pages behind one front.
    ///
    /// # Errors
    /// When the document can't be written.
    pub(crate) fn new(app: Arc<App>) -> Result<Self, serde_yaml::Error> {
        let document = openapi::document();
        let api = poem::IntoEndpoint::into_endpoint(openapi::service(&app));
        let routes = Routes::of(&document);
        let is_https = app.settings.is_https();
        Ok(Self { app, api, pages: Pages::new(&document)?, routes, is_https })
    }

    fn refuse(&self, error: &Error) -> Response {
        self.app.metrics.refused(error);
        error.as_response()
    }

    async fn dispatch(&self, mut request: Request) -> Result<Response, Error> {
        check(&request)?;
        if let Some(method) = tus::overridden(&request) {
            request.set_method(method);
        }
        let path = request.uri().path().to_owned();
        if let Some(page) = self.pages.find(&path) {
            return match *request.method() {
                Method::GET | Method::HEAD => Ok(page.answer(request.headers())),
                _ => Err(Error::from(Code::MethodNotAllowed).with_header(header::ALLOW, "GET")),
            };
        }
        request.set_data(Arc::clone(&self.app));
        match self.api.call(request).await {
            Ok(response) => Ok(response),
            Err(error) if error.is::<MethodNotAllowedError>() => {
                let methods = self.routes.methods(&path);
                Err(Error::from(Code::MethodNotAllowed).with_header(header::ALLOW, &methods))
            }
            Err(error) => Err(translate(error)),
        }
    }
}

impl Endpoint for Front {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let (started, request_id) = (Instant::now(), Id::new().to_string());
        let method = request.method().clone();
        let route = self.routes.pattern(request.uri().path());
        let is_upload = tus::is_spoken_at(request.uri().path());
        let origin = cors::allowed(&self.app.settings.allowed_origins, request.headers());

        let preflight = origin.as_ref().filter(|_| cors::is_preflight(&request));
        let mut response = if preflight.is_some() {
            cors::answer_preflight()
        } else {
            // What goes wrong inside is logged with the request's identifier.
            let span = tracing::error_span!("request", %request_id);
            let answer = AssertUnwindSafe(self.dispatch(request).instrument(span));
            match answer.catch_unwind().await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => self.refuse(&error),
                Err(_) => self.refuse(&Error::internal("a handler panicked")),
            }
        };
        if let Some(origin) = origin {
            cors::expose(origin, response.headers_mut());
        }
        protect(response.headers_mut());
        if is_upload {
            response.headers_mut().insert("tus-resumable", HeaderValue::from_static(tus::VERSION));
        }
        if self.is_https {
            response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, YEAR);
        }
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert("x-request-id", value);
        }
        let method = known(&method);
        self.app.metrics.answered(method, route, response.status(), started);
        tracing::info!(
            %request_id,
            method,
            route,
            status = response.status().as_u16(),
            ms = started.elapsed().as_micros() as f64 / 1000.0,
            "request"
        );
        Ok(response)
    }
}

/// Refuses what no route takes.
fn check(request: &Request) -> Result<(), Error> {
    let has_body = !matches!(*request.method(), Method::GET | Method::HEAD);
    let encoding = request.header(header::CONTENT_ENCODING).unwrap_or("identity");
    if has_body && !encoding.eq_ignore_ascii_case("identity") {
        return Err(Code::UnsupportedEncoding.into());
    }
    let query: Vec<(String, String)> = request.params().map_err(|_| Code::InvalidParameter)?;
    let mut names = HashSet::new();
    let repeated = query.iter().any(|(name, _)| !names.insert(name));
    if repeated {
        let detail = "a query parameter stands twice";
        return Err(Error::because(Code::InvalidParameter, detail));
    }
    Ok(())
}

/// Brings the errors of poem and poem-openapi to the one form.
fn translate(error: poem::Error) -> Error {
    let error = match error.downcast::<Error>() {
        Ok(error) => return error,
        Err(error) => error,
    };
    if let Some(error) = error.downcast_ref::<ParseParamError>() {
        let detail = format!("`{}` is not as it must be", error.name);
        Error::because(Code::InvalidParameter, detail)
    } else if error.is::<ParsePathError>() {
        Error::because(Code::InvalidParameter, "an identifier in the path is not as it must be")
    } else if let Some(ReadBodyError::Io(error)) = error.downcast_ref::<ReadBodyError>() {
        unreadable(Some(error))
    } else if error.is::<AuthorizationError>() {
        Code::MissingToken.into()
    } else if error.is::<ContentTypeError>() {
        Code::UnsupportedMediaType.into()
    } else if error.is::<NotFoundError>() {
        Code::NotFound.into()
    } else if error.status() == StatusCode::BAD_REQUEST {
        Code::InvalidParameter.into()
    } else {
        Error::internal(error)
    }
}

/// Adds the headers that all answers have, where the answer has not set its own.
fn protect(headers: &mut HeaderMap) {
    let mut default = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::REFERRER_POLICY, "no-referrer");
    default(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    default(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    default(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    default(header::CACHE_CONTROL, "no-store");
}

/// A method as it may stand in the log.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};
    use poem::EndpointExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::{
        Clock, Settings, connection::Host, door::Door, metrics::Metrics, networks::Proxies,
        serve::serve, server::start,
    };

    #[tokio::test]
    async fn a_panic_is_answered_and_the_connection_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let line = ["", "--listen", "127.0.0.1:0", "--data-dir", folder.path().to_str().unwrap()];
        let matches = Settings::augment_args(Command::new("")).get_matches_from(line);
        let settings = Settings::from_arg_matches(&matches).unwrap();
        let deadlines = settings.connections.deadlines();
        let server = start(settings, Clock::system()).await.unwrap();

        let mut front = Front::new(server.app()).unwrap();
        front.api = poem::endpoint::make_sync(|request: Request| -> Response {
            panic!("on {}", request.uri().path())
        })
        .boxed();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/health/live", listener.local_addr().unwrap());
        let stopping = server.app().stopping.clone();
        let metrics = Metrics::default();
        let front = Arc::new(front.boxed());
        let host = Arc::new(Host { front, deadlines, tls: None, metrics, stopping });
        // One connection and no other.
        let serving = tokio::spawn(serve(listener, Door::new(1, 1, Proxies::default()), host));
        let client = reqwest::Client::new();
        for _ in 0..2 {
            let answer = client.get(&url).send().await.unwrap();
            assert_eq!(answer.status(), 500);
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
            assert!(answer.headers().contains_key("x-request-id"));
            let problem: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(problem["code"], "internal");
            assert!(!problem.to_string().contains("/health/live"), "{problem}");
        }
        server.stop().await;
        serving.await.unwrap();
    }
}
