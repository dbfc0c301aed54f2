//! One connection: TLS or not, HTTP/1.1 or HTTP/2, with a deadline for everything that the client
//! has to do.

use std::{
    convert::Infallible,
    error::Error,
    io::{self, Cursor},
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::{
    body::Incoming,
    rt::Executor,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::{
    Body, Endpoint, Request, RequestParts, Response,
    endpoint::BoxEndpoint,
    http::{header, uri::Scheme},
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    answer_body::{AnswerBody, Pace},
    connection_settings::Deadlines,
    metrics::Metrics,
    timed_body::TimedBody,
};

/// The most bytes that a request's head may have.
const LARGEST_HEAD: usize = 64 * 1024;
/// What a client sends first over HTTP/2 (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The most requests at once on one connection.
const MOST_STREAMS: u32 = 64;
/// Bytes of a request's body that may be on their way before they are asked for.
const STREAM_WINDOW: u32 = 256 * 1024;
/// The same for all requests of a connection.
const CONNECTION_WINDOW: u32 = 1024 * 1024;

type Stream = Pin<Box<TimeoutStream<TcpStream>>>;
type Failure = Box<dyn Error + Send + Sync>;

tokio::task_local! {
    /// How well the client takes the answer to the request at hand.
    static PACE: Pace;
}

/// What all connections share.
pub(crate) struct Host {
    /// Answers the requests.
    pub(crate) front: Arc<BoxEndpoint<'static>>,
    /// How long a client may take.
    pub(crate) deadlines: Deadlines,
    /// Takes connections over TLS.
    pub(crate) tls: Option<TlsAcceptor>,
    /// Counts the bytes of bodies.
    pub(crate) metrics: Metrics,
    /// Cancelled when the server is to stop.
    pub(crate) stopping: CancellationToken,
}

/// Who is connected to what.
#[derive(Clone, Copy)]
struct Ends {
    local: SocketAddr,
    peer: SocketAddr,
}

impl Host {
    /// Serves a connection to its end.
    ///
    /// # Errors
    /// When the client broke it off, or was too slow.
    pub(crate) async fn serve(&self, stream: TcpStream, peer: SocketAddr) -> Result<(), Failure> {
        stream.set_nodelay(true)?;
        let ends = Ends { local: stream.local_addr()?, peer };
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.deadlines.write));
        let mut stream = Box::pin(stream);
        match &self.tls {
            Some(tls) => {
                let Some(stream) = self.in_time(tls.accept(stream)).await? else { return Ok(()) };
                let speaks_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                self.converse(stream, ends, speaks_http2).await
            }
            None => {
                let Some(begun) = self.in_time(beginning(&mut stream)).await? else {
                    return Ok(());
                };
                let speaks_http2 = begun == PREFACE;
                let (reader, writer) = tokio::io::split(stream);
                let stream = tokio::io::join(Cursor::new(begun).chain(reader), writer);
                self.converse(stream, ends, speaks_http2).await
            }
        }
    }

    /// Waits for what comes before the first request; none when the server stops meanwhile.
    async fn in_time<T>(
        &self,
        work: impl Future<Output = io::Result<T>>,
    ) -> Result<Option<T>, Failure> {
        let done = self.stopping.run_until_cancelled(timeout(self.deadlines.head, work)).await;
        done.map(|done| Ok(done??)).transpose()
    }

    async fn converse(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send,
        ends: Ends,
        speaks_http2: bool,
    ) -> Result<(), Failure> {
        if speaks_http2 { self.http2(stream, ends).await } else { self.http1(stream, ends).await }
    }

    async fn http1(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send,
        ends: Ends,
    ) -> Result<(), Failure> {
        let service = service_fn(|request| {
            let visit = self.visit(ends);
            async move { Ok::<_, Infallible>(visit.answer(request, Pace::default()).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.deadlines.head)
            .max_header_size(LARGEST_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        tokio::select! {
            ended = &mut connection => return Ok(ended?),
            () = self.stopping.cancelled() => {}
        }
        connection.as_mut().graceful_shutdown();
        Ok(connection.await?)
    }

    async fn http2(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send,
        ends: Ends,
    ) -> Result<(), Failure> {
        let requests = Requests::new(self.deadlines);
        let _cut = requests.cut.clone().drop_guard();
        let service = service_fn(|request| {
            let visit = self.visit(ends);
            async move {
                let pace = PACE.try_with(Pace::clone).unwrap_or_default();
                let mut response = visit.answer(request, pace).await;
                // HTTP/2 has no such header (RFC 9113, section 8.2.2).
                response.headers_mut().remove(header::CONNECTION);
                Ok::<_, Infallible>(response)
            }
        });
        let connection = http2::Builder::new(requests.clone())
            .timer(TokioTimer::new())
            .max_concurrent_streams(MOST_STREAMS)
            .max_header_list_size(LARGEST_HEAD as u32)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(STREAM_WINDOW as usize)
            // Who resets streams faster than they are answered is cut off.
            .max_pending_accept_reset_streams(MOST_STREAMS as usize)
            .max_local_error_reset_streams(MOST_STREAMS as usize)
            .keep_alive_interval(self.deadlines.head)
            .keep_alive_timeout(self.deadlines.write)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let idle = tokio::select! {
            ended = &mut connection => return Ok(ended?),
            () = requests.cease() => true,
            () = self.stopping.cancelled() => false,
        };
        if requests.begun.load(Ordering::Relaxed) == 0 {
            return Ok(());
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            ended = &mut connection => Ok(ended?),
            () = sleep(self.deadlines.write), if idle => Err("idle".into()),
        }
    }
}

/// Reads until it is certain whether the client speaks HTTP/2.
async fn beginning(stream: &mut Stream) -> io::Result<Vec<u8>> {
    let mut begun = Vec::with_capacity(PREFACE.len());
    while begun.len() < PREFACE.len() && PREFACE.starts_with(&begun) {
        let rest = (PREFACE.len() - begun.len()) as u64;
        if stream.take(rest).read_buf(&mut begun).await? == 0 {
            break;
        }
    }
    Ok(begun)
}

/// What it takes to answer a request of a connection.
struct Visit {
    front: Arc<BoxEndpoint<'static>>,
    ends: Ends,
    deadlines: Deadlines,
    scheme: Scheme,
    metrics: Metrics,
}

impl Host {
    fn visit(&self, ends: Ends) -> Visit {
        Visit {
            front: Arc::clone(&self.front),
            ends,
            deadlines: self.deadlines,
            scheme: if self.tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP },
            metrics: self.metrics.clone(),
        }
    }
}

impl Visit {
    async fn answer(
        self,
        request: hyper::Request<Incoming>,
        pace: Pace,
    ) -> hyper::Response<AnswerBody> {
        let (parts, body) = request.into_parts();
        let (local, peer) = (self.ends.local.into(), self.ends.peer.into());
        let parts = RequestParts::from((parts, LocalAddr(local), RemoteAddr(peer), self.scheme));
        let body: BoxBody<_, io::Error> =
            BoxBody::new(TimedBody::new(body, self.deadlines, self.metrics.received));
        let request = Request::from_parts(parts, Body::from(body));
        let response: Response = self.front.get_response(request).await;
        let response: hyper::Response<BoxBody<Bytes, io::Error>> = response.into();
        response.map(|body| AnswerBody::new(body, pace, self.metrics.sent))
    }
}

/// The requests of an HTTP/2 connection, each in a task of its own.
#[derive(Clone)]
struct Requests {
    open: TaskTracker,
    begun: Arc<AtomicU64>,
    cut: CancellationToken,
    deadlines: Deadlines,
}

impl Requests {
    fn new(deadlines: Deadlines) -> Self {
        let (open, cut) = (TaskTracker::new(), CancellationToken::new());
        Self { open, begun: Arc::default(), cut, deadlines }
    }

    /// Returns once there has been no request for as long as a head may take.
    async fn cease(&self) {
        loop {
            let begun = self.begun.load(Ordering::Relaxed);
            sleep(self.deadlines.head).await;
            if self.open.is_empty() && self.begun.load(Ordering::Relaxed) == begun {
                return;
            }
        }
    }
}

impl<F> Executor<F> for Requests
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, request: F) {
        self.begun.fetch_add(1, Ordering::Relaxed);
        let (pace, cut, patience) = (Pace::default(), self.cut.clone(), self.deadlines.write);
        self.open.spawn(async move {
            tokio::select! {
                () = PACE.scope(pace.clone(), request) => {}
                // Dropping the request resets its stream.
                () = pace.stalls(patience) => tracing::debug!("an answer was not taken in time"),
                () = cut.cancelled() => {}
            }
        });
    }
}
