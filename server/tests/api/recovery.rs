//! Recovering an account whose password is forgotten.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    holder::{Holder, NEW_PASSWORD, wrapped_for_recovery},
    people::{PASSWORD, base64, kdf, login, random, told_to_wait, wrapped_keys},
    server::{Answer, TestServer, spawn_server, spawn_server_with},
};

pub async fn asks(server: &TestServer, name: &str, secret: &str) -> Answer {
    let proof = json!({ "email": name, "recovery_secret": secret });
    server.post("/auth/recovery_keys").json(&proof).send().await
}

pub async fn resets(server: &TestServer, token: &Value, seq: u64) -> Answer {
    let body = json!({
        "new_password": NEW_PASSWORD, "wrapped_keys": wrapped_keys(&kdf(), seq),
    });
    let call = server.post("/auth/reset_password").token(token.as_str().unwrap());
    call.json(&body).send().await
}

#[tokio::test]
async fn who_has_the_recovery_code_gets_the_keys_and_sets_a_new_password() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    assert_eq!(alice.own_keys(&server).await["has_recovery"], false);
    let secret = alice.sets_up_recovery(&server).await;
    assert_eq!(alice.own_keys(&server).await["has_recovery"], true);
    assert!(alice.is_signed_in(&server).await);

    let keys = asks(&server, "alice@example.org", &secret).await.expect(200);
    assert_eq!(keys["key_history"], json!(alice.history));
    assert!(keys["recovery_wrapped_keys"].is_string());
    let tokens = resets(&server, &keys["recovery_token"], 0).await.expect(200);
    assert!(!alice.is_signed_in(&server).await);
    let refresh = server.get("/auth/refresh").token(&alice.refresh).send().await;
    refresh.refused(401, "session_ended");
    let token = tokens["access_token"].as_str().unwrap();
    server.get("/auth/whoami").token(token).send().await.expect(200);
    let body = json!({ "email": "alice", "password": NEW_PASSWORD });
    server.post("/auth/login").json(&body).send().await.expect(200);
    let body = json!({ "email": "alice", "password": PASSWORD });
    server.post("/auth/login").json(&body).send().await.refused(401, "wrong_credentials");
    // The code stays good.
    asks(&server, "alice", &secret).await.expect(200);
}

#[tokio::test]
async fn a_recovery_token_is_good_once_and_for_ten_minutes() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let secret = alice.sets_up_recovery(&server).await;
    let token =
        async || asks(&server, "alice", &secret).await.expect(200)["recovery_token"].clone();
    let first = token().await;
    let second = token().await;
    // A later one takes its place.
    resets(&server, &first, 0).await.refused(401, "invalid_token");
    // A refused reset does not use it up.
    resets(&server, &second, 1).await.refused(409, "keys_changed");
    resets(&server, &second, 0).await.expect(200);
    resets(&server, &second, 0).await.refused(401, "invalid_token");

    let third = token().await;
    server.pass(Duration::from_secs(606));
    resets(&server, &third, 0).await.refused(401, "expired_token");
}

#[tokio::test]
async fn a_recovery_token_ends_with_what_it_was_given_for() {
    let server = spawn_server().await;
    let mut alice = Holder::arrives(&server, "alice").await;
    let secret = alice.sets_up_recovery(&server).await;
    let token = asks(&server, "alice", &secret).await.expect(200)["recovery_token"].clone();
    let secret = alice.sets_up_recovery(&server).await;
    resets(&server, &token, 0).await.refused(401, "invalid_token");

    let token = asks(&server, "alice", &secret).await.expect(200)["recovery_token"].clone();
    let change = json!({
        "current_password": PASSWORD, "new_password": PASSWORD,
        "wrapped_keys": wrapped_keys(&alice.kdf, 0),
    });
    let tokens = alice.posts(&server, "/auth/change_password", &change).await.expect(200);
    alice.access = tokens["access_token"].as_str().unwrap().to_owned();
    resets(&server, &token, 0).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn a_recovery_token_opens_nothing_else_and_nothing_else_opens_the_reset() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let secret = alice.sets_up_recovery(&server).await;
    let keys = asks(&server, "alice", &secret).await.expect(200);
    let token = keys["recovery_token"].as_str().unwrap();
    for path in ["/auth/whoami", "/auth/refresh", "/auth/logout", "/messaging/inbox"] {
        server.get(path).token(token).send().await.refused(401, "invalid_token");
    }
    for token in [&alice.access, &alice.refresh] {
        resets(&server, &json!(token), 0).await.refused(401, "invalid_token");
    }
}

#[tokio::test]
async fn unknown_names_no_recovery_and_a_wrong_secret_look_the_same() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    Holder::arrives(&server, "bob").await;
    let secret = alice.sets_up_recovery(&server).await;
    let wrong = base64(&random(32));
    let mut seen = Vec::new();
    for (name, secret) in [("alice", &wrong), ("bob", &secret), ("nobody", &secret)] {
        seen.push(asks(&server, name, secret).await.refused(401, "wrong_recovery"));
    }
    assert!(seen.iter().all(|answer| *answer == seen[0]));
    for secret in ["", "short", &format!("{secret}="), &format!("{secret}A")] {
        let answer = asks(&server, "alice", secret).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.pointers(), ["/recovery_secret"]);
    }
}

#[tokio::test]
async fn guessing_recovery_secrets_slows_down() {
    let server = spawn_server_with(&["--account-failures", "3", "--trusted-proxies", "127.0.0.1"]);
    let server = server.await;
    Holder::arrives(&server, "alice").await;
    let guess = async |from: &str| {
        let proof = json!({ "email": "alice", "recovery_secret": base64(&random(32)) });
        let call = server.post("/auth/recovery_keys").header("x-forwarded-for", from);
        call.json(&proof).send().await
    };
    for index in 0..3 {
        let answer = guess(&format!("198.51.100.{index}")).await;
        answer.refused(401, "wrong_recovery");
    }
    told_to_wait(&guess("198.51.100.9").await);
    login(&server, "alice").await;
}

#[tokio::test]
async fn a_recovery_is_set_up_with_the_password_and_the_current_keys_only() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let body = json!({
        "current_password": PASSWORD, "recovery_secret": base64(&random(32)),
        "recovery_wrapped_keys": wrapped_for_recovery(0),
        "wrapped_keys": wrapped_keys(&alice.kdf, 0),
    });
    let with = |member: &str, value: Value| {
        let mut body = body.clone();
        body[member] = value;
        body
    };
    let under_another_password = wrapped_keys(&kdf(), 0);
    for (member, value, status, code) in [
        ("current_password", json!(NEW_PASSWORD), 403, "wrong_password"),
        ("recovery_secret", json!("short"), 400, "invalid_request"),
        ("recovery_wrapped_keys", json!(wrapped_for_recovery(1)), 409, "keys_changed"),
        ("recovery_wrapped_keys", body["wrapped_keys"].clone(), 400, "bad_wrapped_keys"),
        ("wrapped_keys", json!(wrapped_keys(&alice.kdf, 1)), 409, "keys_changed"),
        ("wrapped_keys", json!(under_another_password), 400, "bad_wrapped_keys"),
    ] {
        let answer = alice.puts(&server, "/auth/recovery", &with(member, value)).await;
        answer.refused(status, code);
        assert_eq!(alice.own_keys(&server).await["has_recovery"], false);
    }
    alice.puts(&server, "/auth/recovery", &body).await.done();
}
