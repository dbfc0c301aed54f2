//! Rotating keys.

use serde_json::{Value, json};

use crate::{
    holder::{Holder, NEW_PASSWORD, wrapped_for_recovery},
    people::{Keys, Person, claims, hash, kdf, login, register, statement, wrapped_keys},
    server::spawn_server,
};

const PATH: &str = "/auth/keys";

#[tokio::test]
async fn a_rotation_extends_the_history_and_is_seen_by_all() {
    let server = spawn_server().await;
    let mut alice = Holder::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let before = alice.person();
    let id = server.get("/auth/whoami").token(&alice.access).send().await.expect(200)["id"].clone();
    for _ in 0..3 {
        alice.rotates(&server).await;
    }
    let own = alice.own_keys(&server).await;
    assert_eq!(own["key_history"], json!(alice.history));
    let seen = bob.reads(&server, &format!("/users/{}", id.as_str().unwrap())).await.expect(200);
    assert_eq!(seen["key_history"], json!(alice.history));
    assert_eq!(login(&server, "alice").await["wrapped_keys"], own["wrapped_keys"]);
    let inbox = server.get("/messaging/inbox").token(&alice.access).send().await.expect(200);
    assert_eq!(inbox["version"], 3);

    let stale = bob.posts(&server, &bob.message_to(&[&before])).await;
    stale.refused(409, "recipients_mismatch");
    assert_eq!(stale.pointers()[0], "/receiver_email");
    bob.sends(&server, &[&alice.person()]).await;
}

#[tokio::test]
async fn of_two_devices_that_rotate_at_once_one_does() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let [one, two] = [Keys::generate(), Keys::generate()];
    let (first, second) = (alice.rotation(&one), alice.rotation(&two));
    let (first_answer, second_answer) =
        tokio::join!(alice.puts(&server, PATH, &first), alice.puts(&server, PATH, &second));
    let (refused, winner) = if first_answer.status == 204 {
        (second_answer, &first)
    } else {
        second_answer.done();
        (first_answer, &second)
    };
    refused.refused(409, "stale_history");
    let own = alice.own_keys(&server).await;
    assert_eq!(own["key_history"][1], winner["statement"]);
    assert_eq!(own["wrapped_keys"], winner["wrapped_keys"]);
    // Later it is not different, even for the same statement.
    alice.puts(&server, PATH, winner).await.refused(409, "stale_history");
}

#[tokio::test]
async fn sending_and_rotating_at_once_leaves_nothing_sealed_to_an_old_key() {
    let server = spawn_server().await;
    let mut alice = Holder::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let old = alice.person();
    let messages: Vec<Value> = (0..40).map(|_| bob.message_to(&[&old])).collect();
    let sending =
        futures_util::future::join_all(messages.iter().map(|message| bob.posts(&server, message)));
    let (answers, ()) = tokio::join!(sending, alice.rotates(&server));
    let delivered = answers.iter().filter(|answer| answer.status == 200).count();
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.refused(409, "recipients_mismatch");
    }
    let inbox = server.get("/messaging/inbox?limit=200").token(&alice.access).send().await;
    assert_eq!(inbox.expect(200)["last_seq"], delivered);
    bob.posts(&server, &bob.message_to(&[&old])).await.refused(409, "recipients_mismatch");
}

#[tokio::test]
async fn a_statement_that_does_not_follow_is_refused() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let bob = Holder::arrives(&server, "bob").await;
    let next = Keys::generate();
    let mut body = alice.rotation(&next);
    let prev = hash(&crate::holder::decoded(&alice.history[0]));
    let following = |username: &str, seq: u64, prev: &str, signers: &[&Keys]| {
        statement(&claims(username, seq, Some(prev), &next), signers)
    };
    let both = [&next, &alice.keys];
    for (statement, code) in [
        (following("alice", 1, &prev, &[&next]), "bad_history"),
        (following("alice", 1, &prev, &[&alice.keys, &next]), "bad_history"),
        (following("alice", 1, &prev, &[&next, &bob.keys]), "bad_history"),
        (following("alice", 1, &hash(b"another"), &both), "bad_history"),
        (following("alice", 2, &prev, &both), "bad_history"),
        (following("bob", 1, &prev, &both), "wrong_subject"),
        (json!({ "payload": "x", "signatures": [] }), "bad_history"),
        (json!("statement"), "bad_history"),
        (
            statement(&claims("alice", 1, Some(&prev), &alice.keys), &[&alice.keys, &alice.keys]),
            "bad_history",
        ),
    ] {
        body["statement"] = statement;
        let answer = alice.puts(&server, PATH, &body).await;
        answer.refused(400, code);
        assert!(answer.pointers()[0].starts_with("/statement"), "{:?}", answer.pointers());
    }
    // The keys of somebody else, well signed.
    let theirs = statement(&claims("alice", 1, Some(&prev), &bob.keys), &[&bob.keys, &alice.keys]);
    body["statement"] = theirs;
    alice.puts(&server, PATH, &body).await.refused(409, "key_in_use");
    body["statement"] = alice.history[0].clone();
    alice.puts(&server, PATH, &body).await.refused(409, "stale_history");
    assert_eq!(alice.own_keys(&server).await["key_history"], json!(alice.history));
    alice.puts(&server, PATH, &alice.rotation(&next)).await.done();
}

#[tokio::test]
async fn wrapped_keys_must_fit_the_statement_and_the_password() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let next = Keys::generate();
    for (wrapped, status, code) in [
        (wrapped_keys(&alice.kdf, 0), 409, "keys_changed"),
        (wrapped_keys(&alice.kdf, 2), 409, "keys_changed"),
        (wrapped_keys(&kdf(), 1), 400, "bad_wrapped_keys"),
        (wrapped_for_recovery(1), 400, "bad_wrapped_keys"),
    ] {
        let mut body = alice.rotation(&next);
        body["wrapped_keys"] = wrapped.into();
        let answer = alice.puts(&server, PATH, &body).await;
        answer.refused(status, code);
        assert_eq!(answer.pointers(), ["/wrapped_keys"]);
    }
    let mut body = alice.rotation(&next);
    body["current_password"] = NEW_PASSWORD.into();
    alice.puts(&server, PATH, &body).await.refused(403, "wrong_password");
}

#[tokio::test]
async fn a_rotation_remakes_the_copy_under_the_recovery_code_where_there_is_one() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let next = Keys::generate();
    let mut body = alice.rotation(&next);
    body["recovery_wrapped_keys"] = wrapped_for_recovery(1).into();
    let answer = alice.puts(&server, PATH, &body).await;
    answer.refused(400, "invalid_request");
    assert_eq!(answer.pointers(), ["/recovery_wrapped_keys"]);

    let secret = alice.sets_up_recovery(&server).await;
    let answer = alice.puts(&server, PATH, &alice.rotation(&next)).await;
    answer.refused(400, "invalid_request");
    assert_eq!(answer.pointers(), ["/recovery_wrapped_keys"]);
    body["recovery_wrapped_keys"] = wrapped_for_recovery(0).into();
    alice.puts(&server, PATH, &body).await.refused(409, "keys_changed");
    body["recovery_wrapped_keys"] = wrapped_for_recovery(1).into();
    alice.puts(&server, PATH, &body).await.done();

    let proof = json!({ "email": "alice", "recovery_secret": secret });
    let keys = server.post("/auth/recovery_keys").json(&proof).send().await.expect(200);
    assert_eq!(keys["recovery_wrapped_keys"], body["recovery_wrapped_keys"]);
}

#[tokio::test]
async fn an_account_without_keys_has_none_to_rotate() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let body =
        json!({ "username": "bob", "email": "b@example.org", "password": crate::people::PASSWORD });
    register(&server, &body).await.expect(201);
    let signed_in = login(&server, "bob").await;
    let token = signed_in["access_token"].as_str().unwrap();
    let body = alice.rotation(&Keys::generate());
    server.put(PATH).token(token).json(&body).send().await.refused(409, "stale_history");
}
