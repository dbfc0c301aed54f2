//! A server under test, and a client that checks each answer against the document.

use std::{
    path::PathBuf,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clap::{Args, Command, FromArgMatches};
use pli_server::{Clock, Server, Settings, start};
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    cluster::{self, Database},
    log::{Searched, keep_secret, keep_secrets},
    protection::is_protected,
    reached,
    store::{self, Store},
};

static DOCUMENT: LazyLock<Value> = LazyLock::new(pli_server::document);

/// A client of its own. The certificates of the system take long to load, and none is needed.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder().tls_certs_only([]).build().unwrap()
}

/// A server with a folder, a port and a clock of its own.
pub struct TestServer {
    pub url: String,
    pub folder: Arc<TempDir>,
    pub server: Server,
    pub database: Option<Arc<Database>>,
    store: Option<Arc<Store>>,
    clock: Arc<AtomicI64>,
    http: reqwest::Client,
    _log: Searched,
}

/// Starts a server with the default settings.
pub async fn spawn_server() -> TestServer {
    spawn_server_with(&[]).await
}

/// Starts a server with further options.
pub async fn spawn_server_with(options: &[&str]) -> TestServer {
    spawn(cluster::is_wanted(), store::is_wanted(), options).await
}

/// Starts a server that keeps its files in S3.
pub async fn spawn_server_in_s3(options: &[&str]) -> TestServer {
    spawn(cluster::is_wanted(), true, options).await
}

/// Starts a server that may share its database with others.
pub async fn spawn_server_in_postgres(options: &[&str]) -> TestServer {
    spawn(true, store::is_wanted(), options).await
}

async fn spawn(in_postgres: bool, in_s3: bool, options: &[&str]) -> TestServer {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let clock = Arc::new(AtomicI64::new(i64::try_from(now).unwrap()));
    let folder = Arc::new(TempDir::new().unwrap());
    let database = in_postgres.then(|| Arc::new(Database::fresh()));
    let store = match in_s3 {
        true => Some(Arc::new(Store::start(folder.path()).await)),
        false => None,
    };
    start_in(folder, database, store, clock, options).await
}

async fn start_in(
    folder: Arc<TempDir>,
    database: Option<Arc<Database>>,
    store: Option<Arc<Store>>,
    clock: Arc<AtomicI64>,
    options: &[&str],
) -> TestServer {
    let log = Searched::log();
    let data_dir = folder.path().to_str().unwrap();
    let mut line = vec!["pli-server", "--listen", "127.0.0.1:0", "--data-dir", data_dir];
    let secrets = folder.path().join("secrets.json");
    if let Some(database) = &database {
        line.extend(["--database-url", &database.0, "--secrets-file", secrets.to_str().unwrap()]);
    }
    let files_url = store.as_ref().map(|store| store.url());
    if let Some(url) = &files_url {
        line.extend(["--files-url", url]);
    }
    line.extend(options);
    let matches = Settings::augment_args(Command::new("pli-server")).get_matches_from(line);
    let settings = Settings::from_arg_matches(&matches).unwrap();
    let time = Arc::clone(&clock);
    let clock_of_server = Clock::new(move || time.load(Ordering::SeqCst));
    let server = start(settings, clock_of_server).await.unwrap();
    keep_secrets(&serde_json::from_slice(&std::fs::read(&secrets).unwrap()).unwrap());
    let url = server.url();
    TestServer { url, folder, server, database, store, clock, http: client(), _log: log }
}

impl TestServer {
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    pub fn put(&self, path: &str) -> Call {
        self.call(Method::PUT, path)
    }

    pub fn patch(&self, path: &str) -> Call {
        self.call(Method::PATCH, path)
    }

    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    pub fn head(&self, path: &str) -> Call {
        self.call(Method::HEAD, path)
    }

    pub fn call(&self, method: Method, path: &str) -> Call {
        let request = self.http.request(method.clone(), format!("{}{path}", self.url));
        Call { request, method, path: path.to_owned() }
    }

    /// Has the client speak HTTP/2, on one connection.
    pub fn speaking_http2(mut self) -> Self {
        self.http = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
        self
    }

    /// Sets the server's clock forward.
    pub fn pass(&self, time: Duration) {
        self.clock.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Sets the server's clock back.
    pub fn set_back(&self, time: Duration) {
        self.clock.fetch_sub(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// The number that a query of its database gives as `it`.
    pub async fn number(&self, query: &str) -> i64 {
        cluster::number(&self.database_url(), query).await
    }

    /// Does to its database what only a fault could.
    pub fn spoil(&self, statement: &str) {
        cluster::run(&self.database_url(), statement.to_owned());
    }

    fn database_url(&self) -> String {
        match &self.database {
            Some(database) => database.0.clone(),
            None => format!("sqlite:{}", self.folder.path().join("pli.sqlite3").display()),
        }
    }

    /// The store that it keeps its files in.
    pub fn store(&self) -> &Store {
        self.store.as_deref().unwrap()
    }

    /// Where its files lie, each in a folder of its own.
    pub fn files(&self) -> PathBuf {
        let store = self.store.as_ref().map(|store| store.files());
        store.unwrap_or_else(|| self.folder.path().join("files"))
    }

    /// The objects that its files are stored in.
    pub fn objects(&self) -> Vec<PathBuf> {
        let list = |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten();
        list(self.files())
            .flat_map(|file| list(file.unwrap().path()))
            .map(|object| object.unwrap().path())
            // What is still being written has another name.
            .filter(|path| !path.to_string_lossy().contains('#'))
            .collect()
    }

    /// Starts another server on the same Postgres.
    pub async fn another_node(&self) -> Self {
        self.another_node_with(&[]).await
    }

    /// The same with other options.
    pub async fn another_node_with(&self, options: &[&str]) -> Self {
        let (folder, clock) = (Arc::clone(&self.folder), Arc::clone(&self.clock));
        start_in(folder, self.database.clone(), self.store.clone(), clock, options).await
    }

    /// Stops the server and starts another on the same folder.
    pub async fn restart(self) -> Self {
        self.restart_with(&[]).await
    }

    /// The same with other options.
    pub async fn restart_with(self, options: &[&str]) -> Self {
        self.server.stop().await;
        start_in(self.folder, self.database, self.store, self.clock, options).await
    }
}

/// All that a database holds, as it lies in SQLite's files, or as Postgres tells it.
pub fn dump(folder: &TempDir, database: Option<&Database>) -> Vec<u8> {
    match database {
        Some(database) => database.dump(),
        None => ["pli.sqlite3", "pli.sqlite3-wal"]
            .iter()
            .flat_map(|file| std::fs::read(folder.path().join(file)).unwrap_or_default())
            .collect(),
    }
}

/// A request that is being put together.
pub struct Call {
    request: RequestBuilder,
    method: Method,
    path: String,
}

/// An answer that is as the document says.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Call {
    pub fn token(mut self, token: &str) -> Self {
        keep_secret(token);
        self.request = self.request.bearer_auth(token);
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub fn json(mut self, body: &Value) -> Self {
        keep_secrets(body);
        self.request = self.request.json(body);
        self
    }

    pub fn body(mut self, body: impl Into<reqwest::Body>) -> Self {
        self.request = self.request.body(body);
        self
    }

    /// A JSON body as it stands.
    pub fn raw(self, body: impl Into<reqwest::Body>) -> Self {
        self.header("content-type", "application/json").body(body)
    }

    /// Sends the request and returns the response, its body unread.
    pub async fn open(self) -> reqwest::Response {
        let response = self.request.send().await.unwrap();
        if let Some(operation) = operation(&self.method, &self.path) {
            let name = operation["operationId"].as_str().unwrap();
            reached::note(name, response.status().as_u16(), "");
        }
        response
    }

    pub async fn send(self) -> Answer {
        let (method, path) = (self.method.clone(), self.path.clone());
        let response = self.open().await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap().to_vec();
        let answer = Answer { status, headers, bytes };
        answer.check(&method, &path);
        if let Ok(body) = serde_json::from_slice(&answer.bytes) {
            keep_secrets(&body);
        }
        answer
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body of an answer that must be `status`.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        let text = String::from_utf8_lossy(&self.bytes);
        assert_eq!(self.status, status, "{text}");
        self.json()
    }

    /// An answer that must be 204 and empty.
    #[track_caller]
    pub fn done(&self) {
        assert_eq!(self.status, 204, "{}", String::from_utf8_lossy(&self.bytes));
        assert!(self.bytes.is_empty());
    }

    /// The body of an error that must have `status` and `code`.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(problem["code"], code, "{problem}");
        problem
    }

    /// The pointers of an error's faults.
    #[track_caller]
    pub fn pointers(&self) -> Vec<String> {
        let problem = self.json();
        let faults = problem["errors"].as_array().cloned().unwrap_or_default();
        faults.iter().map(|fault| fault["pointer"].as_str().unwrap().to_owned()).collect()
    }

    /// Every error is a problem document, and every answer of a known operation is documented.
    fn check(&self, method: &Method, path: &str) {
        let has_body = *method != Method::HEAD;
        let problem = (self.status >= 400 && has_body).then(|| self.json());
        if let Some(problem) = &problem {
            assert_eq!(self.header("content-type"), "application/problem+json");
            assert_eq!(problem["status"], self.status);
            let code = problem["code"].as_str().unwrap();
            assert_eq!(problem["type"], format!("urn:pli:problem:{code}"));
            assert!(problem["title"].is_string() && problem["detail"].is_string());
            assert_eq!(self.status == 401, self.headers.contains_key("www-authenticate"));
        }
        is_protected(&self.headers, path);
        if path.starts_with("/auth") {
            assert_eq!(self.header("cache-control"), "no-store");
        }
        let Some(operation) = operation(method, path) else {
            return;
        };
        let documented = &operation["responses"][self.status.to_string()];
        assert!(documented.is_object(), "{method} {path}: {} is not documented", self.status);
        if let Some(problem) = problem {
            let code = problem["code"].as_str().unwrap();
            let codes = documented["description"].as_str().unwrap();
            assert!(codes.contains(&format!("`{code}`")), "{path}: {code} is not documented");
            let name = operation["operationId"].as_str().unwrap();
            reached::note(name, self.status, code);
        }
    }
}

fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap();
    let fits = |pattern: &str| {
        pattern.split('/').count() == path.split('/').count()
            && pattern
                .split('/')
                .zip(path.split('/'))
                .all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let operations = paths.iter().filter(|(pattern, _)| fits(pattern));
    let (_, operations) = operations.min_by_key(|(pattern, _)| pattern.matches('{').count())?;
    operations.get(method.as_str().to_lowercase())
}
