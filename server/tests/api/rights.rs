//! Who may do what, for every operation of the document: one that is new fails here until it is
//! said whose identifiers it takes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    holder::Holder,
    operations::{Operation, operations},
    people::{PASSWORD, Person, login, random, uuid},
    recovery::{asks, resets},
    server::{TestServer, spawn_server},
    staff::printed,
};

/// A token that is good for nothing any more, and why.
struct Stale {
    who: &'static str,
    kind: &'static str,
    token: String,
    code: &'static str,
}

/// The tokens of someone of whom none is accepted.
fn stale(who: &'static str, code: &'static str, holder: &Holder, recovery: &Value) -> [Stale; 3] {
    // A recovery token is of no session.
    let of_recovery = if code == "session_ended" { "invalid_token" } else { code };
    [
        ("access_token", holder.access.as_str(), code),
        ("refresh_token", holder.refresh.as_str(), code),
        ("recovery_token", recovery.as_str().unwrap(), of_recovery),
    ]
    .map(|(kind, token, code)| Stale { who, kind, token: token.to_owned(), code })
}

/// Someone with keys and a recovery token.
pub async fn recovering(server: &TestServer, name: &str) -> (Holder, Value) {
    let holder = Holder::arrives(server, name).await;
    let secret = holder.sets_up_recovery(server).await;
    let keys = asks(server, name, &secret).await.expect(200);
    (holder, keys["recovery_token"].clone())
}

/// A token of each kind in each state in which none is accepted.
async fn stale_tokens(server: &TestServer) -> Vec<Stale> {
    let (late, recovery) = recovering(server, "late").await;
    let mut tokens: Vec<Stale> = stale("expired", "expired_token", &late, &recovery).into();
    server.pass(Duration::from_secs(31 * 24 * 3600));

    let (dead, recovery) = recovering(server, "dead").await;
    resets(server, &recovery, 0).await.expect(200);
    tokens.extend(stale("of a session that has ended", "session_ended", &dead, &recovery));

    let (left, recovery) = recovering(server, "left").await;
    let leaving = server.post("/auth/delete_account").token(&left.access);
    leaving.json(&json!({ "current_password": PASSWORD })).send().await.done();
    tokens.extend(stale("of who has left", "session_ended", &left, &recovery));

    let (shut, recovery) = recovering(server, "shut").await;
    let id = server.get("/auth/whoami").token(&shut.access).send().await.expect(200)["id"].clone();
    let staff = Person::arrives(server, "staff").await;
    printed(server, &["grant", "staff"]);
    let shutting = server.patch(&format!("/users/{}", id.as_str().unwrap())).token(&staff.access);
    shutting.json(&json!({ "is_active": false })).send().await.expect(200);
    tokens.extend(stale("of who is not active", "session_ended", &shut, &recovery));
    tokens
}

async fn refuses_what_is_not_for_it(server: &TestServer, operation: &Operation, stale: &[Stale]) {
    let ask = || operation.call(server, &uuid(), &operation.body());
    let without = ask().send().await;
    operation.refused(&without, 401, "missing_token", "no token");
    let malformed = ask().token("a.b.c").send().await;
    operation.refused(&malformed, 401, "invalid_token", "a malformed token");
    let is_known = |kind: &String| stale.iter().any(|stale| stale.kind == kind);
    assert!(operation.takes.iter().all(is_known), "{} takes a token of a new kind", operation.id);
    let is_for_it = |kind: &str| operation.takes.iter().any(|taken| taken == kind);
    for Stale { who, kind, token, code } in stale {
        let code = if is_for_it(kind) { code } else { "invalid_token" };
        let answer = ask().token(token).send().await;
        operation.refused(&answer, 401, code, &format!("{kind} {who}"));
    }
    // What is refused is the token: a good one goes on to where the rest is looked at.
    for kind in ["access_token", "refresh_token"] {
        let tokens = login(server, "carol").await;
        let answer = ask().token(tokens[kind].as_str().unwrap()).open().await;
        assert_eq!(answer.status() != 401, is_for_it(kind), "{kind} {}", operation.id);
    }
}

#[tokio::test]
async fn every_operation_refuses_every_token_that_is_not_for_it() {
    let server = spawn_server().await;
    let stale = stale_tokens(&server).await;
    Person::arrives(&server, "carol").await;
    let (open, closed): (Vec<_>, Vec<_>) = operations().into_iter().partition(|one| one.is_open);
    for operation in &closed {
        refuses_what_is_not_for_it(&server, operation, &stale).await;
    }
    // Who needs no token is not held up by a bad one.
    for operation in &open {
        let ask = || operation.call(&server, &uuid(), &operation.body());
        let (without, with) = (ask().open().await, ask().token("a.b.c").open().await);
        assert_eq!(without.status(), with.status(), "{}", operation.id);
        assert_ne!(without.status(), 401, "{}", operation.id);
    }
    let server = server.restart_with(&["--registration", "staff"]).await;
    let closing = open.iter().filter(|operation| !operation.takes.is_empty());
    for operation in closing {
        assert_eq!(operation.id, "register");
        refuses_what_is_not_for_it(&server, operation, &stale).await;
    }
}

#[tokio::test]
async fn what_is_for_staff_is_for_staff_only_and_no_longer_than_one_is() {
    let server = spawn_server().await;
    let (alice, carol) =
        (Person::arrives(&server, "alice").await, Person::arrives(&server, "carol").await);
    for name in ["alice", "carol"] {
        printed(&server, &["grant", name]);
    }
    printed(&server, &["revoke", "carol"]);
    let mut found = Vec::new();
    for operation in operations() {
        let ask = |person: &Person| {
            operation.call(&server, &uuid(), &json!({ "is_staff": true })).token(&person.access)
        };
        // Carol must stay signed in.
        if operation.id != "logout" && ask(&carol).open().await.status() == 403 {
            operation.refused(&ask(&carol).send().await, 403, "not_staff", "who is staff no more");
            assert_ne!(ask(&alice).send().await.status, 403, "{}", operation.id);
            found.push(operation.id);
        }
    }
    assert_eq!(found, ["all_users", "change_user"]);
}

/// What alice has that others must not touch, or what nobody has.
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

/// What others try with each identifier that an operation takes, and what they are told; none for
/// operations that take an identifier which all may know, or which is their own to choose.
fn attempts(
    operation: &Operation,
    of: &Belongings,
    sent: &Value,
) -> Vec<(String, Value, &'static str)> {
    let at = |id: &String, code| (id.clone(), json!({}), code);
    match operation.id.as_str() {
        "end_session" => vec![at(&of.session, "session_not_found")],
        "conversation" => vec![at(&of.conversation, "conversation_not_found")],
        "mark_read" => {
            let mark = json!({ "conversation_id": of.conversation, "through_seq": 1 });
            vec![(String::new(), mark, "conversation_not_found")]
        }
        "delete_message" => vec![at(&of.message, "message_not_found")],
        "download_file" | "describe_file" | "remove_file" | "upload_offset"
        | "append_to_upload" => {
            vec![at(&of.file, "file_not_found"), at(&of.upload, "file_not_found")]
        }
        "send_message" => [&of.file, &of.upload]
            .map(|file| {
                let mut message = sent.clone();
                message["content_type"] = "file".into();
                message["file_id"] = file.as_str().into();
                (String::new(), message, "file_not_found")
            })
            .into(),
        "user" | "change_user" => Vec::new(),
        id => {
            assert!(operation.identifiers.is_empty(), "{id} takes {:?}", operation.identifiers);
            Vec::new()
        }
    }
}

#[tokio::test]
async fn what_is_someone_elses_is_not_there_whatever_is_asked() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    let staff = Person::arrives(&server, "staff").await;
    printed(&server, &["grant", "staff"]);
    let own = belongings(&server, &alice, &bob).await;
    let [session, conversation, message, file, upload] = [(); 5].map(|()| uuid());
    let missing = Belongings { session, conversation, message, file, upload };
    let before = alice.inbox(&server).await;

    let mut tried = 0;
    for operation in operations() {
        for stranger in [&carol, &staff] {
            let sent = stranger.message_to(&[&bob]);
            let theirs = attempts(&operation, &own, &sent);
            for (theirs, nobodys) in theirs.iter().zip(attempts(&operation, &missing, &sent)) {
                let ask = |(id, body, _): &(String, Value, &str)| {
                    operation.call(&server, id, body).token(&stranger.access).send()
                };
                let (answer, same) = (ask(theirs).await, ask(&nobodys).await);
                operation.refused(&answer, 404, theirs.2, "someone else's");
                assert_eq!(answer.bytes, same.bytes, "{} tells that it is there", operation.id);
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 32);

    let offset = server.head(&format!("/files/{}", own.upload)).token(&alice.access).send().await;
    assert_eq!(offset.header("upload-offset"), "0");
    assert_eq!(alice.inbox(&server).await, before);
    assert_eq!(carol.inbox(&server).await["last_seq"], 0);
    assert_eq!(bob.inbox(&server).await["last_seq"], 1);
    alice.reads(&server, "/auth/whoami").await.expect(200);
}

#[tokio::test]
async fn nobody_speaks_for_another_or_listens_between_two_others() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    let sent = alice.sends(&server, &[&bob]).await;

    let mut forged = carol.message_to(&[&bob]);
    forged["sender_email"] = "alice".into();
    carol.posts(&server, &forged).await.refused(403, "forged_sender");
    let mut taken = carol.message_to(&[&bob]);
    taken["message_id"] = sent["message_id"].clone();
    carol.posts(&server, &taken).await.refused(409, "message_id_taken");
    for (sender, receiver) in [("alice", "bob"), ("bob", "alice"), ("alice", "alice")] {
        let between = json!({ "sender_email": sender, "receiver_email": receiver });
        let call = server.post("/messaging/receive_messages").token(&carol.access);
        call.json(&between).send().await.refused(403, "not_a_participant");
    }
    assert_eq!(bob.inbox(&server).await["last_seq"], 1);
    assert_eq!(carol.inbox(&server).await["last_seq"], 0);
}
