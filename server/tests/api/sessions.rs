//! Refreshing and ending sessions.

use std::time::Duration;

use serde_json::Value;

use crate::{
    people::{Person, login},
    server::{Answer, TestServer, spawn_server},
};

async fn refresh(server: &TestServer, token: &str) -> Answer {
    server.get("/auth/refresh").token(token).send().await
}

async fn whoami(server: &TestServer, token: &str) -> Answer {
    server.get("/auth/whoami").token(token).send().await
}

fn tokens(answer: &Value) -> (String, String) {
    let token = |name: &str| answer[name].as_str().unwrap().to_owned();
    (token("access_token"), token("refresh_token"))
}

#[tokio::test]
async fn a_refresh_token_gives_new_tokens() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let (access, next) = tokens(&refresh(&server, &alice.refresh).await.expect(200));
    assert_ne!(next, alice.refresh);
    whoami(&server, &access).await.expect(200);
    whoami(&server, &alice.access).await.expect(200);
    refresh(&server, &next).await.expect(200);
}

#[tokio::test]
async fn a_client_that_lost_the_answer_gets_it_again() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    refresh(&server, &alice.refresh).await.expect(200);
    // However late, as long as the successor has not been used.
    server.pass(Duration::from_secs(3600));
    let (access, next) = tokens(&refresh(&server, &alice.refresh).await.expect(200));
    whoami(&server, &access).await.expect(200);
    server.pass(Duration::from_secs(14));
    refresh(&server, &alice.refresh).await.expect(200);
    refresh(&server, &next).await.expect(200);
}

#[tokio::test]
async fn after_the_grace_an_old_refresh_token_ends_the_session_and_all_descendants() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let (access, next) = tokens(&refresh(&server, &alice.refresh).await.expect(200));
    whoami(&server, &access).await.expect(200);
    server.pass(Duration::from_secs(16));
    refresh(&server, &alice.refresh).await.refused(401, "session_ended");
    refresh(&server, &next).await.refused(401, "session_ended");
    whoami(&server, &access).await.refused(401, "session_ended");
    whoami(&server, &alice.access).await.refused(401, "session_ended");
}

#[tokio::test]
async fn a_refresh_token_two_generations_old_ends_the_session_at_once() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let (_, second) = tokens(&refresh(&server, &alice.refresh).await.expect(200));
    let (access, third) = tokens(&refresh(&server, &second).await.expect(200));
    refresh(&server, &alice.refresh).await.refused(401, "session_ended");
    refresh(&server, &third).await.refused(401, "session_ended");
    whoami(&server, &access).await.refused(401, "session_ended");
}

#[tokio::test]
async fn refreshing_twenty_times_at_once_gives_one_successor() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let attempts = (0..20).map(|_| refresh(&server, &alice.refresh));
    let answers = futures_util::future::join_all(attempts).await;
    for answer in answers {
        let (access, _) = tokens(&answer.expect(200));
        whoami(&server, &access).await.expect(200);
    }
}

#[tokio::test]
async fn signing_out_ends_a_session_at_once_with_either_token() {
    let server = spawn_server().await;
    for by_refresh in [false, true] {
        let name = if by_refresh { "bob" } else { "alice" };
        let person = Person::arrives(&server, name).await;
        let (other, _) = tokens(&login(&server, name).await);
        let token = if by_refresh { &person.refresh } else { &person.access };
        server.get("/auth/logout").token(token).send().await.expect(200);
        whoami(&server, &person.access).await.refused(401, "session_ended");
        refresh(&server, &person.refresh).await.refused(401, "session_ended");
        let again = server.get("/auth/logout").token(token).send().await;
        again.refused(401, "session_ended");
        whoami(&server, &other).await.expect(200);
    }
}

#[tokio::test]
async fn tokens_expire() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    server.pass(Duration::from_secs(600));
    whoami(&server, &alice.access).await.expect(200);
    server.pass(Duration::from_secs(6));
    whoami(&server, &alice.access).await.refused(401, "expired_token");
    let (_, next) = tokens(&refresh(&server, &alice.refresh).await.expect(200));
    server.pass(Duration::from_secs(30 * 24 * 3600 + 6));
    refresh(&server, &next).await.refused(401, "expired_token");
}

#[tokio::test]
async fn sessions_survive_a_restart() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let server = server.restart().await;
    whoami(&server, &alice.access).await.expect(200);
    refresh(&server, &alice.refresh).await.expect(200);
}
