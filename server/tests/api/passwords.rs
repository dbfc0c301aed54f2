//! Changing the password.

use serde_json::{Value, json};

use crate::{
    holder::{Holder, NEW_PASSWORD},
    people::{Keys, PASSWORD, Person, kdf, login, new_keys, register, told_to_wait, wrapped_keys},
    server::{Answer, TestServer, spawn_server, spawn_server_with},
};

const PATH: &str = "/auth/change_password";

fn change(seq: u64) -> Value {
    json!({
        "current_password": PASSWORD, "new_password": NEW_PASSWORD,
        "wrapped_keys": wrapped_keys(&kdf(), seq),
    })
}

async fn login_with(server: &TestServer, password: &str) -> Answer {
    let body = json!({ "email": "alice", "password": password });
    server.post("/auth/login").json(&body).send().await
}

#[tokio::test]
async fn a_new_password_ends_every_session_but_the_one_that_it_starts() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let other = login(&server, "alice").await;
    let mut events = server.get("/messaging/events").token(&alice.access).open().await;
    assert!(events.chunk().await.unwrap().is_some());
    let body = change(0);
    let tokens = alice.posts(&server, PATH, &body).await.expect(200);

    for dead in [&alice.access, other["access_token"].as_str().unwrap()] {
        server.get("/auth/whoami").token(dead).send().await.refused(401, "session_ended");
    }
    for dead in [&alice.refresh, other["refresh_token"].as_str().unwrap()] {
        server.get("/auth/refresh").token(dead).send().await.refused(401, "session_ended");
    }
    assert_eq!(events.chunk().await.unwrap(), None);
    let token = tokens["access_token"].as_str().unwrap();
    server.get("/auth/whoami").token(token).send().await.expect(200);
    let token = tokens["refresh_token"].as_str().unwrap();
    server.get("/auth/refresh").token(token).send().await.expect(200);

    login_with(&server, PASSWORD).await.refused(401, "wrong_credentials");
    let signed_in = login_with(&server, NEW_PASSWORD).await.expect(200);
    assert_eq!(signed_in["wrapped_keys"], body["wrapped_keys"]);
    assert_eq!(signed_in["key_history"], json!(alice.history));
}

#[tokio::test]
async fn a_wrong_current_password_changes_nothing() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let mut body = change(0);
    body["current_password"] = NEW_PASSWORD.into();
    alice.posts(&server, PATH, &body).await.refused(403, "wrong_password");
    assert!(alice.is_signed_in(&server).await);
    login_with(&server, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_stolen_session_does_not_guess_the_password() {
    let server = spawn_server_with(&["--account-failures", "3"]).await;
    let alice = Holder::arrives(&server, "alice").await;
    let mut body = change(0);
    body["current_password"] = "a wrong password".into();
    for _ in 0..3 {
        alice.posts(&server, PATH, &body).await.refused(403, "wrong_password");
    }
    told_to_wait(&alice.posts(&server, PATH, &body).await);
    told_to_wait(&alice.posts(&server, PATH, &change(0)).await);
    // It does not keep the owner from signing in.
    login_with(&server, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn the_keys_must_come_along() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let mut body = change(0);
    body.as_object_mut().unwrap().remove("wrapped_keys");
    let answer = alice.posts(&server, PATH, &body).await;
    answer.refused(400, "invalid_request");
    assert_eq!(answer.pointers(), ["/wrapped_keys"]);

    let answer = alice.posts(&server, PATH, &change(1)).await;
    answer.refused(409, "keys_changed");
    assert_eq!(answer.pointers(), ["/wrapped_keys"]);

    body["wrapped_keys"] = "x".into();
    alice.posts(&server, PATH, &body).await.refused(400, "bad_wrapped_keys");
    body["keys"] = new_keys("alice", &Keys::generate());
    let answer = alice.posts(&server, PATH, &body).await;
    answer.refused(400, "invalid_request");
    assert_eq!(answer.pointers(), ["/keys"]);
    body.as_object_mut().unwrap().remove("wrapped_keys");
    alice.posts(&server, PATH, &body).await.refused(409, "keys_changed");
    assert!(alice.is_signed_in(&server).await);
    login_with(&server, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn an_account_without_keys_gets_its_first_with_a_new_password() {
    let server = spawn_server().await;
    let bob = Holder::arrives(&server, "bob").await;
    let body = json!({ "username": "alice", "email": "alice@example.org", "password": PASSWORD });
    register(&server, &body).await.expect(201);
    let token = async |password: &str| {
        let signed_in = login_with(&server, password).await.expect(200);
        signed_in["access_token"].as_str().unwrap().to_owned()
    };
    let post =
        async |token: &str, body: &Value| server.post(PATH).token(token).json(body).send().await;
    let access = token(PASSWORD).await;
    post(&access, &change(0)).await.refused(409, "keys_changed");
    let plain = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    post(&access, &plain).await.expect(200);

    let access = token(NEW_PASSWORD).await;
    let mut body = json!({ "current_password": NEW_PASSWORD, "new_password": PASSWORD });
    body["keys"] = new_keys("bob", &Keys::generate());
    post(&access, &body).await.refused(400, "wrong_subject");
    body["keys"] = new_keys("alice", &bob.keys);
    post(&access, &body).await.refused(409, "key_in_use");
    let keys = Keys::generate();
    body["keys"] = new_keys("alice", &keys);
    post(&access, &body).await.expect(200);

    let access = token(PASSWORD).await;
    let own = server.get("/auth/keys").token(&access).send().await.expect(200);
    assert_eq!(own["key_history"], body["keys"]["history"]);
    let inbox = server.get("/messaging/inbox").token(&access).send().await.expect(200);
    assert_eq!(inbox["version"], 1);
    let mut alice = bob.person();
    (alice.email, alice.enc_kid) = ("alice".to_owned(), keys.enc_kid());
    bob.person().sends(&server, &[&alice]).await;
}

#[tokio::test]
async fn of_two_devices_that_change_the_password_at_once_one_does() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let other = login(&server, "alice").await;
    let bodies = [change(0), change(0)];
    let [mut first, mut second] = bodies;
    first["new_password"] = "the password of one device".into();
    second["new_password"] = "the password of the other".into();
    let token = other["access_token"].as_str().unwrap();
    let (one, two) = tokio::join!(
        alice.posts(&server, PATH, &first),
        server.post(PATH).token(token).json(&second).send(),
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200, "{one:?} {two:?}");
    assert!([401, 403].contains(&statuses[1]), "{one:?} {two:?}");
    let winner = if one.status == 200 { &first } else { &second };
    let password = winner["new_password"].as_str().unwrap();
    let signed_in = login_with(&server, password).await.expect(200);
    assert_eq!(signed_in["wrapped_keys"], winner["wrapped_keys"]);
}

#[tokio::test]
async fn signing_in_with_the_old_password_at_that_moment_leaves_no_session() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let body = change(0);
    let signing_in = futures_util::future::join_all(
        (0..40).map(|_| async { login_with(&server, PASSWORD).await }),
    );
    let (answers, changed) = tokio::join!(signing_in, alice.posts(&server, PATH, &body));
    let tokens = changed.expect(200);
    for answer in answers {
        if answer.status != 200 {
            answer.refused(401, "wrong_credentials");
            continue;
        }
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        server.get("/auth/whoami").token(&token).send().await.refused(401, "session_ended");
    }
    let token = tokens["access_token"].as_str().unwrap();
    let list = server.get("/auth/sessions").token(token).send().await.expect(200);
    assert_eq!(list["sessions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_new_password_is_held_against_the_same_rules() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let hashes = server.server.password_hashes();
    for password in ["short", &"x".repeat(257)] {
        let mut body = change(0);
        body["new_password"] = password.into();
        let answer = alice.posts(&server, PATH, &body).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.pointers(), ["/new_password"]);
    }
    assert_eq!(server.server.password_hashes(), hashes);
    let bob = Person::arrives(&server, "bob").await;
    server
        .post(PATH)
        .token(&bob.refresh)
        .json(&change(0))
        .send()
        .await
        .refused(401, "invalid_token");
}
