//! Every verb on what belongs to someone else.

use serde_json::{Value, json};

use crate::{
    people::{Person, random},
    server::{TestServer, spawn_server},
};

/// What alice has that carol must not touch.
struct Belongings {
    session: String,
    conversation: String,
    message: String,
    file: String,
    upload: String,
}

async fn belongings(server: &TestServer, alice: &Person, bob: &Person) -> Belongings {
    let file = alice.uploads(server, random(100)).await;
    let mut message = alice.message_to(&[bob]);
    message["content_type"] = "file".into();
    message["file_id"] = file.as_str().into();
    alice.posts(server, &message).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let entry = alice.inbox(server).await["entries"][0].clone();
    let sessions = alice.reads(server, "/auth/sessions").await.expect(200);
    Belongings {
        session: text(&sessions["sessions"][0]["id"]),
        conversation: text(&entry["conversation_id"]),
        message: text(&message["message_id"]),
        file,
        upload: crate::tus::makes_upload(server, alice, 100).await,
    }
}

#[tokio::test]
async fn nobody_does_anything_to_what_is_not_theirs() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    let own = belongings(&server, &alice, &bob).await;
    let before = alice.inbox(&server).await;

    let none = json!({});
    let mark = json!({ "conversation_id": own.conversation, "through_seq": 1 });
    let between = json!({ "sender_email": "alice", "receiver_email": "bob" });
    let mut forged = carol.message_to(&[&bob]);
    forged["sender_email"] = "alice".into();
    let mut borrowed = carol.message_to(&[&bob]);
    borrowed["content_type"] = "file".into();
    borrowed["file_id"] = own.file.as_str().into();
    let mut taken = carol.message_to(&[&bob]);
    taken["message_id"] = own.message.as_str().into();
    let unfinished = format!("/files/{}", own.upload);
    let cases = [
        ("DELETE", format!("/auth/sessions/{}", own.session), &none, 404, "session_not_found"),
        ("GET", "/users/all".to_owned(), &none, 403, "not_staff"),
        ("PATCH", format!("/users/{}", alice.id), &none, 403, "not_staff"),
        (
            "GET",
            format!("/messaging/conversations/{}", own.conversation),
            &none,
            404,
            "conversation_not_found",
        ),
        ("POST", "/messaging/mark_read".to_owned(), &mark, 404, "conversation_not_found"),
        ("DELETE", format!("/messaging/messages/{}", own.message), &none, 404, "message_not_found"),
        ("GET", format!("/messaging/download_file/{}", own.file), &none, 404, "file_not_found"),
        ("DELETE", format!("/files/{}", own.file), &none, 404, "file_not_found"),
        ("DELETE", unfinished.clone(), &none, 404, "file_not_found"),
        ("POST", "/messaging/receive_messages".to_owned(), &between, 403, "not_a_participant"),
        ("POST", "/messaging/send_message".to_owned(), &forged, 403, "forged_sender"),
        ("POST", "/messaging/send_message".to_owned(), &borrowed, 404, "file_not_found"),
        ("POST", "/messaging/send_message".to_owned(), &taken, 409, "message_id_taken"),
    ];
    for (method, path, body, status, code) in &cases {
        let method = method.parse().unwrap();
        let call = server.call(method, path).token(&carol.access).json(body);
        call.send().await.refused(*status, code);
    }
    let download = format!("/messaging/download_file/{}", own.file);
    assert_eq!(server.head(&download).token(&carol.access).send().await.status, 404);
    for path in [&unfinished, &format!("/files/{}", own.file)] {
        assert_eq!(server.head(path).token(&carol.access).send().await.status, 404);
        let append = server.patch(path).token(&carol.access).header("upload-offset", "0");
        let append = append.header("content-type", "application/offset+octet-stream");
        append.body("bytes").send().await.refused(404, "file_not_found");
    }
    let offset = server.head(&unfinished).token(&alice.access).send().await;
    assert_eq!(offset.header("upload-offset"), "0");
    assert_eq!(alice.inbox(&server).await, before);
    assert_eq!(carol.inbox(&server).await["last_seq"], 0);
    assert_eq!(bob.inbox(&server).await["last_seq"], 1);

    // Whatever takes an identifier in its path is among the cases, or public.
    let document = pli_server::document();
    for (pattern, operations) in document["paths"].as_object().unwrap() {
        let Some((prefix, _)) = pattern.split_once('{') else { continue };
        for method in operations.as_object().unwrap().keys() {
            let tried = cases.iter().any(|(tried, path, ..)| {
                tried.eq_ignore_ascii_case(method) && path.starts_with(prefix)
            });
            let public = method == "get" && pattern == "/users/{user_id}";
            let apart = method == "head" || (method == "patch" && pattern.starts_with("/files"));
            assert!(tried || public || apart, "{method} {pattern}");
        }
    }
}
