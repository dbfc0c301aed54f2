//! Large files and the server as a process: killed in the middle, short of room, and in constant
//! memory.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    people::{PASSWORD, random},
    process::{Process, program},
    server::client,
    store::{self, Mood, SECRET, Store},
};

const MIB: usize = 1 << 20;

/// The program, and the store that it keeps files in where this run wants one.
async fn program_with_store(folder: &TempDir) -> (Option<Store>, impl Fn() -> Command) {
    let store = match store::is_wanted() {
        true => Some(Store::start(folder.path()).await),
        false => None,
    };
    let url = store.as_ref().map(Store::url);
    let database = Process::database(folder.path());
    let command = move || {
        let mut command = program();
        command.envs(database.clone());
        command.envs(url.iter().map(|url| ("PLI_FILES_URL", url)));
        command
    };
    (store, command)
}

/// A client that is signed in.
struct Alice {
    http: Client,
    url: String,
    token: String,
}

impl Alice {
    async fn arrives(server: &Process) -> Self {
        let account =
            json!({ "username": "alice", "email": "alice@example.org", "password": PASSWORD });
        server.post("/auth/register", "", &account).await;
        Self::returns(server).await
    }

    async fn returns(server: &Process) -> Self {
        Self { http: client(), url: server.url.clone(), token: server.sign_in().await }
    }

    async fn makes_upload(&self, size: usize) -> String {
        let post = self.http.post(format!("{}/files", self.url)).bearer_auth(&self.token);
        let post = post.header("tus-resumable", "1.0.0").header("upload-length", size);
        let file: Value = post.send().await.unwrap().json().await.unwrap();
        file["file_id"].as_str().unwrap().to_owned()
    }

    fn appending(&self, file: &str, offset: usize) -> RequestBuilder {
        let patch = self.http.patch(format!("{}/files/{file}", self.url)).bearer_auth(&self.token);
        let patch = patch.header("content-type", "application/offset+octet-stream");
        patch.header("upload-offset", offset)
    }

    async fn offset(&self, file: &str) -> usize {
        let head = self.http.head(format!("{}/files/{file}", self.url)).bearer_auth(&self.token);
        let answer = head.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.headers()["upload-offset"].to_str().unwrap().parse().unwrap()
    }

    async fn downloads(&self, file: &str) -> Response {
        let path = format!("{}/messaging/download_file/{file}", self.url);
        let answer = self.http.get(path).bearer_auth(&self.token).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer
    }
}

#[tokio::test]
async fn an_upload_goes_on_byte_by_byte_after_a_kill() {
    let folder = TempDir::new().unwrap();
    let (_store, program) = program_with_store(&folder).await;
    let mut server = Process::run(program(), folder.path());
    let mut alice = Alice::arrives(&server).await;
    let bytes = Bytes::from(random(30 * MIB));
    let file = alice.makes_upload(bytes.len()).await;
    let mut at = 0;
    for delay in [30, 60, 90, 120] {
        let rest = bytes.slice(at..);
        let pieces = stream::iter((0..rest.len()).step_by(100_000)).then(move |from| {
            let piece = rest.slice(from..rest.len().min(from + 100_000));
            async move {
                tokio::time::sleep(Duration::from_millis(1)).await;
                Ok::<_, std::io::Error>(piece)
            }
        });
        let patch = alice.appending(&file, at).body(reqwest::Body::wrap_stream(pieces));
        // What has been acknowledged must be there; a few bytes are acknowledged each time.
        let killed = tokio::time::timeout(Duration::from_millis(delay), patch.send()).await;
        server.kill().await;
        server = Process::run(program(), folder.path());
        alice = Alice::returns(&server).await;
        let now = alice.offset(&file).await;
        assert!(now >= at && now <= bytes.len(), "{at} {now}");
        if killed.is_ok_and(|answer| answer.is_ok_and(|answer| answer.status() == 204)) {
            assert_eq!(now, bytes.len());
            break;
        }
        at = (now + 1).min(bytes.len());
        let answer = alice.appending(&file, now).body(bytes.slice(now..at)).send().await.unwrap();
        assert_eq!(answer.status(), 204);
    }
    let rest = alice.appending(&file, at).body(bytes.slice(at..)).send().await.unwrap();
    assert_eq!(rest.status(), 204);
    assert!(alice.downloads(&file).await.bytes().await.unwrap() == bytes);
}

#[cfg(unix)]
#[tokio::test]
async fn a_disk_without_room_refuses_what_does_not_fit_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    // No file may have more than 1.7 MiB, or 3.4 where the shell counts in kilobytes; parts have 4.
    let mut shell = Command::new("/bin/sh");
    let script = "trap '' XFSZ; ulimit -f 3500; exec \"$0\"";
    shell.env_clear().args(["-c", script, env!("CARGO_BIN_EXE_pli-server")]);
    shell.envs(Process::database(folder.path()));
    let server = Process::run(shell, folder.path());
    let alice = Alice::arrives(&server).await;
    let small = alice.makes_upload(MIB).await;
    let bytes = Bytes::from(random(5 * MIB));
    let stored = alice.appending(&small, 0).body(bytes.slice(..MIB)).send().await.unwrap();
    assert_eq!(stored.status(), 204);

    let large = alice.makes_upload(bytes.len()).await;
    let post = alice.http.post(format!("{}/files", alice.url)).bearer_auth(&alice.token);
    let post = post.header("upload-length", bytes.len()).body(bytes.clone());
    for request in [alice.appending(&large, 0).body(bytes.clone()), post] {
        let refused = request.send().await.unwrap();
        assert_eq!(refused.status(), 507);
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(problem["code"], "storage_full");
    }
    assert_eq!(alice.offset(&large).await, 0);
    assert!(alice.downloads(&small).await.bytes().await.unwrap() == bytes[..MIB]);
    // In pieces that fit, it goes on.
    for at in (0..bytes.len()).step_by(MIB) {
        let piece = bytes.slice(at..at + MIB);
        let stored = alice.appending(&large, at).body(piece).send().await.unwrap();
        assert_eq!(stored.status(), 204);
    }
    assert!(alice.downloads(&large).await.bytes().await.unwrap() == bytes);
}

#[cfg(target_os = "linux")]
pub fn memory(server: &Process, of: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(of)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1024
}

/// 256 MiB, or as many as `PLI_TEST_FILE_MIB` says: the soak takes 4096.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_goes_up_and_down_in_constant_memory() {
    let wanted = std::env::var("PLI_TEST_FILE_MIB");
    let size = wanted.map_or(256, |wanted| wanted.parse::<usize>().unwrap());
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (_store, program) = program_with_store(&folder).await;
    let server = Process::run(program(), folder.path());
    let alice = Alice::arrives(&server).await;
    let before = memory(&server, "VmRSS");

    let block = Bytes::from(random(MIB));
    let numbered = move |number: usize| {
        Bytes::from([&(number as u64).to_le_bytes()[..], &block[8..]].concat())
    };
    let file = alice.makes_upload(size * MIB).await;
    let begun = Instant::now();
    let blocks = stream::iter(0..size).map(numbered.clone()).map(Ok::<_, std::io::Error>);
    let patch = alice.appending(&file, 0).body(reqwest::Body::wrap_stream(blocks));
    assert_eq!(patch.send().await.unwrap().status(), 204);
    let up = begun.elapsed();

    let begun = Instant::now();
    let mut chunks = alice.downloads(&file).await.bytes_stream();
    let (mut read, mut expected) = (0, Bytes::new());
    while let Some(chunk) = chunks.next().await {
        let mut chunk = chunk.unwrap();
        while !chunk.is_empty() {
            if expected.is_empty() {
                expected = numbered(read / MIB);
            }
            let both = chunk.len().min(expected.len());
            assert!(chunk.split_to(both) == expected.split_to(both), "a block at {read}");
            read += both;
        }
    }
    let down = begun.elapsed();
    assert_eq!(read, size * MIB);
    let grown = memory(&server, "VmHWM") - before;
    let speed = |time: Duration| size as f64 / time.as_secs_f64();
    eprintln!(
        "{size} MiB: up {:.0} MiB/s, down {:.0} MiB/s, memory grew by {grown} MiB",
        speed(up),
        speed(down)
    );
    assert!(grown < 64, "memory grew by {grown} MiB");
}

#[tokio::test]
async fn the_log_does_not_hold_the_secret_of_the_store() {
    let folder = TempDir::new().unwrap();
    let store = Store::start(folder.path()).await;
    let start = |patience: &str| {
        let variables = [("PLI_FILES_URL", &*store.url()), ("PLI_FILES_TIMEOUT_MS", patience)];
        Process::start_with(folder.path(), &variables)
    };
    let server = start("20000");
    let alice = Alice::arrives(&server).await;
    let file = alice.makes_upload(10).await;
    let answer = alice.appending(&file, 0).body("12345").send().await.unwrap();
    assert_eq!(answer.status(), 204);
    server.kill().await;
    let server = start("300");
    let alice = Alice::returns(&server).await;
    for mood in [Mood::Breaks, Mood::Hangs] {
        store.set(mood);
        let answer = alice.appending(&file, 5).body("12345").send().await.unwrap();
        assert_eq!(answer.status(), 503);
    }
    drop(server);
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("does not do its work"), "the log is where it is looked for");
    for secret in [SECRET.to_owned(), store.url()] {
        assert!(!log.contains(&secret), "{secret} stands in the log");
    }
}
