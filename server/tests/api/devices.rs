//! Where an account is signed in.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    people::{PASSWORD, Person, uuid},
    server::{TestServer, spawn_server},
    waiting::until,
};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";

async fn sessions(server: &TestServer, token: &str) -> Vec<Value> {
    let list = server.get("/auth/sessions").token(token).send().await.expect(200);
    list["sessions"].as_array().unwrap().clone()
}

async fn login_with(server: &TestServer, user_agent: &str) -> (String, String) {
    let body = json!({ "email": "alice", "password": PASSWORD });
    let login = server.post("/auth/login").header("user-agent", user_agent).json(&body);
    let signed_in = login.send().await.expect(200);
    let token = |name: &str| signed_in[name].as_str().unwrap().to_owned();
    (token("access_token"), token("refresh_token"))
}

#[tokio::test]
async fn the_devices_of_an_account_are_listed_by_last_use() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    Person::arrives(&server, "bob").await;
    let began = server.now();
    assert_eq!(sessions(&server, &alice.access).await.len(), 1);
    server.pass(Duration::from_secs(60));
    let (firefox, _) = login_with(&server, FIREFOX).await;

    let list = sessions(&server, &firefox).await;
    let labels: Vec<&Value> = list.iter().map(|session| &session["label"]).collect();
    assert_eq!(labels, ["Firefox on Linux", "unknown device"]);
    let current: Vec<&Value> = list.iter().map(|session| &session["is_current"]).collect();
    assert_eq!(current, [true, false]);
    assert_eq!(list[1]["created_at"], list[1]["used_at"]);
    let created: jiff::Timestamp = list[1]["created_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(created.as_millisecond(), began);

    // A use is noted when the last one noted is five minutes old.
    server.pass(Duration::from_secs(4 * 60));
    assert_eq!(sessions(&server, &alice.access).await[0]["label"], "Firefox on Linux");
    server.pass(Duration::from_secs(61));
    sessions(&server, &alice.access).await;
    let list = sessions(&server, &alice.access).await;
    assert_eq!(list[0]["is_current"], true);
    let used: jiff::Timestamp = list[0]["used_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(used.as_millisecond(), server.now());
}

#[tokio::test]
async fn what_has_ended_is_not_listed() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    server.get("/auth/logout").token(&alice.access).send().await.expect(200);
    let (first, _) = login_with(&server, "curl/8.14.1").await;
    assert_eq!(sessions(&server, &first).await.len(), 1);
    server.pass(Duration::from_secs(30 * 24 * 3600 + 1));
    let (second, _) = login_with(&server, FIREFOX).await;
    assert_eq!(sessions(&server, &second).await.len(), 1);
}

#[tokio::test]
async fn what_has_expired_is_swept() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    server.pass(Duration::from_secs(29 * 24 * 3600));
    server.get("/auth/refresh").token(&alice.refresh).send().await.expect(200);
    login_with(&server, FIREFOX).await;
    Person::arrives(&server, "bob").await;
    server.pass(Duration::from_secs(24 * 3600 + 1));
    login_with(&server, FIREFOX).await;
    server.pass(Duration::from_secs(29 * 24 * 3600));
    let server = server.restart().await;
    let left = "SELECT COUNT(*) AS it FROM sessions";
    until(async || server.number(left).await == 1).await;
}

#[tokio::test]
async fn of_more_than_100_sessions_the_one_not_used_for_longest_ends() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    server.pass(Duration::from_secs(1));
    let (unused, _) = login_with(&server, FIREFOX).await;
    server.pass(Duration::from_secs(301));
    sessions(&server, &alice.access).await;
    let more = futures_util::future::join_all((0..98).map(|_| login_with(&server, FIREFOX))).await;
    assert_eq!(sessions(&server, &alice.access).await.len(), 100);
    let (newest, _) = login_with(&server, FIREFOX).await;
    assert_eq!(sessions(&server, &newest).await.len(), 100);
    server.get("/auth/whoami").token(&unused).send().await.refused(401, "session_ended");
    let others = more.iter().map(|(token, _)| token);
    for token in others.chain([&alice.access, &bob.access, &newest]) {
        server.get("/auth/whoami").token(token).send().await.expect(200);
    }
}

#[tokio::test]
async fn a_device_is_signed_out_from_afar_at_once() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let (lost, refresh) = login_with(&server, FIREFOX).await;
    let mut events = server.get("/messaging/events").token(&lost).open().await;
    assert!(events.chunk().await.unwrap().is_some());
    let list = sessions(&server, &alice.access).await;
    let other = list.iter().find(|session| session["is_current"] == false).unwrap();
    let path = format!("/auth/sessions/{}", other["id"].as_str().unwrap());

    server.delete(&path).token(&alice.access).send().await.done();
    server.get("/auth/whoami").token(&lost).send().await.refused(401, "session_ended");
    server.get("/auth/refresh").token(&refresh).send().await.refused(401, "session_ended");
    assert_eq!(events.chunk().await.unwrap(), None);
    server.delete(&path).token(&alice.access).send().await.refused(404, "session_not_found");
    assert_eq!(sessions(&server, &alice.access).await.len(), 1);
}

#[tokio::test]
async fn the_session_of_someone_else_does_not_exist() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let own = sessions(&server, &alice.access).await;
    for id in [own[0]["id"].as_str().unwrap(), &uuid()] {
        let path = format!("/auth/sessions/{id}");
        server.delete(&path).token(&bob.access).send().await.refused(404, "session_not_found");
        server.delete(&path).send().await.refused(401, "missing_token");
        server.delete(&path).token(&bob.refresh).send().await.refused(401, "invalid_token");
    }
    let upper = own[0]["id"].as_str().unwrap().to_uppercase();
    let answer =
        server.delete(&format!("/auth/sessions/{upper}")).token(&alice.access).send().await;
    answer.refused(400, "invalid_parameter");
    assert_eq!(sessions(&server, &alice.access).await.len(), 1);
}
