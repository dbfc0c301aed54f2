//! Files that nobody needs any more, and what a crash left behind.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    people::{Person, login, random, uuid},
    server::{TestServer, spawn_server, spawn_server_in_postgres},
    tus::{download, makes_upload},
    waiting::until,
};

fn naming(alice: &Person, file: &str) -> Value {
    let mut message = alice.message_to(&[alice]);
    message["content_type"] = "file".into();
    message["file_id"] = file.into();
    message
}

async fn signed_in_again(server: &TestServer, alice: Person) -> Person {
    let tokens = login(server, "alice").await;
    Person { access: tokens["access_token"].as_str().unwrap().to_owned(), ..alice }
}

#[tokio::test]
async fn a_file_that_is_just_being_named_stays_and_one_that_goes_cannot_be_named() {
    // Two nodes sweep all the time, and each file expires while it is being named.
    let all_the_time = ["--sweep-ms", "1"];
    let server = spawn_server_in_postgres(&all_the_time).await;
    let other_node = server.another_node_with(&all_the_time).await;
    let alice = Person::arrives(&server, "alice").await;
    const SECOND: Duration = Duration::from_secs(1);
    let mut files = Vec::new();
    for _ in 0..20 {
        files.push(alice.uploads(&server, random(10)).await);
        server.pass(SECOND);
    }
    server.pass(Duration::from_secs(24 * 3600) - SECOND * 20);
    let alice = signed_in_again(&server, alice).await;
    let begun = Instant::now();
    alice.sends(&server, &[&alice]).await;
    let usual = begun.elapsed();
    let (mut named, mut gone) = (0, 0);
    for (index, file) in (0..).zip(&files) {
        let message = naming(&alice, file);
        let expiring = async {
            tokio::time::sleep(usual * index / 12).await;
            server.pass(SECOND);
        };
        let sending = alice.posts(&server, &message);
        let answer = match index {
            // The first has expired before, the last expires afterwards.
            0 => {
                expiring.await;
                sending.await
            }
            19 => {
                let answer = sending.await;
                expiring.await;
                answer
            }
            _ => tokio::join!(sending, expiring).0,
        };
        if answer.status == 200 {
            named += 1;
        } else {
            gone += 1;
            answer.refused(404, "file_not_found");
        }
        until(async || server.objects().len() == files.len() - gone).await;
        if answer.status == 200 {
            assert_eq!(download(&server, &alice, file).await.len(), 10);
        }
    }
    assert!(named > 0 && gone > 0, "{named} named, {gone} gone");
    other_node.server.stop().await;
}

#[tokio::test]
async fn a_file_removed_while_it_is_being_named_is_either_removed_or_named() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    for _ in 0..20 {
        let file = alice.uploads(&server, random(10)).await;
        let message = naming(&alice, &file);
        let path = format!("/files/{file}");
        let removing = server.delete(&path).token(&alice.access);
        let (sent, removed) = tokio::join!(alice.posts(&server, &message), removing.send());
        match sent.status {
            200 => {
                removed.refused(409, "file_in_use");
                assert_eq!(download(&server, &alice, &file).await.len(), 10);
            }
            _ => {
                sent.refused(404, "file_not_found");
                removed.done();
            }
        }
    }
}

fn leave_object(server: &TestServer, file: &str, name: &str) -> std::path::PathBuf {
    let folder = server.files().join(file);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), "what a crash left").unwrap();
    folder.join(name)
}

fn exists(path: &Path) -> bool {
    path.try_exists().unwrap()
}

#[tokio::test]
async fn objects_that_a_crash_left_are_swept_once_nobody_can_still_record_them() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let file = alice.uploads(&server, random(10)).await;
    alice.posts(&server, &naming(&alice, &file)).await.expect(200);
    let beside = leave_object(&server, &file, "000000000000-left");
    let alone = leave_object(&server, &uuid(), "000000000000-left");
    let foreign = leave_object(&server, "not-ours", "notes.txt");

    let server = server.restart().await;
    // The upload is made after the sweep has begun; its turn is over when the next one begins.
    makes_upload(&server, &alice, 10).await;
    assert!(exists(&beside) && exists(&alone), "they may still be recorded");
    server.pass(Duration::from_secs(26 * 3600));
    let server = server.restart().await;
    until(async || !exists(&beside) && !exists(&alone)).await;
    assert!(exists(&foreign));
    let alice = signed_in_again(&server, alice).await;
    assert_eq!(download(&server, &alice, &file).await.len(), 10);
}

#[tokio::test]
async fn the_last_copy_of_a_message_takes_the_file_along() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let file = alice.uploads(&server, random(10)).await;
    let mut messages = Vec::new();
    for _ in 0..2 {
        let mut message = alice.message_to(&[&bob]);
        message["content_type"] = "file".into();
        message["file_id"] = file.as_str().into();
        alice.posts(&server, &message).await.expect(200);
        messages.push(format!("/messaging/messages/{}", message["message_id"].as_str().unwrap()));
    }
    let mut left = 4;
    for path in &messages {
        for person in [&alice, &bob] {
            assert_eq!(download(&server, &alice, &file).await.len(), 10);
            server.delete(path).token(&person.access).send().await.done();
            left -= 1;
            assert_eq!(server.objects().len(), usize::from(left > 0));
        }
    }
    let path = format!("/messaging/download_file/{file}");
    alice.reads(&server, &path).await.refused(404, "file_not_found");
    assert_eq!(
        server.head(&format!("/files/{file}")).token(&alice.access).send().await.status,
        404
    );
}

#[tokio::test]
async fn a_closed_account_that_cannot_be_erased_does_not_keep_the_others() {
    let server = spawn_server().await;
    for name in ["alice", "bob"] {
        let person = Person::arrives(&server, name).await;
        person.sends(&server, &[&person]).await;
    }
    // Both were closed and not erased yet, and what alice has is broken.
    server.spoil("UPDATE accounts SET email = NULL, is_active = 0");
    server.spoil("DELETE FROM messages WHERE sender = 1");
    let server = server.restart().await;
    until(async || server.number("SELECT COUNT(*) AS it FROM threads").await == 1).await;
    assert_eq!(server.number("SELECT MAX(account) AS it FROM entries").await, 1);
}
