//! A real S3 server over a folder, for the tests of the store of files. With `PLI_TEST_FILES=s3`
//! every server under test keeps its files in one.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use s3s::{
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use tokio::{
    net::TcpListener,
    task::{AbortHandle, JoinSet},
};

const BUCKET: &str = "pli";
/// What the key of the bucket is proved with.
pub const SECRET: &str = "a/secret+that=has signs";

/// How the store behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mood {
    Works,
    /// Connections break off before there is an answer.
    Breaks,
    /// Nothing is ever answered.
    Hangs,
}

/// The store; it stops when it is dropped.
pub struct Store {
    address: SocketAddr,
    folder: PathBuf,
    mood: Arc<AtomicU8>,
    task: AbortHandle,
}

/// Whether this run keeps files in S3.
pub fn is_wanted() -> bool {
    match std::env::var("PLI_TEST_FILES").as_deref() {
        Ok("s3") => true,
        Ok("" | "file") | Err(_) => false,
        Ok(other) => panic!("PLI_TEST_FILES may be file or s3, not {other}"),
    }
}

impl Store {
    /// Starts a store with an empty bucket.
    pub async fn start(folder: &Path) -> Self {
        let folder = folder.join("s3");
        std::fs::create_dir_all(folder.join(BUCKET)).unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(&folder).unwrap());
        builder.set_auth(SimpleAuth::from_single("alice", SECRET));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mood = Arc::new(AtomicU8::new(Mood::Works as u8));
        let task = tokio::spawn(serve(listener, service, Arc::clone(&mood))).abort_handle();
        Self { address, folder, mood, task }
    }

    /// The address for `--files-url`.
    pub fn url(&self) -> String {
        let secret = SECRET.replace('/', "%2F").replace(' ', "%20");
        let endpoint = format!("http://{}", self.address);
        format!("s3://alice:{secret}@{BUCKET}/sealed/files?endpoint={endpoint}&region=here")
    }

    /// Where the objects lie.
    pub fn files(&self) -> PathBuf {
        self.folder.join(BUCKET).join("sealed").join("files")
    }

    /// Sets how it behaves from now on.
    pub fn set(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::SeqCst);
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, service: S3Service, mood: Arc<AtomicU8>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (service, mood) = (service.clone(), Arc::clone(&mood));
        let answer = service_fn(move |request| {
            answer(service.clone(), mood.load(Ordering::SeqCst), request)
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
        connections.spawn(connection);
    }
}

async fn answer(
    service: S3Service,
    mood: u8,
    request: Request<Incoming>,
) -> io::Result<Response<s3s::Body>> {
    if mood == Mood::Hangs as u8 {
        std::future::pending::<()>().await;
    } else if mood == Mood::Breaks as u8 {
        return Err(io::Error::other("the store breaks off"));
    }
    hyper::service::Service::call(&service, request).await.map_err(io::Error::other)
}
