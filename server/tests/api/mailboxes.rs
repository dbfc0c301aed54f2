//! Reading mailboxes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    people::{Person, base64, login, random, uuid},
    server::{Answer, TestServer, spawn_server},
};

async fn receives(
    server: &TestServer,
    reader: &Person,
    from: &str,
    to: &str,
    more: Value,
) -> Answer {
    let mut body = json!({ "sender_email": from, "receiver_email": to });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.post("/messaging/receive_messages").token(&reader.access).json(&body).send().await
}

fn ids(messages: &Value) -> Vec<&str> {
    let messages = messages.as_array().unwrap().iter();
    messages.map(|message| message["message_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_mailbox_counts_without_a_gap_whatever_happens_at_once() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    let sending = (0..60).map(|index| {
        let (alice, bob, carol, server) = (&alice, &bob, &carol, &server);
        async move {
            match index % 3 {
                0 => alice.sends(server, &[bob]).await,
                1 => bob.sends(server, &[alice, carol]).await,
                _ => carol.sends(server, &[bob]).await,
            }
        }
    });
    futures_util::future::join_all(sending).await;
    let inbox = bob.reads(&server, "/messaging/inbox?limit=200").await.expect(200);
    let seqs: Vec<i64> = inbox["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(seqs, (1..=60).collect::<Vec<_>>());
    assert_eq!(inbox["last_seq"], 60);
}

#[tokio::test]
async fn an_inbox_is_read_on_from_where_one_was() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    for _ in 0..5 {
        alice.sends(&server, &[&bob]).await;
    }
    let page = bob.reads(&server, "/messaging/inbox?after=1&limit=2").await.expect(200);
    let seqs: Vec<&Value> =
        page["entries"].as_array().unwrap().iter().map(|entry| &entry["seq"]).collect();
    assert_eq!(seqs, [2, 3]);
    assert_eq!(page["last_seq"], 5);
    let page = bob.reads(&server, "/messaging/inbox?after=5").await.expect(200);
    assert_eq!(page["entries"], json!([]));
}

#[tokio::test]
async fn what_one_sent_to_another_is_newest_first_in_pages() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    let mut sent = Vec::new();
    for index in 0..5 {
        let receivers: &[&Person] = if index == 2 { &[&carol, &bob] } else { &[&bob] };
        let message = alice.sends(&server, receivers).await;
        sent.insert(0, message["message_id"].as_str().unwrap().to_owned());
        bob.sends(&server, &[&alice]).await;
        alice.sends(&server, &[&carol]).await;
    }
    for reader in [&alice, &bob] {
        let all = receives(&server, reader, "alice", "bob@example.org", json!({})).await;
        let all = all.expect(200);
        assert_eq!(ids(&all["messages"]), sent);
        assert!(all.get("next").is_none());

        let mut read = Vec::new();
        let mut more = json!({ "limit": 2 });
        loop {
            let page = receives(&server, reader, "alice", "bob", more.clone()).await.expect(200);
            read.extend(ids(&page["messages"]).into_iter().map(str::to_owned));
            match page.get("next") {
                Some(next) => more["before"] = next.clone(),
                None => break,
            }
        }
        assert_eq!(read, sent);
    }
}

#[tokio::test]
async fn what_one_sent_to_oneself_is_apart() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    alice.sends(&server, &[&bob]).await;
    let note = alice.sends(&server, &[&alice]).await;
    let own = receives(&server, &alice, "alice", "alice@example.org", json!({})).await.expect(200);
    assert_eq!(ids(&own["messages"]), [note["message_id"].as_str().unwrap()]);
}

#[tokio::test]
async fn an_empty_conversation_is_an_empty_list() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    Person::arrives(&server, "bob").await;
    let answer = receives(&server, &alice, "alice", "bob", json!({})).await;
    assert_eq!(answer.expect(200), json!({ "messages": [] }));
}

#[tokio::test]
async fn nobody_reads_between_two_others() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    alice.sends(&server, &[&bob]).await;
    for (from, to) in [("alice", "bob"), ("bob@example.org", "alice"), ("nobody", "no@body.org")] {
        let answer = receives(&server, &carol, from, to, json!({})).await;
        answer.refused(403, "not_a_participant");
    }
    let answer = receives(&server, &carol, "nobody", "carol", json!({})).await;
    answer.refused(404, "user_not_found");
}

#[tokio::test]
async fn cursors_and_limits_out_of_range_are_refused() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    for (member, value) in [
        ("limit", json!(0)),
        ("limit", json!(201)),
        ("limit", json!(-1)),
        ("limit", json!(1.5)),
        ("limit", json!("5")),
        ("limit", json!(1e300)),
        ("before", json!(0)),
        ("before", json!(-3)),
        ("before", json!(9_007_199_254_740_992_i64)),
        ("before", json!("abc")),
        ("before", json!(18_446_744_073_709_551_615_u64)),
    ] {
        let answer = receives(&server, &alice, "alice", "bob", json!({ member: value })).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.pointers(), [format!("/{member}")]);
    }
    let conversation = format!("/messaging/conversations/{}", uuid());
    for path in ["/messaging/inbox", "/messaging/conversations", &conversation] {
        let cursor = if path == "/messaging/inbox" { "after" } else { "before" };
        for value in ["-1", "abc", "1.5", "NaN", "1e3", "99999999999999999999", "", "0x10", "%00"] {
            for name in [cursor, "limit"] {
                let answer = alice.reads(&server, &format!("{path}?{name}={value}")).await;
                answer.refused(400, "invalid_parameter");
            }
        }
        alice.reads(&server, &format!("{path}?limit=201")).await.refused(400, "invalid_parameter");
        alice.reads(&server, &format!("{path}?limit=0")).await.refused(400, "invalid_parameter");
        let twice = alice.reads(&server, &format!("{path}?limit=1&limit=2")).await;
        twice.refused(400, "invalid_parameter");
    }
}

#[tokio::test]
async fn a_conversation_is_an_exact_set_of_people() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    let first = alice.sends(&server, &[&bob]).await;
    let second = bob.sends(&server, &[&alice]).await;
    let third = carol.sends(&server, &[&bob, &alice]).await;
    let list = alice.reads(&server, "/messaging/conversations").await.expect(200);
    let [three, two] = list["conversations"].as_array().unwrap().as_slice() else {
        panic!("two conversations");
    };
    assert_eq!(three["last_message"]["message_id"], third["message_id"]);
    assert_eq!(two["last_message"]["message_id"], second["message_id"]);
    assert_eq!((&three["unread"], &two["unread"]), (&json!(1), &json!(1)));
    assert_eq!((&three["last_seq"], &two["last_seq"]), (&json!(3), &json!(2)));
    let names = |conversation: &Value| {
        let people = conversation["participants"].as_array().unwrap().clone();
        people.iter().map(|person| person["username"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(two), ["alice", "bob"]);
    assert_eq!(names(three), ["alice", "bob", "carol"]);

    let path = format!("/messaging/conversations/{}", two["id"].as_str().unwrap());
    let page = alice.reads(&server, &path).await.expect(200);
    let messages: Vec<Value> = page["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["message"]["message_id"].clone())
        .collect();
    assert_eq!(messages, [second["message_id"].clone(), first["message_id"].clone()]);
    let page = alice.reads(&server, &format!("{path}?limit=1")).await.expect(200);
    assert_eq!(page["next"], 2);
    let page = alice.reads(&server, &format!("{path}?limit=1&before=2")).await.expect(200);
    assert_eq!(page["entries"][0]["seq"], 1);
    assert!(page.get("next").is_none());

    let page = alice.reads(&server, "/messaging/conversations?limit=1").await.expect(200);
    assert_eq!(page["next"], 3);
    let page = alice.reads(&server, "/messaging/conversations?limit=1&before=3").await;
    assert_eq!(page.expect(200)["conversations"][0]["id"], two["id"]);
}

#[tokio::test]
async fn someone_elses_conversation_does_not_exist() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    alice.sends(&server, &[&bob]).await;
    let id = bob.inbox(&server).await["entries"][0]["conversation_id"].clone();
    let path = format!("/messaging/conversations/{}", id.as_str().unwrap());
    bob.reads(&server, &path).await.expect(200);
    carol.reads(&server, &path).await.refused(404, "conversation_not_found");
    let unknown = format!("/messaging/conversations/{}", uuid());
    carol.reads(&server, &unknown).await.refused(404, "conversation_not_found");
    assert_eq!(carol.inbox(&server).await["entries"], json!([]));
    let list = carol.reads(&server, "/messaging/conversations").await.expect(200);
    assert_eq!(list, json!({ "conversations": [] }));
}

#[tokio::test]
async fn a_page_ends_before_it_has_more_than_four_mebibytes() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    for _ in 0..4 {
        let mut message = alice.message_to(&[&bob]);
        message["envelope"]["ciphertext"] = base64(&random(1_200_000)).into();
        alice.posts(&server, &message).await.expect(200);
    }
    let inbox = bob.inbox(&server).await;
    assert_eq!(inbox["entries"].as_array().unwrap().len(), 2);
    assert_eq!(inbox["last_seq"], 4);
    let page = receives(&server, &bob, "alice", "bob", json!({})).await.expect(200);
    assert_eq!(page["messages"].as_array().unwrap().len(), 2);
    assert_eq!(page["next"], 3);
}

#[tokio::test]
async fn a_clock_that_goes_back_an_hour_does_not_change_the_order() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let first = alice.sends(&server, &[&alice]).await;
    server.set_back(Duration::from_secs(3600));
    // A token from later than now is none; signing in goes on.
    alice.reads(&server, "/messaging/inbox").await.refused(401, "invalid_token");
    let access = login(&server, "alice").await["access_token"].as_str().unwrap().to_owned();
    let alice = Person { access, ..alice };
    let second = alice.sends(&server, &[&alice]).await;
    let inbox = alice.inbox(&server).await;
    for (entry, sent) in inbox["entries"].as_array().unwrap().iter().zip([first, second]) {
        assert_eq!(entry["message"]["message_id"], sent["message_id"]);
    }
    assert_eq!(inbox["last_seq"], 2);
}

#[tokio::test]
async fn who_was_away_for_a_month_finds_everything() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let file = alice.uploads(&server, vec![7; 1000]).await;
    let mut message = alice.message_to(&[&bob]);
    message["content_type"] = "file".into();
    message["file_id"] = file.as_str().into();
    alice.posts(&server, &message).await.expect(200);
    server.pass(Duration::from_secs(31 * 24 * 3600));
    let server = server.restart().await;
    bob.reads(&server, "/messaging/inbox").await.refused(401, "expired_token");
    server.get("/auth/refresh").token(&bob.refresh).send().await.refused(401, "expired_token");
    let access = login(&server, "bob").await["access_token"].as_str().unwrap().to_owned();
    let bob = Person { access, ..bob };
    let entries = bob.inbox(&server).await["entries"].clone();
    assert_eq!(entries.as_array().unwrap().len(), 1);
    assert_eq!(entries[0]["message"]["message_id"], message["message_id"]);
    let read = bob.reads(&server, &format!("/messaging/download_file/{file}")).await;
    assert_eq!((read.status, read.bytes), (200, vec![7; 1000]));
}
