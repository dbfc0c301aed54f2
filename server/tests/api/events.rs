//! Live events.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    people::Person,
    server::{TestServer, spawn_server},
};

/// An open stream of events.
struct Stream(reqwest::Response);

impl Stream {
    async fn open(server: &TestServer, person: &Person) -> Self {
        let response = server.get("/messaging/events").token(&person.access).open().await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self(response)
    }

    /// The data of the next event; none when the stream has ended.
    async fn next(&mut self) -> Option<Value> {
        let chunk = timeout(Duration::from_secs(5), self.0.chunk()).await.expect("an event");
        let chunk = chunk.unwrap()?;
        let text = std::str::from_utf8(&chunk).unwrap();
        let data = text.strip_prefix("event: mailbox\ndata: ").expect(text);
        Some(serde_json::from_str(data.trim_end()).unwrap())
    }
}

#[tokio::test]
async fn a_stream_tells_the_state_at_once_and_every_change() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let (mut first, mut second) =
        (Stream::open(&server, &bob).await, Stream::open(&server, &bob).await);
    let mut own = Stream::open(&server, &alice).await;
    for stream in [&mut first, &mut second, &mut own] {
        assert_eq!(stream.next().await, Some(json!({ "last_seq": 0, "version": 0 })));
    }
    for seq in 1..=3 {
        alice.sends(&server, &[&bob]).await;
        for stream in [&mut first, &mut second, &mut own] {
            assert_eq!(stream.next().await, Some(json!({ "last_seq": seq, "version": 0 })));
        }
    }
}

#[tokio::test]
async fn a_stream_says_nothing_of_others() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    let mut stream = Stream::open(&server, &carol).await;
    assert_eq!(stream.next().await.unwrap()["last_seq"], 0);
    alice.sends(&server, &[&bob]).await;
    alice.sends(&server, &[&carol]).await;
    assert_eq!(stream.next().await.unwrap()["last_seq"], 1);
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_no_other() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let mut stream = Stream::open(&server, &alice).await;
    assert!(stream.next().await.is_some());
    let other = crate::people::login(&server, "alice").await;
    let other = other["access_token"].as_str().unwrap();
    server.get("/auth/logout").token(other).send().await.expect(200);
    alice.sends(&server, &[&alice]).await;
    assert_eq!(stream.next().await.unwrap()["last_seq"], 1);
    server.get("/auth/logout").token(&alice.access).send().await.expect(200);
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let mut stream = Stream::open(&server, &alice).await;
    assert!(stream.next().await.is_some());
    let (stopped, ended) =
        tokio::join!(timeout(Duration::from_secs(5), server.server.stop()), stream.next());
    stopped.expect("the server stops");
    assert_eq!(ended, None);
}
