//! What was acknowledged stays, whatever is killed; what was not may be sent again.

use std::{sync::Mutex, time::Duration};

use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::{
    cluster::{self, Cluster},
    people::{envelope, random, uuid},
    process::Process,
    waiting::until,
};

fn message(kid: &str) -> Value {
    json!({
        "message_id": uuid(), "receiver_email": "alice", "content_type": "text",
        "envelope": envelope(&[kid]),
    })
}

/// Sends messages until the server is gone, and notes each that was acknowledged and the one that
/// was not.
async fn sends(url: &str, token: &str, kid: &str, acknowledged: &Mutex<Vec<String>>) -> Value {
    let client = crate::server::client();
    loop {
        let message = message(kid);
        let sending = client.post(format!("{url}/messaging/send_message")).bearer_auth(token);
        match sending.json(&message).send().await {
            Ok(answer) if answer.status() == 200 => {
                let id = message["message_id"].as_str().unwrap().to_owned();
                acknowledged.lock().unwrap().push(id);
            }
            _ => return message,
        }
    }
}

/// The messages of alice's mailbox, whose numbers must leave no gap.
async fn inbox(server: &Process, token: &str) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let path = format!("/messaging/inbox?limit=200&after={}", found.len());
        let page: Value = server.get(&path, token).await.json().await.unwrap();
        let entries = page["entries"].as_array().unwrap();
        if entries.is_empty() {
            return found;
        }
        for entry in entries {
            assert_eq!(entry["seq"], found.len() + 1);
            found.push(entry["message"]["message_id"].as_str().unwrap().to_owned());
        }
    }
}

#[tokio::test]
async fn what_is_acknowledged_under_load_survives_kills_exactly_once() {
    let folder = TempDir::new().unwrap();
    let mut server = Process::start(folder.path());
    let kid = server.registers("alice").await.enc_kid();
    let acknowledged = Mutex::new(Vec::new());
    for _ in 0..4 {
        let token = server.sign_in().await;
        let url = server.url.clone();
        let sending = join_all((0..8).map(|_| sends(&url, &token, &kid, &acknowledged)));
        let delay = Duration::from_millis(u64::from(random(1)[0]) * 2 + 50);
        let before = acknowledged.lock().unwrap().len();
        let killing = async {
            until(async || acknowledged.lock().unwrap().len() > before).await;
            sleep(delay).await;
            server.kill().await;
        };
        let (unanswered, ()) = tokio::join!(sending, killing);
        server = Process::start(folder.path());
        // The clients can't know whether these arrived, and send them again.
        let token = server.sign_in().await;
        for message in unanswered {
            server.post("/messaging/send_message", &token, &message).await;
            acknowledged.lock().unwrap().push(message["message_id"].as_str().unwrap().to_owned());
        }
    }
    let token = server.sign_in().await;
    let (mut found, mut sent) = (inbox(&server, &token).await, acknowledged.into_inner().unwrap());
    assert!(sent.len() > 32, "something was sent between the kills");
    found.sort_unstable();
    sent.sort_unstable();
    assert_eq!(found, sent, "each exactly once");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: PLI_TEST_DATABASE=postgres"]
async fn while_postgres_is_away_requests_are_told_so_and_then_go_on() {
    let mut cluster = Cluster::start(&["fsync=on"]);
    let folder = TempDir::new().unwrap();
    let database = cluster.database();
    let secrets = folder.path().join("secrets.json");
    let variables =
        [("PLI_DATABASE_URL", database.as_str()), ("PLI_SECRETS_FILE", secrets.to_str().unwrap())];
    let server = Process::start_with(folder.path(), &variables);
    let kid = server.registers("alice").await.enc_kid();
    let token = server.sign_in().await;
    let acknowledged = Mutex::new(Vec::new());
    let ready = async || server.get("/health/ready", "").await.status().as_u16();
    assert_eq!(ready().await, 200);

    for crash in [false, true] {
        let sending = join_all((0..4).map(|_| sends(&server.url, &token, &kid, &acknowledged)));
        let stopping = async {
            sleep(Duration::from_millis(300)).await;
            if crash { cluster.crash() } else { cluster.pause() }
        };
        let (unanswered, ()) = tokio::join!(sending, stopping);
        for path in ["/auth/whoami", "/messaging/inbox", "/health/ready"] {
            let asking = timeout(Duration::from_secs(8), server.get(path, &token));
            let answer = asking.await.expect("an answer in time");
            assert_eq!((path, answer.status().as_u16()), (path, 503));
            assert!(answer.headers().contains_key("retry-after"));
            let problem: Value = answer.json().await.unwrap();
            assert_eq!(problem["code"], "unavailable");
        }
        cluster.go_on();
        let back = async {
            while ready().await != 200 {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(Duration::from_secs(10), back).await.expect("it goes on by itself");
        for message in unanswered {
            server.post("/messaging/send_message", &token, &message).await;
            acknowledged.lock().unwrap().push(message["message_id"].as_str().unwrap().to_owned());
        }
    }
    let (mut found, mut sent) = (inbox(&server, &token).await, acknowledged.into_inner().unwrap());
    found.sort_unstable();
    sent.sort_unstable();
    assert_eq!(found, sent, "each exactly once");
}

#[tokio::test]
#[ignore = "needs Postgres: PLI_TEST_DATABASE=postgres"]
async fn where_all_connections_are_taken_requests_are_refused_and_not_kept_waiting() {
    let folder = TempDir::new().unwrap();
    let server = Process::start_with(folder.path(), &[("PLI_DATABASE_CONNECTIONS", "4")]);
    let kid = server.registers("alice").await.enc_kid();
    let token = server.sign_in().await;
    // Somebody else holds what sending needs.
    let mut other = AnyConnection::connect(&cluster::url_for(folder.path())).await.unwrap();
    let mut hold = other.begin().await.unwrap();
    let lock = "UPDATE mailboxes SET version = version";
    sqlx::query(lock).execute(&mut *hold).await.unwrap();
    let client = crate::server::client();
    let sending = (0..12).map(|_| {
        let url = format!("{}/messaging/send_message", server.url);
        client.post(url).bearer_auth(&token).json(&message(&kid)).send()
    });
    let answers = timeout(Duration::from_secs(30), join_all(sending)).await.expect("no hang");
    for answer in answers {
        assert_eq!(answer.unwrap().status(), 503);
    }
    hold.rollback().await.unwrap();
    server.post("/messaging/send_message", &token, &message(&kid)).await;
}
