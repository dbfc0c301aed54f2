//! What can be set: by option, environment variable or `.env`, each with a working default.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr};

use clap::{Args, ValueEnum};

use crate::{
    connection_settings::ConnectionSettings, database_url::DatabaseUrl, files_url::FilesUrl,
    limit_settings::LimitSettings, networks::Proxies,
};

/// The settings of a server.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "PLI_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// Where clients find the server, such as `https://pli.example.org`, when that is not where it
    /// listens. Under `https`, browsers are told to come over TLS only
    #[arg(long, env = "PLI_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<PublicUrl>,

    /// Address and port to answer Prometheus on, at `/metrics`; not for the public
    #[arg(long, env = "PLI_METRICS_LISTEN", value_name = "ADDRESS")]
    pub metrics_listen: Option<SocketAddr>,

    /// Folder of the database, the files and the secrets; made when missing
    #[arg(long, env = "PLI_DATA_DIR", default_value = "./data", value_name = "FOLDER")]
    pub data_dir: PathBuf,

    /// The database: `sqlite:` and the path of a file, by default in the data folder, or
    /// `postgres://user:password@host/name`
    #[arg(long, env = "PLI_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<DatabaseUrl>,

    /// The most connections to Postgres, half of them for writing
    #[arg(
        long,
        env = "PLI_DATABASE_CONNECTIONS",
        default_value_t = 16,
        value_parser = clap::value_parser!(u32).range(2..=1000),
        value_name = "NUMBER"
    )]
    pub database_connections: u32,

    /// File of the server's secrets, by default in the data folder; needed with Postgres, where all
    /// servers have the same
    #[arg(long, env = "PLI_SECRETS_FILE", value_name = "FILE")]
    pub secrets_file: Option<PathBuf>,

    /// Where files are kept: `file:FOLDER`, by default `files` in the data folder, or
    /// `s3://KEY:SECRET@BUCKET/PREFIX?endpoint=URL&region=NAME`; what such an address leaves out
    /// is taken from the `AWS_*` variables
    #[arg(long, env = "PLI_FILES_URL", hide_env_values = true, value_name = "ADDRESS")]
    pub files_url: Option<FilesUrl>,

    /// Milliseconds that a store of files may take for an answer
    #[arg(
        long,
        env = "PLI_FILES_TIMEOUT_MS",
        default_value_t = 20_000,
        value_parser = clap::value_parser!(u64).range(1..),
        value_name = "MS"
    )]
    pub files_timeout_ms: u64,

    /// Who may register accounts
    #[arg(long, env = "PLI_REGISTRATION", default_value = "open", value_name = "WHO")]
    pub registration: Registration,

    /// Origins whose pages may call the API, such as `https://app.example.org`, separated by commas
    #[arg(
        long,
        env = "PLI_ALLOWED_ORIGINS",
        value_delimiter = ',',
        value_parser = parse_origin,
        value_name = "ORIGINS"
    )]
    pub allowed_origins: Vec<String>,

    /// Addresses or blocks of the proxies in front, separated by commas: their `X-Forwarded-For`
    /// says where a client is
    #[arg(long, env = "PLI_TRUSTED_PROXIES", default_value = "", value_name = "ADDRESSES")]
    pub trusted_proxies: Proxies,

    /// The most bytes that one file may have
    #[arg(
        long,
        env = "PLI_MAX_FILE_BYTES",
        default_value_t = 4 << 30,
        value_parser = clap::value_parser!(i64).range(1..=16 << 30),
        value_name = "BYTES"
    )]
    pub max_file_bytes: i64,

    /// The most bytes that the files of one account may have
    #[arg(
        long,
        env = "PLI_MAX_ACCOUNT_FILE_BYTES",
        default_value_t = 10 << 30,
        value_parser = clap::value_parser!(i64).range(1..),
        value_name = "BYTES"
    )]
    pub max_account_file_bytes: i64,

    /// The most bytes that what an account has sent may take: each envelope until nobody keeps it, and
    /// 512 for each mailbox that it went to, for good
    #[arg(
        long,
        env = "PLI_MAX_ACCOUNT_MESSAGE_BYTES",
        default_value_t = 1 << 30,
        value_parser = clap::value_parser!(i64).range(1..),
        value_name = "BYTES"
    )]
    pub max_account_message_bytes: i64,

    /// Hours after which a file goes that is unfinished or that no message names
    #[arg(
        long,
        env = "PLI_UPLOAD_HOURS",
        default_value_t = 24,
        value_parser = clap::value_parser!(i64).range(1..=24 * 365),
        value_name = "HOURS"
    )]
    pub upload_hours: i64,

    /// Milliseconds between two looks for files and sessions that have expired
    #[arg(
        long,
        env = "PLI_SWEEP_MS",
        default_value_t = 600_000,
        value_parser = clap::value_parser!(u64).range(1..),
        value_name = "MS"
    )]
    pub sweep_ms: u64,

    /// How connections are taken.
    #[command(flatten)]
    pub connections: ConnectionSettings,

    /// How often may be guessed.
    #[command(flatten)]
    pub limits: LimitSettings,
}

impl Settings {
    /// Where the database is.
    pub(crate) fn database(&self) -> DatabaseUrl {
        let in_folder = || DatabaseUrl::Sqlite(self.data_dir.join("pli.sqlite3"));
        self.database_url.clone().unwrap_or_else(in_folder)
    }

    /// Where the secrets are; none when that must be said.
    pub(crate) fn secrets(&self) -> Option<PathBuf> {
        match (&self.secrets_file, self.database()) {
            (Some(file), _) => Some(file.clone()),
            (None, DatabaseUrl::Sqlite(_)) => Some(self.data_dir.join("secrets.json")),
            (None, DatabaseUrl::Postgres(_)) => None,
        }
    }

    /// Where files are kept.
    pub(crate) fn files(&self) -> FilesUrl {
        let default = || FilesUrl::Folder(self.data_dir.join("files"));
        self.files_url.clone().unwrap_or_else(default)
    }

    /// Whether clients reach the server over TLS, its own or that of a proxy.
    pub(crate) fn is_https(&self) -> bool {
        let public = self.public_url.as_ref().map(PublicUrl::is_https);
        public.unwrap_or_else(|| self.connections.tls_cert.is_some())
    }
}

/// Where clients find the server: a scheme, a host and maybe a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_origin(text.strip_suffix('/').unwrap_or(text)).map(Self)
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Who may register accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Registration {
    /// Everybody.
    Open,
    /// Only staff.
    Staff,
}

fn parse_origin(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        // A variable that is set to nothing allows nothing.
        return Ok(String::new());
    }
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host)
            if !host.is_empty()
                && host.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/') =>
        {
            Ok(text.to_ascii_lowercase())
        }
        _ => Err("an origin is a scheme, a host and maybe a port, without a path".to_owned()),
    }
}
