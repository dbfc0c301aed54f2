//! Figures for Prometheus, in the OpenMetrics text format. They name routes, methods, statuses and
//! codes, and never who asked or what for.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use poem::{
    Endpoint, IntoResponse, Request, Response,
    http::{Method, StatusCode, header},
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};

use crate::{app::App, database::column, door::Door, error::Error};

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is counted while the server runs.
#[derive(Clone)]
pub(crate) struct Metrics {
    requests: Family<OfRequest, Counter>,
    seconds: Family<OfRoute, Histogram, fn() -> Histogram>,
    refusals: Family<OfRefusal, Counter>,
    /// Event streams that are open.
    pub(crate) event_streams: Gauge,
    /// Bytes of request bodies.
    pub(crate) received: Counter,
    /// Bytes of answers' bodies.
    pub(crate) sent: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(durations),
            refusals: Family::default(),
            event_streams: Gauge::default(),
            received: Counter::default(),
            sent: Counter::default(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRefusal {
    code: &'static str,
}

/// Sizes of commits, and how long they took.
#[derive(Clone)]
pub(crate) struct Commits {
    writes: Histogram,
    seconds: Histogram,
}

impl Default for Commits {
    fn default() -> Self {
        let sizes = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];
        Self { writes: Histogram::new(sizes), seconds: durations() }
    }
}

impl Commits {
    /// Notes a commit of so many writes.
    pub(crate) fn note(&self, writes: usize, took: Duration) {
        self.writes.observe(writes as f64);
        self.seconds.observe(took.as_secs_f64());
    }
}

/// Counts something for as long as it is not dropped.
pub(crate) struct Present(Gauge);

impl Present {
    /// One more.
    pub(crate) fn of(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn durations() -> Histogram {
    Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
}

impl Metrics {
    /// Notes that a request was answered.
    pub(crate) fn answered(
        &self,
        method: &'static str,
        route: &str,
        status: StatusCode,
        begun: Instant,
    ) {
        let of_route = OfRoute { method, route: route.to_owned() };
        self.seconds.get_or_create(&of_route).observe(begun.elapsed().as_secs_f64());
        let OfRoute { method, route } = of_route;
        self.requests.get_or_create(&OfRequest { method, route, status: status.as_u16() }).inc();
    }

    /// Notes that a request was refused.
    pub(crate) fn refused(&self, error: &Error) {
        self.refusals.get_or_create(&OfRefusal { code: error.code.as_str() }).inc();
    }

    fn registry(&self, app: &App, door: &Door) -> Registry {
        let mut all = Registry::with_prefix("pli");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        all.register("build", "The server's version", build);
        all.register("requests", "Requests by route and status", self.requests.clone());
        all.register("request_seconds", "Time until the head of the answer", self.seconds.clone());
        all.register("refusals", "Refused requests by code", self.refusals.clone());
        all.register("received_bytes", "Bytes of request bodies", self.received.clone());
        all.register("sent_bytes", "Bytes of answers' bodies", self.sent.clone());
        all.register("event_streams", "Open event streams", self.event_streams.clone());
        all.register("connections", "Open connections", gauge(door.inside()));
        all.register("connections_refused", "Connections over a bound", door.refused.clone());
        let commits = app.database.commits();
        all.register("commit_writes", "Writes that shared a commit", commits.writes.clone());
        all.register("commit_seconds", "Time of a commit", commits.seconds.clone());
        let passwords = &app.passwords;
        all.register("password_queue", "Who waits for Argon2id", passwords.queue().clone());
        let hashes = Counter::<u64>::default();
        hashes.inc_by(passwords.runs());
        all.register("password_hashes", "Runs of Argon2id", hashes);
        all
    }
}

fn gauge(value: usize) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    gauge
}

/// Answers `GET /metrics`, and nothing else.
pub(crate) struct Exposition {
    /// The server.
    pub(crate) app: Arc<App>,
    /// Its connections.
    pub(crate) door: Arc<Door>,
}

impl Exposition {
    async fn text(&self) -> Result<String, Error> {
        let mut registry = self.app.metrics.registry(&self.app, &self.door);
        let row = sqlx::query(
            "SELECT COUNT(*) AS accounts, CAST(COALESCE(SUM(file_bytes), 0) AS BIGINT) AS files,
                 CAST(COALESCE(SUM(message_bytes), 0) AS BIGINT) AS messages
             FROM accounts",
        )
        .fetch_one(self.app.database.reader())
        .await?;
        for (name, help, of) in [
            ("accounts", "Accounts, deleted ones included", "accounts"),
            ("file_bytes", "Bytes of stored files, reserved at creation", "files"),
            ("message_bytes", "Bytes of stored envelopes, and what each copy leaves", "messages"),
        ] {
            let figure: Gauge = Gauge::default();
            figure.set(column(&row, of)?);
            registry.register(name, help, figure);
        }
        let mut text = String::new();
        encode(&mut text, &registry).map_err(|error: fmt::Error| Error::internal(error))?;
        Ok(text)
    }
}

impl Endpoint for Exposition {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let asked = (request.method(), request.uri().path());
        if asked != (&Method::GET, "/metrics") {
            return Ok(StatusCode::NOT_FOUND.into_response());
        }
        let text = self.text().await?;
        Ok(Response::builder().header(header::CONTENT_TYPE, CONTENT_TYPE).body(text))
    }
}
