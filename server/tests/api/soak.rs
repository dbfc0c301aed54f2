//! What takes too long for every run: `cargo xtask soak` has it done and prints the figures.

#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Client;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::sleep};

use crate::{
    large_files::memory,
    people::{envelope, random, uuid},
    process::{Process, program},
    server::client,
};

/// A server that logs as it does by default, alice's key, and room for as many sockets as there
/// may be.
async fn server(folder: &TempDir, variables: &[(&str, &str)]) -> (Process, String) {
    let most = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most }).unwrap();
    let mut command = program();
    command.envs(Process::database(folder.path())).envs(variables.iter().copied());
    let server = Process::run(command, folder.path());
    let keys = server.registers("alice").await;
    (server, keys.enc_kid())
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

#[tokio::test]
#[ignore = "cargo xtask soak"]
async fn two_hundred_logins_at_once() {
    let folder = TempDir::new().unwrap();
    let (server, _) = server(&folder, &[]).await;
    let begun = Instant::now();
    join_all((0..200).map(|_| server.sign_in())).await;
    eprintln!("200 logins at once: {:.1?}, {} MiB", begun.elapsed(), memory(&server, "VmHWM"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask soak"]
async fn thousands_of_half_open_sockets_while_logins_go_on() {
    const SOCKETS: usize = 4000;
    let folder = TempDir::new().unwrap();
    let limits = [("PLI_MAX_CONNECTIONS", "10000"), ("PLI_MAX_NETWORK_CONNECTIONS", "10000")];
    let (server, _) = server(&folder, &limits).await;
    let address = server.url.strip_prefix("http://").unwrap();
    let (begun, mut closed) = (Instant::now(), 0);
    let mut half_open = Vec::new();
    for _ in 0..SOCKETS {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"POST /auth/login HTTP/1.1\r\nhost:").await.unwrap();
        half_open.push(stream);
    }
    let opened = begun.elapsed();
    let mut times = Vec::new();
    // The server closes each ten seconds after it was opened.
    while closed < SOCKETS {
        let asked = Instant::now();
        server.sign_in().await;
        times.push(asked.elapsed());
        half_open.retain(|stream| {
            let is_closed = matches!(stream.try_read(&mut [0; 1024]), Ok(0));
            closed += usize::from(is_closed);
            !is_closed
        });
        assert!(begun.elapsed() < Duration::from_secs(60), "{closed} were closed");
    }
    eprintln!(
        "{SOCKETS} half-open sockets in {opened:.1?}, closed after {:.1?}; {} logins meanwhile, \
         median {:.0?}, slowest {:.0?}; {} MiB",
        begun.elapsed(),
        times.len(),
        percentile(&mut times, 50),
        percentile(&mut times, 100),
        memory(&server, "VmHWM"),
    );
}

/// What one device does all day.
async fn uses(http: &Client, server: &Process, kid: &str) -> reqwest::Result<()> {
    let token = server.sign_in().await;
    let url = |path: &str| format!("{}{path}", server.url);
    for _ in 0..20 {
        let bytes = random(200_000);
        let upload = http.post(url("/files")).bearer_auth(&token);
        let upload = upload.header("upload-length", bytes.len()).body(bytes.clone());
        let file: Value = upload.send().await?.error_for_status()?.json().await?;
        let message = json!({
            "message_id": uuid(), "receiver_email": "alice", "content_type": "file",
            "file_id": file["file_id"], "envelope": envelope(&[kid]),
        });
        server.post("/messaging/send_message", &token, &message).await;
        let inbox = http.get(url("/messaging/inbox?limit=20")).bearer_auth(&token);
        inbox.send().await?.error_for_status()?.bytes().await?;
        let file = file["file_id"].as_str().unwrap();
        let download = http.get(url(&format!("/messaging/download_file/{file}")));
        let read = download.bearer_auth(&token).send().await?.error_for_status()?.bytes().await?;
        assert!(read == bytes);
        let id = message["message_id"].as_str().unwrap();
        let removal = http.delete(url(&format!("/messaging/messages/{id}"))).bearer_auth(&token);
        removal.send().await?.error_for_status()?;
    }
    Ok(())
}

/// As many minutes as `PLI_SOAK_MINUTES` says.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask soak"]
async fn a_mix_of_everything_for_minutes() {
    let minutes = std::env::var("PLI_SOAK_MINUTES").map_or(1, |minutes| minutes.parse().unwrap());
    let end = Instant::now() + Duration::from_secs(60 * minutes);
    let folder = TempDir::new().unwrap();
    let (server, kid) = server(&folder, &[]).await;
    let http = client();
    let devices = (0..8).map(async |_| {
        let mut rounds = 0;
        while Instant::now() < end {
            uses(&http, &server, &kid).await.unwrap();
            rounds += 20;
        }
        rounds
    });
    let watching = async {
        while Instant::now() < end {
            sleep(Duration::from_secs(20).min(end - Instant::now())).await;
            eprintln!("  {} MiB", memory(&server, "VmRSS"));
        }
    };
    let (rounds, ()) = tokio::join!(join_all(devices), watching);
    let rounds: usize = rounds.iter().sum();
    eprintln!("{minutes} min, 8 devices: {rounds} files sent, read and deleted");
}
