//! The accept loop: connections with deadlines for head and body, and an end within ten seconds.

use std::{convert::Infallible, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use http_body_util::combinators::BoxBody;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::{
    Body, Endpoint, Request, RequestParts, Response,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{front::Front, timed_body::TimedBody};

/// How long requests may go on once the server is to stop.
const FAREWELL: Duration = Duration::from_secs(10);
/// The most bytes that a request's head may have.
const LARGEST_HEAD: usize = 64 * 1024;

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadlines {
    /// For the head of a request, from the end of the one before.
    pub(crate) head: Duration,
    /// Between two pieces of a body.
    pub(crate) body: Duration,
}

/// Serves connections until `stopping`, then lets what is short finish.
pub(crate) async fn serve(
    listener: TcpListener,
    front: Arc<Front>,
    deadlines: Deadlines,
    stopping: CancellationToken,
) {
    let (connections, cut) = (TaskTracker::new(), CancellationToken::new());
    loop {
        let accepted = tokio::select! {
            () = stopping.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (stopping, cut) = (stopping.clone(), cut.clone());
                let connection = connection(stream, peer, Arc::clone(&front), deadlines, stopping);
                connections.spawn(async move { cut.run_until_cancelled(connection).await });
            }
            Err(error) => {
                // Out of file descriptors, say: others must close first.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    connections.close();
    if timeout(FAREWELL, connections.wait()).await.is_err() {
        cut.cancel();
        connections.wait().await;
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    front: Arc<Front>,
    deadlines: Deadlines,
    stopping: CancellationToken,
) {
    let local = match stream.set_nodelay(true).and_then(|()| stream.local_addr()) {
        Ok(local) => local,
        // The client has gone already.
        Err(_) => return,
    };
    let service = service_fn(move |request| {
        let front = Arc::clone(&front);
        async move {
            let request = translate(request, local, peer, deadlines.body);
            let response: Response = front.get_response(request).await;
            Ok::<hyper::Response<BoxBody<_, io::Error>>, Infallible>(response.into())
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(deadlines.head)
        .max_header_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

fn translate(
    request: hyper::Request<Incoming>,
    local: SocketAddr,
    peer: SocketAddr,
    idle: Duration,
) -> Request {
    let (parts, body) = request.into_parts();
    let (local, peer) = (LocalAddr(local.into()), RemoteAddr(peer.into()));
    let parts = RequestParts::from((parts, local, peer, Scheme::HTTP));
    let body: BoxBody<_, io::Error> = BoxBody::new(TimedBody::new(body, idle));
    Request::from_parts(parts, Body::from(body))
}
