//! Read marks.

use serde_json::{Value, json};

use crate::{
    people::{Person, uuid},
    server::{Answer, TestServer, spawn_server},
};

pub async fn marks(server: &TestServer, person: &Person, conversation: &Value, seq: i64) -> Answer {
    let body = json!({ "conversation_id": conversation, "through_seq": seq });
    server.post("/messaging/mark_read").token(&person.access).json(&body).send().await
}

/// The first conversation of someone.
pub async fn conversation(server: &TestServer, person: &Person) -> Value {
    let list = person.reads(server, "/messaging/conversations").await.expect(200);
    list["conversations"][0].clone()
}

async fn version(server: &TestServer, person: &Person) -> i64 {
    person.inbox(server).await["version"].as_i64().unwrap()
}

#[tokio::test]
async fn a_conversation_is_read_up_to_a_mark() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    for _ in 0..3 {
        alice.sends(&server, &[&bob]).await;
    }
    bob.sends(&server, &[&alice]).await;
    alice.sends(&server, &[&bob]).await;
    let id = conversation(&server, &bob).await["id"].clone();
    assert_eq!(conversation(&server, &bob).await["unread"], 4);
    marks(&server, &bob, &id, 2).await.done();
    // Entry 4 is bob's own.
    assert_eq!(conversation(&server, &bob).await["unread"], 2);
    marks(&server, &bob, &id, 4).await.done();
    assert_eq!(conversation(&server, &bob).await["unread"], 1);
    marks(&server, &bob, &id, 5).await.done();
    assert_eq!(conversation(&server, &bob).await["unread"], 0);
    assert_eq!(version(&server, &bob).await, 3);
    // It is nobody else's business.
    assert_eq!(conversation(&server, &alice).await["unread"], 1);
    assert_eq!(version(&server, &alice).await, 0);
}

#[tokio::test]
async fn a_mark_goes_neither_back_nor_beyond_what_is_there() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    alice.sends(&server, &[&bob]).await;
    alice.sends(&server, &[&bob]).await;
    let id = conversation(&server, &bob).await["id"].clone();
    marks(&server, &bob, &id, 1_000_000).await.done();
    alice.sends(&server, &[&bob]).await;
    assert_eq!(conversation(&server, &bob).await["unread"], 1);
    marks(&server, &bob, &id, 1).await.done();
    assert_eq!(conversation(&server, &bob).await["unread"], 1);
    assert_eq!(version(&server, &bob).await, 1, "what changes nothing is no change");
}

#[tokio::test]
async fn other_devices_hear_of_a_mark() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    alice.sends(&server, &[&bob]).await;
    let mut events = server.get("/messaging/events").token(&bob.access).open().await;
    assert!(events.chunk().await.unwrap().is_some());
    let id = conversation(&server, &bob).await["id"].clone();
    marks(&server, &bob, &id, 1).await.done();
    let event = String::from_utf8(events.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(event.contains(r#"{"last_seq":1,"version":1}"#), "{event}");
}

#[tokio::test]
async fn nobody_marks_the_conversations_of_others() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    alice.sends(&server, &[&bob]).await;
    let id = conversation(&server, &bob).await["id"].clone();
    for id in [id.clone(), json!(uuid())] {
        marks(&server, &carol, &id, 1).await.refused(404, "conversation_not_found");
    }
    for seq in [0, -1, i64::MAX] {
        let answer = marks(&server, &bob, &id, seq).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.pointers(), ["/through_seq"]);
    }
    assert_eq!(conversation(&server, &bob).await["unread"], 1);
}
