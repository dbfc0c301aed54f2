//! Two servers on one Postgres database are one to their users.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::{
    cluster,
    people::{PASSWORD, envelope, uuid},
    process::Process,
    waiting::until,
};

/// Two servers with folders of their own, and one database and one file of secrets.
struct Nodes {
    first: Process,
    second: Process,
    url: String,
    folders: [TempDir; 3],
}

/// Someone with keys.
struct Person {
    name: &'static str,
    kid: String,
}

impl Nodes {
    fn start() -> Self {
        let folders = [(); 3].map(|()| TempDir::new().unwrap());
        let url = cluster::url_for(folders[2].path());
        let [first, second] = [0, 1].map(|index| Self::node(&folders, &url, index, "600000"));
        Self { first, second, url, folders }
    }

    fn node(folders: &[TempDir; 3], url: &str, index: usize, sweep_ms: &str) -> Process {
        let secrets = folders[2].path().join("secrets.json");
        let secrets = secrets.to_str().unwrap();
        let shared = [("PLI_DATABASE_URL", url), ("PLI_SECRETS_FILE", secrets)];
        let variables = [&shared[..], &[("PLI_SWEEP_MS", sweep_ms)]].concat();
        Process::start_with(folders[index].path(), &variables)
    }

    async fn registers(&self, name: &'static str) -> Person {
        Person { name, kid: self.first.registers(name).await.enc_kid() }
    }
}

async fn signs_in(server: &Process, name: &str) -> (String, String) {
    let body = json!({ "email": name, "password": PASSWORD });
    let signed_in = server.post("/auth/login", "", &body).await;
    let token = |kind: &str| signed_in[kind].as_str().unwrap().to_owned();
    (token("access_token"), token("refresh_token"))
}

fn message(from: &Person, to: &Person) -> Value {
    json!({
        "message_id": uuid(), "receiver_email": to.name, "content_type": "text",
        "envelope": envelope(&[&from.kid, &to.kid]),
    })
}

/// The next event of a stream within some seconds; none when the stream has ended. Heartbeats are
/// passed over.
async fn event(stream: &mut reqwest::Response, seconds: u64) -> Option<Value> {
    let next = async {
        loop {
            let chunk = stream.chunk().await.unwrap()?;
            let text = std::str::from_utf8(&chunk).unwrap().to_owned();
            if let Some(data) = text.strip_prefix("event: mailbox\ndata: ") {
                return Some(serde_json::from_str(data.trim_end()).unwrap());
            }
        }
    };
    timeout(Duration::from_secs(seconds), next).await.expect("an event, or an end, in time")
}

#[tokio::test]
#[ignore = "needs Postgres: PLI_TEST_DATABASE=postgres"]
async fn what_happens_on_one_server_shows_on_the_other() {
    let nodes = Nodes::start();
    let (alice, bob) = (nodes.registers("alice").await, nodes.registers("bob").await);
    let (alice_token, _) = signs_in(&nodes.first, "alice").await;
    let (bob_token, mut refresh) = signs_in(&nodes.second, "bob").await;

    let mut stream = nodes.second.get("/messaging/events", &bob_token).await;
    assert_eq!(event(&mut stream, 5).await.unwrap()["last_seq"], 0);
    let start = Instant::now();
    let sent = message(&alice, &bob);
    nodes.first.post("/messaging/send_message", &alice_token, &sent).await;
    assert_eq!(event(&mut stream, 5).await.unwrap()["last_seq"], 1);
    assert!(start.elapsed() < Duration::from_secs(5), "told, not found by looking");

    // The same message on both at once is one message.
    let again = message(&alice, &bob);
    let nodes_in_turn = [&nodes.first, &nodes.second].into_iter().cycle().take(10);
    let answers = join_all(
        nodes_in_turn.map(|node| node.post("/messaging/send_message", &alice_token, &again)),
    );
    let answers = answers.await;
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    assert_eq!(event(&mut stream, 5).await.unwrap()["last_seq"], 2);

    for node in [&nodes.first, &nodes.second, &nodes.first] {
        let pair: Value = node.get("/auth/refresh", &refresh).await.json().await.unwrap();
        refresh = pair["refresh_token"].as_str().unwrap().to_owned();
    }

    // Signing out on one ends the session and its streams on the other.
    assert_eq!(nodes.first.get("/auth/logout", &refresh).await.status(), 200);
    let refused = nodes.second.get("/auth/whoami", &bob_token).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(event(&mut stream, 15).await, None);
}

#[tokio::test]
#[ignore = "needs Postgres: PLI_TEST_DATABASE=postgres"]
async fn who_is_deactivated_on_one_server_loses_the_streams_on_the_other() {
    let nodes = Nodes::start();
    nodes.registers("alice").await;
    nodes.registers("bob").await;
    let staff = |line: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pli-server"));
        command.env_clear().env("PLI_DATABASE_URL", &nodes.url).arg("staff").args(line);
        assert!(command.current_dir(nodes.folders[2].path()).status().unwrap().success());
    };
    staff(&["grant", "alice"]);
    let (alice, _) = signs_in(&nodes.first, "alice").await;
    let (bob, _) = signs_in(&nodes.second, "bob").await;
    let account: Value = nodes.second.get("/auth/whoami", &bob).await.json().await.unwrap();
    let mut stream = nodes.second.get("/messaging/events", &bob).await;
    event(&mut stream, 5).await.unwrap();
    let path = format!("{}/users/{}", nodes.first.url, account["id"].as_str().unwrap());
    let change = crate::server::client().patch(path).bearer_auth(&alice);
    let changed = change.json(&json!({ "is_active": false })).send().await.unwrap();
    assert_eq!(changed.status(), 200);
    assert_eq!(event(&mut stream, 15).await, None);
}

#[tokio::test]
#[ignore = "needs Postgres: PLI_TEST_DATABASE=postgres"]
async fn an_event_comes_late_when_its_notice_is_lost_but_it_comes() {
    let nodes = Nodes::start();
    let (alice, bob) = (nodes.registers("alice").await, nodes.registers("bob").await);
    let (alice_token, _) = signs_in(&nodes.first, "alice").await;
    let (bob_token, _) = signs_in(&nodes.second, "bob").await;
    let mut stream = nodes.second.get("/messaging/events", &bob_token).await;
    event(&mut stream, 5).await.unwrap();
    // Cuts the connections that listen, so that what is said next is not heard.
    let silence = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE query LIKE 'LISTEN%' AND datname = current_database()";
    for seq in 1..=3 {
        cluster::run(&nodes.url, silence.to_owned());
        nodes.first.post("/messaging/send_message", &alice_token, &message(&alice, &bob)).await;
        assert_eq!(event(&mut stream, 20).await.unwrap()["last_seq"], seq);
    }
}

#[tokio::test]
#[ignore = "needs Postgres: PLI_TEST_DATABASE=postgres"]
async fn two_servers_that_erase_one_account_take_each_copy_away_once() {
    let mut nodes = Nodes::start();
    let (alice, bob) = (nodes.registers("alice").await, nodes.registers("bob").await);
    let (alice_token, _) = signs_in(&nodes.first, "alice").await;
    let messages: Vec<Value> = (0..200).map(|_| message(&alice, &bob)).collect();
    let send = |message| nodes.first.post("/messaging/send_message", &alice_token, message);
    for some in messages.chunks(20) {
        join_all(some.iter().map(send)).await;
    }
    // As if the server had been killed when it had closed the account and erased nothing of it.
    let close = "UPDATE accounts SET email = NULL, is_active = 0 WHERE username = 'alice'";
    cluster::run(&nodes.url, close.to_owned());
    // Both have looked what there is to erase, and wait to begin with it.
    let mut other = AnyConnection::connect(&nodes.url).await.unwrap();
    let mut hold = other.begin().await.unwrap();
    let lock = "UPDATE entries SET seq = seq WHERE seq = 1";
    sqlx::query(lock).execute(&mut *hold).await.unwrap();
    // One that has waited for some seconds gives up, and soon begins again.
    let (folders, url) = (&nodes.folders, &nodes.url);
    [nodes.first, nodes.second] = std::thread::scope(|scope| {
        let starting =
            [0, 1].map(|index| scope.spawn(move || Nodes::node(folders, url, index, "200")));
        starting.map(|node| node.join().unwrap())
    });
    let waiting = "SELECT COUNT(*) AS it FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until(async || cluster::number(&nodes.url, waiting).await >= 2).await;
    hold.rollback().await.unwrap();
    let left = "SELECT COUNT(*) AS it FROM threads t JOIN accounts a ON a.no = t.account
         WHERE a.username = 'alice'";
    until(async || cluster::number(&nodes.url, left).await == 0).await;
    let (token, _) = signs_in(&nodes.second, "bob").await;
    let inbox = nodes.second.get("/messaging/inbox?limit=200", &token).await;
    let inbox: Value = inbox.json().await.unwrap();
    let kept = inbox["entries"].as_array().unwrap();
    assert_eq!(kept.iter().filter(|entry| entry["message"].is_object()).count(), 200);
}
