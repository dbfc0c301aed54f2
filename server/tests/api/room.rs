//! The room that an account's messages take.

use crate::{people::Person, server::spawn_server_with};

#[tokio::test]
async fn what_an_account_has_sent_takes_room_until_nobody_keeps_it() {
    let server = spawn_server_with(&["--max-account-message-bytes", "7500"]).await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let mut sent = Vec::new();
    let refused = loop {
        let message = alice.message_to(&[&bob]);
        let answer = alice.posts(&server, &message).await;
        if answer.status != 200 {
            break (answer, message);
        }
        sent.push(message);
    };
    refused.0.refused(413, "quota_exceeded");
    assert_eq!(sent.len(), 2, "of about 3 KB each");
    assert_eq!(bob.inbox(&server).await["last_seq"], 2, "nothing of it was delivered");
    // What was accepted is answered again, and others have room of their own.
    alice.posts(&server, &sent[0]).await.expect(200);
    bob.sends(&server, &[&alice]).await;
    let path = format!("/messaging/messages/{}", sent[0]["message_id"].as_str().unwrap());
    server.delete(&path).token(&alice.access).send().await.done();
    alice.posts(&server, &refused.1).await.refused(413, "quota_exceeded");
    server.delete(&path).token(&bob.access).send().await.done();
    alice.posts(&server, &refused.1).await.expect(200);
}

#[tokio::test]
async fn what_is_sent_and_deleted_again_and_again_uses_up_the_senders_room_and_no_one_elses() {
    let server = spawn_server_with(&["--max-account-message-bytes", "10000"]).await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let mut sent = 0;
    loop {
        let message = alice.message_to(&[&bob]);
        let answer = alice.posts(&server, &message).await;
        if answer.status != 200 {
            answer.refused(413, "quota_exceeded");
            break;
        }
        sent += 1;
        assert!(sent < 10, "each leaves 1 KB");
        let path = format!("/messaging/messages/{}", message["message_id"].as_str().unwrap());
        for person in [&alice, &bob] {
            server.delete(&path).token(&person.access).send().await.done();
        }
    }
    assert!(sent > 6, "the envelopes' room is free again");
    bob.sends(&server, &[&alice]).await;
}
