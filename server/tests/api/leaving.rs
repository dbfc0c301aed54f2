//! Taking one's data along, and deleting an account.

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    holder::Holder,
    people::{Keys, PASSWORD, Person, login, new_keys, random, register},
    server::{Answer, TestServer, spawn_server},
};

async fn exports(server: &TestServer, person: &Person, password: &str) -> Answer {
    let body = json!({ "current_password": password });
    server.post("/auth/export").token(&person.access).json(&body).send().await
}

async fn leaves(server: &TestServer, person: &Person, password: &str) -> Answer {
    let body = json!({ "current_password": password });
    server.post("/auth/delete_account").token(&person.access).json(&body).send().await
}

async fn sends_file(server: &TestServer, from: &Person, to: &Person) -> String {
    let file = from.uploads(server, random(1000)).await;
    let mut message = from.message_to(&[to]);
    message["content_type"] = "file".into();
    message["file_id"] = file.as_str().into();
    from.posts(server, &message).await.expect(200);
    file
}

#[tokio::test]
async fn an_export_holds_everything_of_the_account_and_nothing_of_others() {
    let server = spawn_server().await;
    let holder = Holder::arrives(&server, "alice").await;
    holder.sets_up_recovery(&server).await;
    let alice = holder.person();
    let bob = Person::arrives(&server, "bob").await;
    let file = sends_file(&server, &alice, &bob).await;
    for _ in 0..150 {
        bob.sends(&server, &[&alice]).await;
    }
    bob.sends(&server, &[&bob]).await;
    let answer = exports(&server, &alice, PASSWORD).await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"pli-account.json\"");
    let export = answer.expect(200);
    assert_eq!(export["account"]["email"], "alice@example.org");
    assert_eq!(export["wrapped_keys"], holder.own_keys(&server).await["wrapped_keys"]);
    assert!(export["recovery_wrapped_keys"].is_string());
    assert_eq!(export["key_history"], json!(holder.history));
    assert_eq!(export["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(export["networks"].as_array().unwrap().len(), 1);
    assert_eq!(export["files"], json!([{ "file_id": file, "size": 1000, "messages": 1 }]));
    let conversations = export["conversations"].as_array().unwrap();
    assert_eq!(conversations.len(), 1);
    assert_eq!(conversations[0]["last_seq"], 151);

    let mut inbox = Vec::new();
    for after in [0, 100] {
        let page = alice.reads(&server, &format!("/messaging/inbox?after={after}&limit=100")).await;
        inbox.extend(page.expect(200)["entries"].as_array().unwrap().clone());
    }
    assert_eq!(export["entries"], json!(inbox));
    let text = String::from_utf8(answer.bytes).unwrap();
    for secret in ["argon2id$", "bob@example.org", "password_hash", "127.0.0.1"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn an_export_lists_each_file_and_each_conversation_once_however_many_there_are() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let mut others = Vec::new();
    for index in 0..7 {
        others.push(Person::arrives(&server, &format!("bob{index}")).await);
    }
    let (mut files, mut groups) = (Vec::new(), HashSet::new());
    for group in 1..128 {
        let others = others.iter().enumerate().filter(|(index, _)| group & (1 << index) != 0);
        let others: Vec<&Person> = others.map(|(_, person)| person).collect();
        alice.sends(&server, &others).await;
        let mut group: Vec<String> = others.iter().map(|person| person.id.clone()).collect();
        group.push(alice.id.clone());
        groups.insert(BTreeSet::from_iter(group));
        files.push(alice.uploads(&server, random(10)).await);
    }
    let export = exports(&server, &alice, PASSWORD).await.expect(200);
    let mut listed = Vec::new();
    for file in export["files"].as_array().unwrap() {
        listed.push(file["file_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(listed, files);
    let conversations = export["conversations"].as_array().unwrap();
    assert_eq!(conversations.len(), 127);
    for conversation in conversations {
        let people = conversation["participants"].as_array().unwrap().iter();
        let ids = people.map(|person| person["id"].as_str().unwrap().to_owned());
        assert!(groups.remove(&ids.collect::<BTreeSet<_>>()));
    }
}

#[tokio::test]
async fn an_empty_account_is_exported_too() {
    let server = spawn_server().await;
    let body = json!({ "username": "alice", "email": "alice@example.org", "password": PASSWORD });
    register(&server, &body).await.expect(201);
    let token = login(&server, "alice").await["access_token"].as_str().unwrap().to_owned();
    let body = json!({ "current_password": PASSWORD });
    let export = server.post("/auth/export").token(&token).json(&body).send().await.expect(200);
    for list in ["entries", "conversations", "files", "key_history"] {
        assert_eq!(export[list], json!([]), "{list}");
    }
    assert!(export.get("wrapped_keys").is_none());
}

#[tokio::test]
async fn both_ask_for_the_password() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    exports(&server, &alice, "a wrong password").await.refused(403, "wrong_password");
    leaves(&server, &alice, "a wrong password").await.refused(403, "wrong_password");
    alice.reads(&server, "/auth/whoami").await.expect(200);
}

#[tokio::test]
async fn a_deleted_account_is_gone_at_once() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let mut events = server.get("/messaging/events").token(&alice.access).open().await;
    assert!(events.chunk().await.unwrap().is_some());
    leaves(&server, &alice, PASSWORD).await.done();
    alice.reads(&server, "/auth/whoami").await.refused(401, "session_ended");
    server.get("/auth/refresh").token(&alice.refresh).send().await.refused(401, "session_ended");
    assert_eq!(events.chunk().await.unwrap(), None);
    let body = json!({ "email": "alice", "password": PASSWORD });
    server.post("/auth/login").json(&body).send().await.refused(401, "wrong_credentials");
    bob.posts(&server, &bob.message_to(&[&alice])).await.refused(404, "receiver_not_found");
    for name in ["alice", "alice@example.org"] {
        let look_up = server.post("/users/lookup").token(&bob.access);
        let answer = look_up.json(&json!({ "email": name })).send().await;
        answer.refused(404, "user_not_found");
    }
}

#[tokio::test]
async fn what_old_letters_need_stays_and_the_address_is_free_again() {
    let server = spawn_server().await;
    let holder = Holder::arrives(&server, "alice").await;
    let mut alice = holder.person();
    let bob = Person::arrives(&server, "bob").await;
    alice.id =
        alice.reads(&server, "/auth/whoami").await.expect(200)["id"].as_str().unwrap().to_owned();
    let letter = alice.sends(&server, &[&bob]).await;
    leaves(&server, &alice, PASSWORD).await.done();

    let profile = bob.reads(&server, &format!("/users/{}", alice.id)).await.expect(200);
    let expected = json!({
        "id": alice.id, "username": "alice", "key_history": holder.history, "deleted": true,
    });
    assert_eq!(profile, expected);
    let entry = &bob.inbox(&server).await["entries"][0];
    assert_eq!(entry["message"]["message_id"], letter["message_id"]);
    assert_eq!(entry["message"]["sender"]["username"], "alice");

    let body = |username: &str, keys: &Keys| {
        json!({
            "username": username, "email": "alice@example.org", "password": PASSWORD,
            "keys": new_keys(username, keys),
        })
    };
    let keys = Keys::generate();
    register(&server, &body("alice", &keys)).await.refused(409, "username_taken");
    register(&server, &body("alice2", &holder.keys)).await.refused(409, "key_in_use");
    register(&server, &body("alice2", &keys)).await.expect(201);
    let found = server.post("/users/lookup").token(&bob.access);
    let found = found.json(&json!({ "email": "alice@example.org" })).send().await.expect(200);
    assert_eq!(found["username"], "alice2");
}

#[tokio::test]
async fn a_mailbox_goes_with_its_account_and_files_with_their_last_message() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let kept = sends_file(&server, &alice, &bob).await;
    sends_file(&server, &alice, &alice).await;
    alice.uploads(&server, random(1000)).await;
    for _ in 0..120 {
        alice.sends(&server, &[&alice]).await;
    }
    assert_eq!(server.objects().len(), 3);
    leaves(&server, &alice, PASSWORD).await.done();
    assert_eq!(server.objects().len(), 1);
    let path = format!("/messaging/download_file/{kept}");
    assert_eq!(bob.reads(&server, &path).await.status, 200);
    let message = &bob.inbox(&server).await["entries"][0]["message"]["message_id"];
    let path = format!("/messaging/messages/{}", message.as_str().unwrap());
    server.delete(&path).token(&bob.access).send().await.done();
    assert_eq!(server.objects().len(), 0);
}

#[tokio::test]
async fn the_last_member_of_staff_stays() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    crate::staff::printed(&server, &["grant", "alice"]);
    leaves(&server, &alice, PASSWORD).await.refused(409, "last_staff");
    alice.reads(&server, "/auth/whoami").await.expect(200);
    crate::staff::printed(&server, &["grant", "bob"]);
    leaves(&server, &alice, PASSWORD).await.done();
    let list = bob.reads(&server, "/users/all").await.expect(200);
    assert_eq!((&list["total"], &list["users"][0]["username"]), (&json!(1), &json!("bob")));
    let change = server.patch(&format!("/users/{}", alice.id)).token(&bob.access);
    let change = change.json(&json!({ "is_active": true })).send().await;
    change.refused(404, "user_not_found");
}

#[tokio::test]
async fn sending_to_who_leaves_at_that_moment_is_delivered_or_refused() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let messages: Vec<Value> = (0..30).map(|_| bob.message_to(&[&alice])).collect();
    let sending =
        futures_util::future::join_all(messages.iter().map(|message| bob.posts(&server, message)));
    let (answers, left) = tokio::join!(sending, leaves(&server, &alice, PASSWORD));
    left.done();
    let delivered = answers.iter().filter(|answer| answer.status == 200).count();
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert!([404, 409].contains(&answer.status), "{answer:?}");
    }
    assert_eq!(bob.inbox(&server).await["last_seq"], delivered);
    server.pass(Duration::from_secs(1));
    bob.posts(&server, &bob.message_to(&[&alice])).await.refused(404, "receiver_not_found");
}
