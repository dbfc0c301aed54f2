//! The program itself: what it prints, how it ends, and that what it acknowledged is there after
//! it was killed.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    cluster,
    log::{Searched, keep_secret, keep_secrets, search},
    people::{
        Keys, PASSWORD, base64, envelope, random, registration, unbase64, uuid, wrapped_keys,
    },
    server::client,
    waiting::until,
};

/// The server as a process of its own.
pub struct Process {
    pub child: Child,
    pub url: String,
    folder: PathBuf,
    _searched: Searched,
}

pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pli-server"));
    command.env_clear();
    command
}

impl Process {
    /// Starts a server with a data folder inside the given one.
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// What a server with this folder is told about its database.
    pub fn database(folder: &Path) -> Vec<(&'static str, String)> {
        if !cluster::is_wanted() {
            return Vec::new();
        }
        let secrets = folder.join("data").join("secrets.json").to_str().unwrap().to_owned();
        vec![("PLI_DATABASE_URL", cluster::url_for(folder)), ("PLI_SECRETS_FILE", secrets)]
    }

    /// The same with further variables.
    pub fn start_with(folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = program();
        command.env("PLI_LOG", "trace");
        command.envs(Self::database(folder)).envs(variables.iter().copied());
        Self::run(command, folder)
    }

    /// Runs a command that becomes the server.
    pub fn run(mut command: Command, folder: &Path) -> Self {
        let mut child = command
            .current_dir(folder)
            .env("PLI_LISTEN", "127.0.0.1:0")
            .env("PLI_DATA_DIR", folder.join("data"))
            .env("PLI_TRUSTED_PROXIES", "")
            .stdout(Stdio::piped())
            .stderr(
                std::fs::File::options()
                    .create(true)
                    .append(true)
                    .open(folder.join("log"))
                    .unwrap(),
            )
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let log = || std::fs::read_to_string(folder.join("log")).unwrap();
        let url = line.strip_prefix("Pli is ready at ").unwrap_or_else(|| panic!("{}", log()));
        let url = url.trim_end().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        Self { child, url, folder: folder.to_owned(), _searched: Searched::log() }
    }

    /// Kills it. What its database was still doing for it is over when this returns.
    pub async fn kill(self) {
        let folder = self.folder.clone();
        drop(self);
        if cluster::is_wanted() {
            cluster::until_left(&cluster::url_for(&folder)).await;
        }
    }

    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Value {
        keep_secret(token);
        keep_secrets(body);
        let request = client().post(format!("{}{path}", self.url));
        let response = request.bearer_auth(token).json(body).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        let answer = response.json().await.unwrap();
        keep_secrets(&answer);
        answer
    }

    /// Registers someone with keys, and returns those.
    pub async fn registers(&self, username: &str) -> Keys {
        let keys = Keys::generate();
        self.post("/auth/register", "", &registration(username, &keys)).await;
        keys
    }

    pub async fn sign_in(&self) -> String {
        let body = json!({ "email": "alice", "password": PASSWORD });
        self.post("/auth/login", "", &body).await["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn get(&self, path: &str, token: &str) -> reqwest::Response {
        let request = client().get(format!("{}{path}", self.url));
        request.bearer_auth(token).send().await.unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        search(&std::fs::read_to_string(self.folder.join("log")).unwrap_or_default());
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let folder = TempDir::new().unwrap();
    let mut server = Process::start(folder.path());
    let keys = server.registers("alice").await;
    let (mut sent, mut files) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let token = server.sign_in().await;
        for _ in 0..5 {
            let message = json!({
                "message_id": uuid(), "receiver_email": "alice", "content_type": "text",
                "envelope": envelope(&[&keys.enc_kid()]),
            });
            server.post("/messaging/send_message", &token, &message).await;
            sent.push(message["message_id"].as_str().unwrap().to_owned());
        }
        let bytes = random(5 << 20);
        let upload = client()
            .post(format!("{}/files", server.url))
            .bearer_auth(&token)
            .header("upload-length", bytes.len())
            .body(bytes.clone());
        let file: Value = upload.send().await.unwrap().json().await.unwrap();
        files.push((file["file_id"].as_str().unwrap().to_owned(), bytes));
        server.kill().await;
        server = Process::start(folder.path());
    }
    let token = server.sign_in().await;
    let inbox: Value = server.get("/messaging/inbox", &token).await.json().await.unwrap();
    let found: Vec<&str> = inbox["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["message"]["message_id"].as_str().unwrap())
        .collect();
    assert_eq!(found, sent, "each exactly once, in order");
    for (file, bytes) in files {
        let read = server.get(&format!("/messaging/download_file/{file}"), &token).await;
        assert!(read.bytes().await.unwrap() == bytes);
    }
}

#[tokio::test]
async fn an_account_that_was_being_deleted_at_a_kill_is_whole_or_goes() {
    for delay in [0, 15, 25, 35, 60] {
        let folder = TempDir::new().unwrap();
        let server = Process::start(folder.path());
        let keys = server.registers("alice").await;
        let token = server.sign_in().await;
        let upload = client().post(format!("{}/files", server.url));
        let upload = upload.bearer_auth(&token).header("upload-length", 5).body("bytes");
        let file: Value = upload.send().await.unwrap().json().await.unwrap();
        let send = |file_id: Option<&Value>| {
            let mut message = json!({
                "message_id": uuid(), "receiver_email": "alice", "content_type": "text",
                "envelope": envelope(&[&keys.enc_kid()]),
            });
            if let Some(file_id) = file_id {
                message["content_type"] = "file".into();
                message["file_id"] = file_id.clone();
            }
            let (server, token) = (&server, &token);
            async move { server.post("/messaging/send_message", token, &message).await }
        };
        for _ in 0..20 {
            futures_util::future::join_all((0..20).map(|_| send(None))).await;
        }
        send(Some(&file["file_id"])).await;

        let body = json!({ "current_password": PASSWORD });
        let leaving = client().post(format!("{}/auth/delete_account", server.url));
        let leaving = leaving.bearer_auth(&token).json(&body).send();
        drop(tokio::time::timeout(Duration::from_millis(delay), leaving).await);
        server.kill().await;

        let server = Process::start(folder.path());
        let credentials = json!({ "email": "alice", "password": PASSWORD });
        let login = client().post(format!("{}/auth/login", server.url));
        let login = login.json(&credentials).send().await.unwrap();
        let files = folder.path().join("data").join("files");
        // A folder that is just being removed holds nothing.
        let list = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten();
        let stored = || list(&files).flat_map(|file| list(&file.unwrap().path())).count();
        if login.status() == 200 {
            let token = server.sign_in().await;
            let inbox: Value = server.get("/messaging/inbox", &token).await.json().await.unwrap();
            assert_eq!(inbox["last_seq"], 401);
            assert!(inbox["entries"][0]["message"].is_object());
            assert_eq!(stored(), 1);
        } else {
            assert_eq!(login.status(), 401);
            until(async || stored() == 0).await;
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn it_ends_cleanly_on_both_signals_with_a_stream_open() {
    for signal in ["INT", "TERM"] {
        let folder = TempDir::new().unwrap();
        let mut server = Process::start(folder.path());
        let account =
            json!({ "username": "alice", "email": "alice@example.org", "password": PASSWORD });
        server.post("/auth/register", "", &account).await;
        let token = server.sign_in().await;
        let mut stream = server.get("/messaging/events", &token).await;
        assert!(stream.chunk().await.unwrap().is_some());
        let pid = server.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        assert_eq!(stream.chunk().await.unwrap(), None, "the stream is ended, not cut");
        let status = tokio::task::spawn_blocking(move || {
            let status = server.child.wait();
            let mut rest = String::new();
            server.child.stdout.as_mut().unwrap().read_to_string(&mut rest).unwrap();
            assert_eq!(rest, "");
            status
        });
        let status = tokio::time::timeout(Duration::from_secs(10), status).await;
        assert!(status.expect("it ends in time").unwrap().unwrap().success());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_kept_is_for_its_owner_only_and_the_secrets_stay() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    drop(Process::start(folder.path()));
    let path = folder.path().join("data").join("secrets.json");
    for file in ["secrets.json", "pli.sqlite3", "pli.sqlite3-wal"] {
        if cluster::is_wanted() && file != "secrets.json" {
            continue;
        }
        let metadata = std::fs::metadata(path.with_file_name(file)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{file}");
    }
    let files = std::fs::metadata(path.with_file_name("files")).unwrap();
    assert_eq!(files.permissions().mode() & 0o777, 0o700);
    let before = std::fs::read(&path).unwrap();
    drop(Process::start(folder.path()));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// How the password of wrapped keys is stretched.
fn wrapped_kdf(jwe: &Value) -> Value {
    let header = jwe.as_str().unwrap().split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&unbase64(header)).unwrap();
    header["kdf"].clone()
}

#[tokio::test]
async fn the_log_holds_no_secrets() {
    let folder = TempDir::new().unwrap();
    let server = Process::start(folder.path());
    let account = registration("alice", &Keys::generate());
    server.post("/auth/register", "", &account).await;
    let token = server.sign_in().await;
    server.post("/users/lookup", &token, &json!({ "email": "alice@example.org" })).await;
    server.get("/auth/whoami", &token).await;
    let recovery_secret = base64(&random(32));
    let kdf = wrapped_kdf(&account["keys"]["wrapped_keys"]);
    let recovery = json!({
        "current_password": PASSWORD, "recovery_secret": recovery_secret,
        "recovery_wrapped_keys": wrapped_keys(&json!({ "name": "recovery" }), 0),
        "wrapped_keys": wrapped_keys(&kdf, 0),
    });
    let client = client();
    let set = client.put(format!("{}/auth/recovery", server.url)).bearer_auth(&token);
    assert_eq!(set.json(&recovery).send().await.unwrap().status(), 204);
    let proof = json!({ "email": "alice", "recovery_secret": recovery_secret });
    let recovered = server.post("/auth/recovery_keys", "", &proof).await;
    let recovery_token = recovered["recovery_token"].as_str().unwrap().to_owned();
    let new_password = "the password after the recovery";
    let reset = json!({ "new_password": new_password, "wrapped_keys": wrapped_keys(&kdf, 0) });
    let tokens = server.post("/auth/reset_password", &recovery_token, &reset).await;
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    let guess = json!({ "current_password": "a password that is wrong" });
    let guess = client.post(format!("{}/auth/export", server.url)).bearer_auth(&token).json(&guess);
    assert_eq!(guess.send().await.unwrap().status(), 403);
    server.get("/alice@example.org?token=secret-in-query", &token).await;
    drop(server);
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains(r#""route":"/auth/whoami""#), "the log is where it is looked for");
    let secrets = std::fs::read_to_string(folder.path().join("data").join("secrets.json")).unwrap();
    let secrets: Value = serde_json::from_str(&secrets).unwrap();
    let salt_of = |name: &str| secrets[name].as_str().map(str::to_owned);
    let mut forbidden = vec![
        PASSWORD.to_owned(),
        recovery_secret,
        recovery_token.rsplit('.').next().unwrap().to_owned(),
        new_password.to_owned(),
        "a password that is wrong".to_owned(),
        token.rsplit('.').next().unwrap().to_owned(),
        "alice@example.org".to_owned(),
        "secret-in-query".to_owned(),
        account["keys"]["wrapped_keys"].as_str().unwrap().rsplit('.').next().unwrap().to_owned(),
        secrets["signing_keys"][0]["private_key"].as_str().unwrap().to_owned(),
    ];
    forbidden.extend(salt_of("mac_key"));
    for secret in forbidden {
        assert!(!log.contains(&secret), "{secret} stands in the log");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn two_hundred_logins_at_once_stay_within_300_mebibytes() {
    let folder = TempDir::new().unwrap();
    let server = Process::start(folder.path());
    let account =
        json!({ "username": "alice", "email": "alice@example.org", "password": PASSWORD });
    server.post("/auth/register", "", &account).await;
    futures_util::future::join_all((0..200).map(|_| server.sign_in())).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
    // Argon2 takes 19 MiB on each.
    let parallel = std::thread::available_parallelism().unwrap().get();
    assert!(kilobytes < (150 + 19 * parallel).min(300) * 1024, "{kilobytes} kB");
}

#[test]
fn the_document_is_printed_the_same_every_time() {
    let print = |format: &str| {
        let output = program().args(["spec", "--format", format]).output().unwrap();
        assert!(output.status.success());
        output.stdout
    };
    assert_eq!(print("json"), print("json"));
    let json: Value = serde_json::from_slice(&print("json")).unwrap();
    let yaml: Value = serde_yaml::from_slice(&print("yaml")).unwrap();
    assert_eq!(json, yaml);
    assert_eq!(json, pli_server::document());
}
