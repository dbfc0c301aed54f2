//! Deleting messages.

use serde_json::{Value, json};

use crate::{
    people::{Person, random, uuid},
    server::{Answer, TestServer, dump, spawn_server},
};

pub async fn deletes(server: &TestServer, person: &Person, message: &Value) -> Answer {
    let path = format!("/messaging/messages/{}", message["message_id"].as_str().unwrap());
    server.delete(&path).token(&person.access).send().await
}

pub async fn downloads(server: &TestServer, person: &Person, file: &str) -> u16 {
    person.reads(server, &format!("/messaging/download_file/{file}")).await.status
}

pub async fn sends_file(server: &TestServer, from: &Person, to: &[&Person], file: &str) -> Value {
    let mut message = from.message_to(to);
    message["content_type"] = "file".into();
    message["file_id"] = file.into();
    from.posts(server, &message).await.expect(200);
    message
}

#[tokio::test]
async fn a_deleted_entry_keeps_its_number_and_nothing_else() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let first = alice.sends(&server, &[&bob]).await;
    alice.sends(&server, &[&bob]).await;
    let third = alice.sends(&server, &[&bob]).await;
    deletes(&server, &bob, &first).await.done();
    let inbox = bob.inbox(&server).await;
    assert_eq!(inbox["entries"][0], json!({ "seq": 1, "deleted": true }));
    assert!(inbox["entries"][1]["message"].is_object());
    assert_eq!((&inbox["last_seq"], &inbox["version"]), (&json!(3), &json!(1)));
    deletes(&server, &bob, &first).await.refused(404, "message_not_found");

    let list = bob.reads(&server, "/messaging/conversations").await.expect(200);
    let conversation = &list["conversations"][0];
    assert_eq!(conversation["unread"], 2);
    let path = format!("/messaging/conversations/{}", conversation["id"].as_str().unwrap());
    let page = bob.reads(&server, &path).await.expect(200);
    assert_eq!(page["entries"].as_array().unwrap().len(), 2);
    deletes(&server, &bob, &third).await.done();
    let list = bob.reads(&server, "/messaging/conversations").await.expect(200);
    assert!(list["conversations"][0].get("last_message").is_none());
    assert_eq!(list["conversations"][0]["last_seq"], 3);

    // The sender's own copy stays.
    let own = alice.inbox(&server).await;
    assert!(own["entries"].as_array().unwrap().iter().all(|entry| entry["message"].is_object()));
    assert_eq!(own["version"], 0);
}

#[tokio::test]
async fn the_last_copy_takes_the_envelope_and_the_file_along() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    let file = alice.uploads(&server, random(5 << 20)).await;
    let message = sends_file(&server, &alice, &[&bob, &carol], &file).await;
    assert_eq!(server.objects().len(), 2);
    deletes(&server, &alice, &message).await.done();
    deletes(&server, &bob, &message).await.done();
    assert_eq!(downloads(&server, &bob, &file).await, 404);
    assert_eq!(downloads(&server, &carol, &file).await, 200);
    deletes(&server, &carol, &message).await.done();
    for person in [&alice, &carol] {
        assert_eq!(downloads(&server, person, &file).await, 404);
    }
    assert_eq!(server.objects().len(), 0);

    // Of the message that stays there is something on disk, of the other there is nothing.
    let kept = alice.sends(&server, &[&bob]).await;
    server.server.stop().await;
    let database = dump(&server.folder, server.database.as_deref());
    let is_there = |message: &Value| {
        let text = message["envelope"]["ciphertext"].as_str().unwrap().as_bytes();
        database.windows(64).any(|bytes| bytes == &text[..64])
    };
    assert!(is_there(&kept));
    assert!(!is_there(&message));
}

#[tokio::test]
async fn a_file_stays_as_long_as_a_message_names_it() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let file = alice.uploads(&server, random(1000)).await;
    let first = sends_file(&server, &alice, &[&bob], &file).await;
    let second = sends_file(&server, &alice, &[&alice], &file).await;
    for person in [&alice, &bob] {
        deletes(&server, person, &first).await.done();
    }
    assert_eq!(downloads(&server, &alice, &file).await, 200);
    assert_eq!(downloads(&server, &bob, &file).await, 404);
    deletes(&server, &alice, &second).await.done();
    assert_eq!(server.objects().len(), 0);
}

#[tokio::test]
async fn a_message_that_is_gone_is_not_sent_again() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let message = alice.sends(&server, &[&bob]).await;
    for person in [&alice, &bob] {
        deletes(&server, person, &message).await.done();
    }
    alice.posts(&server, &message).await.expect(200);
    for person in [&alice, &bob] {
        let inbox = person.inbox(&server).await;
        assert_eq!(inbox["entries"], json!([{ "seq": 1, "deleted": true }]));
    }
    let mut other = alice.message_to(&[&bob]);
    other["message_id"] = message["message_id"].clone();
    alice.posts(&server, &other).await.refused(409, "message_id_taken");
}

#[tokio::test]
async fn everybody_deleting_at_once_leaves_nothing() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    let file = alice.uploads(&server, random(1000)).await;
    let message = sends_file(&server, &alice, &[&bob, &carol], &file).await;
    // Each one twice.
    let people = [&alice, &bob, &carol, &alice, &bob, &carol];
    let deleting = people.map(|person| deletes(&server, person, &message));
    let answers = futures_util::future::join_all(deleting).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 3);
    assert_eq!(answers.iter().filter(|answer| answer.status == 404).count(), 3);
    assert_eq!(server.objects().len(), 0);
}

#[tokio::test]
async fn nobody_deletes_the_messages_of_others() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    let message = alice.sends(&server, &[&bob]).await;
    deletes(&server, &carol, &message).await.refused(404, "message_not_found");
    let unknown = json!({ "message_id": uuid() });
    deletes(&server, &carol, &unknown).await.refused(404, "message_not_found");
    assert_eq!(carol.inbox(&server).await["version"], 0);
    assert!(bob.inbox(&server).await["entries"][0]["message"].is_object());
}
