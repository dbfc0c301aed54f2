//! Real faults: a disk that is full, a file that may not grow, a database that another process
//! holds. Nothing is acknowledged that is not on disk, reading goes on, and all is well again when
//! the fault is gone.

#![cfg(target_os = "linux")]

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

use crate::{
    cluster,
    people::{PASSWORD, Person, envelope, random, uuid},
    process::{Process, program},
    server::{client, spawn_server},
};

/// Alice, on a server in a process of its own, and what was acknowledged to her.
struct Alice {
    server: Process,
    token: String,
    enc_kid: String,
    sent: Vec<String>,
}

impl Alice {
    async fn arrives(server: Process) -> Self {
        let keys = server.registers("alice").await;
        let token = server.sign_in().await;
        // The session's first use is on disk.
        server.get("/auth/whoami", &token).await;
        Self { server, token, enc_kid: keys.enc_kid(), sent: Vec::new() }
    }

    /// Sends herself a message; an error is its status and code.
    async fn sends(&mut self) -> Result<(), (u16, String)> {
        let message_id = uuid();
        let message = json!({
            "message_id": message_id, "receiver_email": "alice", "content_type": "text",
            "envelope": envelope(&[&self.enc_kid]),
        });
        self.tries("/messaging/send_message", &message).await?;
        self.sent.push(message_id);
        Ok(())
    }

    async fn tries(&self, path: &str, body: &Value) -> Result<Value, (u16, String)> {
        let request = client().post(format!("{}{path}", self.server.url));
        outcome(request.bearer_auth(&self.token).json(body)).await
    }

    async fn uploads(&self, bytes: Vec<u8>) -> Result<String, (u16, String)> {
        let request = client().post(format!("{}/files", self.server.url));
        let request = request.bearer_auth(&self.token).header("upload-length", bytes.len());
        let file = outcome(request.body(bytes)).await?;
        Ok(file["file_id"].as_str().unwrap().to_owned())
    }

    /// Sends until it is refused.
    async fn sends_until_refused(&mut self) -> (u16, String) {
        for _ in 0..5000 {
            if let Err(refused) = self.sends().await {
                return refused;
            }
        }
        panic!("the fault has no effect");
    }

    async fn reads_what_was_acknowledged(&self) {
        let inbox = self.server.get("/messaging/inbox?limit=200", &self.token).await;
        let inbox: Value = inbox.json().await.unwrap();
        assert_eq!(inbox["last_seq"], self.sent.len());
        let found = inbox["entries"].as_array().unwrap().iter();
        let found: Vec<&str> =
            found.map(|entry| entry["message"]["message_id"].as_str().unwrap()).collect();
        assert!(self.sent.iter().map(String::as_str).take(200).eq(found));
    }

    async fn reads_file(&self, id: &str, bytes: &[u8]) {
        let read = self.server.get(&format!("/messaging/download_file/{id}"), &self.token).await;
        assert!(read.bytes().await.unwrap() == bytes);
    }
}

async fn outcome(request: reqwest::RequestBuilder) -> Result<Value, (u16, String)> {
    let response = request.send().await.unwrap();
    let status = response.status();
    if status == 503 {
        assert!(response.headers().contains_key("retry-after"));
    }
    let body: Value = response.json().await.unwrap();
    let code = || body["code"].as_str().unwrap().to_owned();
    if status.is_success() { Ok(body) } else { Err((status.as_u16(), code())) }
}

fn refusal(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// A server whose data is on a disk of 16 MiB, and where that is seen from here.
fn on_a_small_disk(folder: &Path) -> (Process, PathBuf) {
    let data = folder.join("data");
    std::fs::create_dir(&data).unwrap();
    let mut command = Command::new("unshare");
    command.env_clear().args(["--mount", "--map-root-user", "sh", "-c"]);
    command.arg(r#"mount -t tmpfs -o size=16m,mode=700 none "$0" && exec "$1""#);
    command.arg(&data).arg(program().get_program());
    let server = Process::run(command, folder);
    let seen = Path::new("/proc").join(server.child.id().to_string()).join("root");
    (server, seen.join(data.strip_prefix("/").unwrap()))
}

#[tokio::test]
async fn a_full_disk_takes_nothing_and_reading_goes_on() {
    let folder = TempDir::new().unwrap();
    let (server, disk) = on_a_small_disk(folder.path());
    let mut alice = Alice::arrives(server).await;
    alice.sends().await.unwrap();
    let bytes = random(1 << 20);
    let file = alice.uploads(bytes.clone()).await.unwrap();

    let ballast = disk.join("ballast");
    let filled = std::io::copy(&mut std::io::repeat(0), &mut File::create(&ballast).unwrap());
    assert_eq!(filled.unwrap_err().kind(), std::io::ErrorKind::StorageFull);

    assert_eq!(alice.uploads(random(1 << 20)).await, Err(refusal(507, "storage_full")));
    assert_eq!(alice.sends_until_refused().await, refusal(507, "storage_full"));
    let bob = json!({ "username": "bob", "email": "bob@example.org", "password": PASSWORD });
    let refused = alice.tries("/auth/register", &bob).await;
    assert_eq!(refused, Err(refusal(507, "storage_full")));
    for path in ["/auth/whoami", "/health/live"] {
        assert_eq!(alice.server.get(path, &alice.token).await.status(), 200, "{path}");
    }
    alice.reads_what_was_acknowledged().await;
    alice.reads_file(&file, &bytes).await;

    std::fs::remove_file(ballast).unwrap();
    alice.sends().await.unwrap();
    alice.tries("/auth/register", &bob).await.unwrap();
    let another = alice.uploads(bytes.clone()).await.unwrap();
    alice.reads_what_was_acknowledged().await;
    alice.reads_file(&another, &bytes).await;
}

#[test]
fn a_server_that_may_not_write_says_so_and_does_not_start() {
    if cluster::is_wanted() {
        // What it would write lies elsewhere.
        return;
    }
    let folder = TempDir::new().unwrap();
    drop(Process::start(folder.path()));
    let data = folder.path().join("data");
    let mut command = Command::new("unshare");
    command.env_clear().args(["--mount", "--map-root-user", "sh", "-c"]);
    let read_only = r#"mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$1""#;
    command.arg(read_only).arg(&data).arg(program().get_program()).current_dir(folder.path());
    let output = command.env("PLI_LISTEN", "127.0.0.1:0").env("PLI_DATA_DIR", &data).output();
    let output = output.unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).unwrap();
    let said = "pli-server: the database can't be used: Read-only file system";
    assert!(text.lines().any(|line| line.starts_with(said)), "{text}");
    drop(Process::start(folder.path()));
}

fn limit_files(server: &Process, bytes: Option<u64>) {
    let pid = Pid::from_raw(server.child.id().cast_signed());
    prlimit(pid, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
}

#[tokio::test]
async fn a_file_that_may_not_grow_takes_nothing_and_reading_goes_on() {
    let folder = TempDir::new().unwrap();
    let mut alice = Alice::arrives(Process::run(program(), folder.path())).await;
    alice.sends().await.unwrap();
    let bytes = random(1 << 20);
    let file = alice.uploads(bytes.clone()).await.unwrap();

    limit_files(&alice.server, Some(500_000));
    assert_eq!(alice.uploads(bytes.clone()).await, Err(refusal(507, "storage_full")));
    assert_eq!(alice.sends_until_refused().await, refusal(503, "unavailable"));
    assert_eq!(alice.server.get("/auth/whoami", &alice.token).await.status(), 200);
    alice.reads_what_was_acknowledged().await;
    alice.reads_file(&file, &bytes).await;

    limit_files(&alice.server, None);
    alice.sends().await.unwrap();
    alice.uploads(bytes).await.unwrap();
    alice.reads_what_was_acknowledged().await;
}

#[tokio::test]
async fn a_database_that_another_process_holds_is_waited_for_and_then_refused() {
    if cluster::is_wanted() {
        // Nobody holds a whole database of Postgres.
        return;
    }
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    alice.sends(&server, &[&alice]).await;
    let path = server.folder.path().join("pli.sqlite3");
    let mut other = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let message = alice.message_to(&[&alice]);
    alice.posts(&server, &message).await.refused(503, "unavailable");
    assert_eq!(alice.inbox(&server).await["last_seq"], 1, "reading goes on");
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    alice.posts(&server, &message).await.expect(200);
    assert_eq!(alice.inbox(&server).await["last_seq"], 2);
}
