//! What is done at once comes out as if it had been done one after the other.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use serde_json::json;
use sqlx::{AnyConnection, Connection};

use crate::{
    cluster,
    deletion::{deletes, downloads, sends_file},
    holder::Holder,
    people::{Keys, PASSWORD, Person, new_keys, random, register},
    reading::{conversation, marks},
    recovery::{asks, resets},
    server::{spawn_server, spawn_server_with},
    waiting::until,
};

/// How many of the statuses are `wanted`.
fn count(statuses: &[u16], wanted: u16) -> usize {
    statuses.iter().filter(|status| **status == wanted).count()
}

#[tokio::test]
async fn a_recovery_token_used_ten_times_at_once_is_good_once() {
    let server = spawn_server().await;
    let alice = Holder::arrives(&server, "alice").await;
    let secret = alice.sets_up_recovery(&server).await;
    let token = asks(&server, "alice", &secret).await.expect(200)["recovery_token"].clone();
    let answers = join_all((0..10).map(|_| resets(&server, &token, 0))).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!((count(&statuses, 200), count(&statuses, 401)), (1, 9), "{statuses:?}");
}

#[tokio::test]
async fn a_key_that_two_register_at_once_is_one_accounts() {
    let server = spawn_server().await;
    let keys = Keys::generate();
    let registering = ["alice", "bob"].map(|name| {
        let (server, keys) = (&server, new_keys(name, &keys));
        let email = format!("{name}@example.org");
        async move {
            let account =
                json!({ "username": name, "email": email, "password": PASSWORD, "keys": keys });
            register(server, &account).await
        }
    });
    let answers = join_all(registering).await;
    let (refused, registered): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 409);
    assert_eq!((refused.len(), registered.len()), (1, 1));
    refused[0].refused(409, "key_in_use");
}

#[tokio::test]
async fn uploads_at_once_do_not_pass_the_quota_together() {
    let server = spawn_server_with(&["--max-account-file-bytes", "5000"]).await;
    let alice = Person::arrives(&server, "alice").await;
    let uploading = (0..20).map(|_| {
        let upload = server.post("/files").token(&alice.access).header("upload-length", "1000");
        upload.body(random(1000)).send()
    });
    let statuses: Vec<u16> = join_all(uploading).await.iter().map(|answer| answer.status).collect();
    assert_eq!((count(&statuses, 201), count(&statuses, 413)), (5, 15), "{statuses:?}");
}

#[tokio::test]
async fn a_mark_does_not_go_back_when_two_devices_read_at_once() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let receivers = [&bob];
    join_all((0..40).map(|_| alice.sends(&server, &receivers))).await;
    let id = conversation(&server, &bob).await["id"].clone();
    for step in 0..4 {
        let marking = (1..=10).rev().map(|offset| marks(&server, &bob, &id, step * 10 + offset));
        join_all(marking).await.iter().for_each(|answer| answer.done());
        assert_eq!(conversation(&server, &bob).await["unread"], 30 - step * 10);
    }
}

#[tokio::test]
async fn a_file_that_is_named_while_it_goes_is_there_or_refused() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    for _ in 0..8 {
        let file = alice.uploads(&server, random(100)).await;
        let first = sends_file(&server, &alice, &[&alice], &file).await;
        let mut second = alice.message_to(&[&alice]);
        second["content_type"] = "file".into();
        second["file_id"] = file.as_str().into();
        let (deleted, named) =
            tokio::join!(deletes(&server, &alice, &first), alice.posts(&server, &second));
        deleted.done();
        if named.status == 200 {
            assert_eq!(downloads(&server, &alice, &file).await, 200);
            deletes(&server, &alice, &second).await.done();
        } else {
            named.refused(404, "file_not_found");
        }
        assert_eq!(downloads(&server, &alice, &file).await, 404);
    }
    assert_eq!(server.objects().len(), 0);
}

#[tokio::test]
async fn who_reads_while_others_write_never_sees_a_gap() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    let done = AtomicBool::new(false);
    let writing = async {
        for _ in 0..5 {
            let pairs = [(&alice, &bob), (&bob, &carol), (&carol, &alice), (&alice, &carol)];
            let sending = pairs.map(|(from, to)| async {
                from.sends(&server, &[to]).await;
                from.sends(&server, &[&alice, &bob, &carol]).await;
            });
            join_all(sending).await;
        }
        done.store(true, Ordering::Relaxed);
    };
    let reading = async {
        let mut after = 0;
        let mut is_last = false;
        while !is_last {
            is_last = done.load(Ordering::Relaxed);
            let path = format!("/messaging/inbox?after={after}&limit=200");
            let page = alice.reads(&server, &path).await.expect(200);
            for entry in page["entries"].as_array().unwrap() {
                assert_eq!(entry["seq"], after + 1);
                after += 1;
            }
        }
        after
    };
    let ((), seen) = tokio::join!(writing, reading);
    assert_eq!(seen, 5 * 7);
}

#[tokio::test]
#[ignore = "needs Postgres: PLI_TEST_DATABASE=postgres"]
async fn a_transaction_that_ends_a_deadlock_is_run_again() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let url = server.database.as_ref().unwrap().0.clone();
    let lock = "UPDATE mailboxes SET version = version WHERE account = $1";
    let message = alice.message_to(&[&bob]);
    until(async || {
        let mut other = AnyConnection::connect(&url).await.unwrap();
        // Only the server looks why it waits.
        sqlx::query("SET deadlock_timeout = '1min'").execute(&mut other).await.unwrap();
        let mut hold = other.begin().await.unwrap();
        sqlx::query(lock).bind(2_i64).execute(&mut *hold).await.unwrap();
        let locking = async {
            // The server holds alice's mailbox and waits for bob's.
            let waiting = "SELECT COUNT(*) AS it FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
            until(async || cluster::number(&url, waiting).await > 0).await;
            sqlx::query(lock).bind(1_i64).execute(&mut *hold).await.unwrap();
            hold.rollback().await.unwrap();
        };
        let begun = Instant::now();
        let (answer, ()) = tokio::join!(alice.posts(&server, &message), locking);
        if answer.status != 200 {
            // It has looked before there was a deadlock, and waited for as long as it does.
            answer.refused(503, "unavailable");
            assert!(begun.elapsed() >= Duration::from_secs(5));
        }
        answer.status == 200
    })
    .await;
    assert_eq!(bob.inbox(&server).await["last_seq"], 1);
    let deadlocks = "SELECT deadlocks AS it FROM pg_stat_database
         WHERE datname = current_database()";
    until(async || cluster::number(&url, deadlocks).await > 0).await;
}
