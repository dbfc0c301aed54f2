//! What is wrong with a request in itself, which every operation of the document says alike.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::{
    holder::{Holder, NEW_PASSWORD, wrapped_for_recovery},
    operations::{Operation, operations},
    people::{Keys, PASSWORD, base64, login, new_keys, register, told_to_wait, uuid, wrapped_keys},
    reached,
    rights::recovering,
    server::{Call, TestServer, spawn_server, spawn_server_with},
    staff::printed,
    wire::{connect, read_to_end},
};

/// A member of staff with a token of each kind.
struct Caller(Holder, Value);

impl Caller {
    async fn arrives(server: &TestServer) -> Self {
        let (alice, recovery) = recovering(server, "alice").await;
        printed(server, &["grant", "alice"]);
        Self(alice, recovery)
    }

    /// The token that an operation takes, if any.
    fn token(&self, operation: &Operation) -> &str {
        let takes = |kind: &str| operation.takes.iter().any(|taken| taken == kind);
        match () {
            () if takes("access_token") => &self.0.access,
            () if takes("recovery_token") => self.1.as_str().unwrap(),
            () if takes("refresh_token") => &self.0.refresh,
            () => "",
        }
    }

    /// A request without a body.
    fn call(&self, server: &TestServer, operation: &Operation, query: &str) -> Call {
        let path = operation.path.split('/');
        let id = uuid();
        let path = path.map(|part| if part.starts_with('{') { id.as_str() } else { part });
        let path = path.collect::<Vec<_>>().join("/") + query;
        let call = server.call(operation.method.clone(), &path);
        match self.token(operation) {
            "" => call,
            token => call.token(token),
        }
    }
}

fn takes_json(operation: &Operation) -> bool {
    operation.media_types.iter().any(|media_type| media_type == "application/json")
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_alike_by_every_operation() {
    let server = spawn_server().await;
    let alice = Caller::arrives(&server).await;
    for operation in operations() {
        let call = |query: &str| alice.call(&server, &operation, query);
        let refused = async |call: Call, status: u16, code: &str| {
            operation.refused(&call.send().await, status, code, "alice");
        };
        refused(call("?page=1&page=2"), 400, "invalid_parameter").await;
        if !operation.media_types.is_empty() {
            let compressed = call("").header("content-encoding", "gzip");
            refused(compressed.body("x"), 415, "unsupported_encoding").await;
        }
        if takes_json(&operation) {
            refused(call("").raw("{"), 400, "malformed_json").await;
            refused(call("").json(&json!({ "role": "staff" })), 400, "invalid_request").await;
            refused(call("").body("{}"), 415, "unsupported_media_type").await;
            refused(call("").raw(" ".repeat(3 << 20)), 413, "body_too_large").await;
        }
        if operation.path.starts_with("/files") && operation.id != "upload_options" {
            let concatenating = call("").header("upload-concat", "partial");
            let concatenating = concatenating.header("upload-length", "5");
            let concatenating = concatenating.header("upload-offset", "0");
            let concatenating =
                concatenating.header("content-type", "application/offset+octet-stream");
            refused(concatenating.body("bytes"), 400, "unsupported_tus_extension").await;
        }
    }
    assert!(alice.0.is_signed_in(&server).await);
}

#[tokio::test]
async fn a_body_that_does_not_come_to_its_end_is_refused_by_every_operation() {
    let server = spawn_server_with(&["--body-timeout-ms", "300"]).await;
    let alice = Caller::arrives(&server).await;
    let upload = crate::tus::makes_upload(&server, &alice.0.person(), 100).await;
    let operations: Vec<_> =
        operations().into_iter().filter(|operation| !operation.media_types.is_empty()).collect();
    for (framing, status, code) in [
        ("content-length: 100\r\n\r\n", 408, "request_timeout"),
        ("transfer-encoding: chunked\r\n\r\nno number\r\n", 400, "unreadable_body"),
    ] {
        let asking = operations.iter().map(async |operation| {
            let (method, path) = (&operation.method, operation.path.split('/'));
            let path = path.map(|part| if part.starts_with('{') { &upload } else { part });
            let path = path.collect::<Vec<_>>().join("/");
            let (token, media_type) = (alice.token(operation), &operation.media_types[0]);
            let head = format!(
                "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
                 content-type: {media_type}\r\nupload-length: 100\r\nupload-offset: 0\r\n{framing}"
            );
            let mut stream = connect(&server).await;
            stream.write_all(head.as_bytes()).await.unwrap();
            let answer = read_to_end(&mut stream).await;
            let said = format!(r#""code":"{code}""#);
            let is_said = answer.starts_with(&format!("HTTP/1.1 {status}"));
            assert!(is_said && answer.contains(&said), "{}: {answer}", operation.id);
            reached::note(&operation.id, status, code);
        });
        join_all(asking).await;
    }
}

#[tokio::test]
async fn keys_are_looked_at_wherever_they_come() {
    let server = spawn_server().await;
    let (_, recovery) = recovering(&server, "alice").await;
    let reset = json!({ "new_password": NEW_PASSWORD, "wrapped_keys": "no.keys" });
    let call = server.post("/auth/reset_password").token(recovery.as_str().unwrap());
    call.json(&reset).send().await.refused(400, "bad_wrapped_keys");

    let body = json!({ "username": "bob", "email": "bob@example.org", "password": PASSWORD });
    register(&server, &body).await.expect(201);
    let bob = login(&server, "bob").await;
    let mut keys = new_keys("bob", &Keys::generate());
    keys["history"][0]["signatures"][0]["signature"] = base64(&[0; 256]).into();
    let change =
        json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD, "keys": keys });
    let call = server.post("/auth/change_password").token(bob["access_token"].as_str().unwrap());
    call.json(&change).send().await.refused(400, "bad_history");
}

#[tokio::test]
async fn a_stolen_session_guesses_the_password_nowhere() {
    let server = spawn_server_with(&["--account-failures", "3"]).await;
    let alice = Holder::arrives(&server, "alice").await;
    let wrong = json!({ "current_password": "a wrong password" });
    for _ in 0..3 {
        alice.posts(&server, "/auth/export", &wrong).await.refused(403, "wrong_password");
    }
    // What is right waits as well, wherever it is asked.
    let current = json!({ "current_password": PASSWORD });
    told_to_wait(&alice.posts(&server, "/auth/export", &current).await);
    told_to_wait(&alice.posts(&server, "/auth/delete_account", &current).await);
    let rotation = alice.rotation(&Keys::generate());
    told_to_wait(&alice.puts(&server, "/auth/keys", &rotation).await);
    let recovery = json!({
        "current_password": PASSWORD, "recovery_secret": base64(&[7; 32]),
        "recovery_wrapped_keys": wrapped_for_recovery(0),
        "wrapped_keys": wrapped_keys(&alice.kdf, 0),
    });
    told_to_wait(&alice.puts(&server, "/auth/recovery", &recovery).await);
}
