//! What can be set about connections.

use std::{path::PathBuf, time::Duration};

use clap::Args;

/// How connections are taken, and how long clients may take.
#[derive(Debug, Clone, Args)]
pub struct ConnectionSettings {
    /// PEM file of the certificate chain, the server's own first: answers over TLS. Read again
    /// when it changes, and on SIGHUP
    #[arg(long, env = "PLI_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// PEM file of the certificate's private key
    #[arg(long, env = "PLI_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// The most connections that may be open
    #[arg(
        long,
        env = "PLI_MAX_CONNECTIONS",
        default_value_t = 10_000,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000),
        value_name = "COUNT"
    )]
    pub max_connections: u32,

    /// The most connections that one network may have open, unless it is a trusted proxy
    #[arg(
        long,
        env = "PLI_MAX_NETWORK_CONNECTIONS",
        default_value_t = 500,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000),
        value_name = "COUNT"
    )]
    pub max_network_connections: u32,

    /// Milliseconds that the head of a request may take, counted from the end of the one before;
    /// also a TLS handshake
    #[arg(long, env = "PLI_HEAD_TIMEOUT_MS", default_value = "10000", value_parser = milliseconds, value_name = "MS")]
    pub head_timeout_ms: Duration,

    /// Milliseconds that may pass between two pieces of a body
    #[arg(long, env = "PLI_BODY_TIMEOUT_MS", default_value = "10000", value_parser = milliseconds, value_name = "MS")]
    pub body_timeout_ms: Duration,

    /// Milliseconds of waiting for a body after which it must have come at the least speed
    #[arg(long, env = "PLI_BODY_WINDOW_MS", default_value = "30000", value_parser = milliseconds, value_name = "MS")]
    pub body_window_ms: Duration,

    /// Bytes of a body that must come in a second
    #[arg(
        long,
        env = "PLI_BODY_BYTES_PER_SECOND",
        default_value_t = 1024,
        value_parser = clap::value_parser!(u32).range(1..),
        value_name = "BYTES"
    )]
    pub body_bytes_per_second: u32,

    /// Milliseconds in which a client must take some more of its answer
    #[arg(long, env = "PLI_WRITE_TIMEOUT_MS", default_value = "30000", value_parser = milliseconds, value_name = "MS")]
    pub write_timeout_ms: Duration,
}

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadlines {
    /// For the head of a request, from the end of the one before.
    pub(crate) head: Duration,
    /// Between two pieces of a body.
    pub(crate) body: Duration,
    /// How much waiting for a body is looked at together.
    pub(crate) window: Duration,
    /// Bytes that must come in a window.
    pub(crate) least: usize,
    /// To take some more of an answer.
    pub(crate) write: Duration,
}

impl ConnectionSettings {
    pub(crate) fn deadlines(&self) -> Deadlines {
        let least = self.body_window_ms.as_secs_f64() * f64::from(self.body_bytes_per_second);
        Deadlines {
            head: self.head_timeout_ms,
            body: self.body_timeout_ms,
            window: self.body_window_ms,
            least: least as usize,
            write: self.write_timeout_ms,
        }
    }
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(count @ 1..=86_400_000) => Ok(Duration::from_millis(count)),
        _ => Err("must be a number of milliseconds from 1 to 86400000".to_owned()),
    }
}
