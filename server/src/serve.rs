//! The accept loop: so many connections, each served on its own, and an end within ten seconds.

use std::{sync::Arc, time::Duration};

use tokio::{net::TcpListener, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{connection::Host, door::Door};

/// How long requests may go on once the server is to stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// Serves connections until the host is stopping, then lets what is short finish.
pub(crate) async fn serve(listener: TcpListener, door: Arc<Door>, host: Arc<Host>) {
    let (connections, cut) = (TaskTracker::new(), CancellationToken::new());
    loop {
        let accepted = tokio::select! {
            () = host.stopping.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, say: others must close first.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(place) = door.enter(peer.ip()) else {
            tracing::debug!("a connection was one too many");
            continue;
        };
        let (host, cut) = (Arc::clone(&host), cut.clone());
        connections.spawn(async move {
            let _place = place;
            if let Some(Err(error)) = cut.run_until_cancelled(host.serve(stream, peer)).await {
                tracing::debug!(%error, "a connection broke off");
            }
        });
    }
    drop(listener);
    connections.close();
    if timeout(FAREWELL, connections.wait()).await.is_err() {
        cut.cancel();
        connections.wait().await;
    }
}
