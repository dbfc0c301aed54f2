//! Starting and stopping.

use std::{
    fs::DirBuilder, io, net::SocketAddr, num::NonZero, path::Path, sync::Arc, thread,
    time::Duration,
};

use poem::EndpointExt;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    clock::Clock,
    connection::Host,
    database::{Database, DatabaseError},
    descriptors::room_for,
    door::Door,
    events::Listeners,
    files_url::FilesUrl,
    front::Front,
    limits::Limits,
    metrics::{Exposition, Metrics},
    networks::Proxies,
    notices::{Outbox, exchange},
    passwords::Passwords,
    receiving::Uploads,
    secrets::{Secrets, SecretsError},
    serve::serve,
    settings::Settings,
    storage::Storage,
    sweep::sweep,
    tls::{Certificate, Files},
    tokens::Tokens,
};

/// How many may ask for figures at once.
const SCRAPERS: usize = 16;

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder can't be used.
    #[error("the data folder can't be used: {0}")]
    Folder(io::Error),
    /// The place for files can't be used.
    #[error("the place for files can't be used: {0}")]
    Files(io::Error),
    /// There are no secrets to work with.
    #[error("{0}")]
    Secrets(#[from] SecretsError),
    /// The database can't be used.
    #[error("the database can't be used: {0}")]
    Database(#[from] DatabaseError),
    /// Passwords can't be hashed.
    #[error("passwords can't be hashed: {0}")]
    Passwords(#[from] argon2::password_hash::Error),
    /// The TLS certificate can't be used.
    #[error("the TLS certificate can't be used: {0}")]
    Certificate(io::Error),
    /// The OpenAPI document can't be written.
    #[error("the OpenAPI document can't be written: {0}")]
    Document(#[from] serde_yaml::Error),
    /// The address can't be listened on.
    #[error("can't listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
}

/// A server that runs.
pub struct Server {
    app: Arc<App>,
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    certificate: Option<Arc<Certificate>>,
    door: Arc<Door>,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts a server. It accepts connections when this returns.
///
/// # Errors
/// When its folder, secrets, database or address can't be used.
pub async fn start(settings: Settings, clock: Clock) -> Result<Server, StartError> {
    let folder = settings.data_dir.clone();
    make_folder(&folder).map_err(StartError::Folder)?;
    let place = settings.files();
    if let FilesUrl::Folder(folder) = &place {
        make_folder(folder).map_err(StartError::Files)?;
    }
    let patience = Duration::from_millis(settings.files_timeout_ms);
    let storage = Storage::open(&place, patience).map_err(StartError::Files)?;
    let secrets_file = settings.secrets().ok_or(SecretsError::NotShared)?;
    let database = Database::start(&settings.database(), settings.database_connections).await?;
    let secrets = Secrets::of(&database, &secrets_file).await?;
    let parallel = thread::available_parallelism().map_or(1, NonZero::get);
    let (listener, address) = listen(settings.listen).await?;
    let metrics_listener = match settings.metrics_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let connections = settings.connections.clone();
    let certificate = match (connections.tls_cert, connections.tls_key) {
        (Some(chain), Some(key)) => {
            Some(Certificate::load(Files { chain, key }).map_err(StartError::Certificate)?)
        }
        _ => None,
    };
    let tls = certificate.as_ref().map(Certificate::acceptor).transpose();
    let tls = tls.map_err(StartError::Certificate)?;
    let app = Arc::new(App {
        database,
        storage,
        uploads: Uploads::default(),
        tokens: Tokens::new(&secrets.ring),
        mac_key: secrets.mac_key,
        passwords: Passwords::new(parallel)?,
        limits: Limits::new(&settings.limits),
        listeners: Listeners::new(settings.database().is_shared().then(Outbox::default)),
        metrics: Metrics::default(),
        stopping: CancellationToken::new(),
        settings,
        clock,
    });
    let door = Door::new(
        room_for(connections.max_connections) as usize,
        connections.max_network_connections as usize,
        app.settings.trusted_proxies.clone(),
    );
    let host = |front, tls, metrics| {
        let (deadlines, stopping) = (app.settings.connections.deadlines(), app.stopping.clone());
        Arc::new(Host { front: Arc::new(front), deadlines, tls, metrics, stopping })
    };
    let front = host(Front::new(Arc::clone(&app))?.boxed(), tls, app.metrics.clone());
    let mut tasks = vec![
        tokio::spawn(sweep(Arc::clone(&app))),
        tokio::spawn(exchange(Arc::clone(&app))),
        tokio::spawn(serve(listener, Arc::clone(&door), front)),
    ];
    let metrics_address = metrics_listener.as_ref().map(|(_, address)| *address);
    if let Some((listener, _)) = metrics_listener {
        let figures = Exposition { app: Arc::clone(&app), door: Arc::clone(&door) };
        let apart = Door::new(SCRAPERS, SCRAPERS, Proxies::default());
        tasks.push(tokio::spawn(serve(
            listener,
            apart,
            // What Prometheus asks for is not counted.
            host(figures.boxed(), None, Metrics::default()),
        )));
    }
    if let Some(certificate) = &certificate {
        tasks.push(tokio::spawn(Arc::clone(certificate).watch(app.stopping.clone())));
    }
    tracing::info!(%address, "accepting connections");
    Ok(Server { app, address, metrics_address, certificate, door, tasks })
}

async fn listen(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |error| StartError::Listen(wanted, error);
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

impl Server {
    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where Prometheus is answered.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Where the server is reached from this machine.
    pub fn url(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Has the certificate read again, where there is one.
    pub fn read_certificate(&self) {
        if let Some(certificate) = &self.certificate {
            certificate.ask();
        }
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.door.inside()
    }

    /// How often Argon2id has run for requests.
    pub fn password_hashes(&self) -> u64 {
        self.app.passwords.runs()
    }

    #[cfg(test)]
    pub(crate) fn app(&self) -> Arc<App> {
        Arc::clone(&self.app)
    }

    /// Stops the server: no more connections, an end to streams, ten seconds for what is going
    /// on, and everything on disk.
    pub async fn stop(self) {
        self.app.stopping.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the server failed");
            }
        }
        self.app.database.close().await;
        tracing::info!("stopped");
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
