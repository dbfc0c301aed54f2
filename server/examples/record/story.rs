//! What alice and bob do.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

use crate::run::Run;

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.org";
const CAROL: &str = "carol@example.org";
const CAROLS_PASSWORD: &str = "carol has typed this in Swagger UI";

/// What the people hand in, sealed and signed by the library with fixed randomness.
fn prepared() -> Value {
    let text = include_str!("../../../crypto-wasm/vectors/exchange.json");
    serde_json::from_str(text).unwrap()
}

fn token(signed_in: &Value, name: &str) -> String {
    signed_in[name].as_str().unwrap().to_owned()
}

/// Goes through every operation at least once.
pub(crate) async fn tell(run: &mut Run) {
    let prepared = prepared();
    well(run).await;
    people_register(run, &prepared).await;
    let (alice, bob) = they_sign_in(run, &prepared).await;
    alice_writes(run, &prepared, &alice).await;
    bob_reads(run, &bob).await;
    carol_is_staff(run).await;
    alice_changes_keys(run, &prepared, &alice).await;
    they_leave(run, &prepared, &bob).await;
}

async fn well(run: &mut Run) {
    run.call("live").records(200, "alive", "The process runs").await;
    run.call("ready").records(200, "ready", "The server can do its work").await;
}

async fn people_register(run: &mut Run, prepared: &Value) {
    let account = |name: &str, email: &str| {
        let of = &prepared[name];
        let mut keys = json!({ "wrapped_keys": of["wrappedKeys"], "history": of["history"] });
        if let Some(recovery) = of.get("recovery") {
            keys["recovery"] = json!({
                "recovery_secret": recovery["recoverySecret"],
                "wrapped_keys": recovery["wrappedKeys"],
            });
        }
        json!({ "username": name, "email": email, "password": of["loginSecret"], "keys": keys })
    };
    let (alice, bob) = (account("alice", ALICE), account("bob", BOB));
    let carol = json!({
        "username": "carol", "email": CAROL, "password": CAROLS_PASSWORD, "is_staff": false,
    });
    let call = run.call("register").json(alice.clone());
    call.records(201, "alice", "Alice, with keys; she typed “confiture d’oranges amères”").await;
    let call = run.call("register").json(bob);
    call.records(
        201,
        "bob",
        "Bob, with keys and a recovery code; he typed “eleven quiet locomotives”",
    )
    .await;
    let call = run.call("register").json(carol.clone());
    call.records(201, "carol", "Carol, by hand: without keys she can’t be written to").await;
    let call = run.call("register").json(alice);
    call.records(409, "taken", "The e-mail address is taken").await;
    let mut staff = carol;
    staff["is_staff"] = true.into();
    let call = run.call("register").json(staff);
    call.records(403, "staff", "Nobody becomes staff by registering").await;
    let call = run.call("register").json(json!({ "username": "é", "email": ALICE }));
    call.records(400, "bad", "A member is not as it must be").await;
}

async fn they_sign_in(run: &mut Run, prepared: &Value) -> (Value, Value) {
    let call = run.call("kdf").json(json!({ "email": ALICE }));
    call.records(200, "alice", "What Alice’s client stretches her password with").await;
    let credentials = |name: &str, email: &str| json!({ "email": email, "password": prepared[name]["loginSecret"] });
    let wrong = json!({ "email": ALICE, "password": prepared["bob"]["loginSecret"] });
    let call = run.call("login").json(wrong);
    call.records(401, "wrong", "There is no such name and password").await;
    let call = run.call("login").json(credentials("alice", ALICE));
    let alice = call.records(200, "alice", "Alice signs in").await;
    let call = run.call("login").json(credentials("bob", BOB));
    let bob = call.records(200, "bob", "Bob signs in").await;
    let call = run.call("whoami").by(&token(&alice, "access_token"));
    call.records(200, "alice", "Alice’s token").await;
    run.call("whoami").records(401, "nobody", "No token").await;
    (alice, bob)
}

async fn alice_writes(run: &mut Run, prepared: &Value, alice: &Value) {
    let access = token(alice, "access_token");
    let call = run.call("lookup").by(&access).json(json!({ "email": BOB }));
    let bob = call.records(200, "bob", "Bob, by his e-mail address").await;
    let call = run.call("lookup").by(&access).json(json!({ "email": "nobody" }));
    call.records(404, "nobody", "There is no such account").await;
    let call = run.call("user").by(&access).with("user_id", bob["id"].clone());
    call.records(200, "bob", "Bob, as Alice sees him").await;

    let letter = &prepared["letter"];
    let body = json!({
        "message_id": letter["id"], "receiver_email": BOB, "content_type": "text",
        "envelope": letter["envelope"],
    });
    let call = run.call("send_message").by(&access).json(body.clone());
    call.records(200, "letter", "A letter from Alice to Bob, sealed to both").await;
    let mut broken = body;
    broken["message_id"] = "0191b2c3-0000-7000-8000-000000000009".into();
    broken["envelope"]["iv"] = "AAAA".into();
    let call = run.call("send_message").by(&access).json(broken);
    call.records(400, "broken", "The iv is too short").await;

    let note = &prepared["note"];
    let call = run.call("send_message").by(&access).json(json!({
        "message_id": note["id"], "receiver_email": "alice", "content_type": "text",
        "envelope": note["envelope"],
    }));
    call.records(200, "note", "A note of Alice’s to herself").await;

    let letter = &prepared["letterWithFile"];
    let sealed = Base64UrlUnpadded::decode_vec(letter["sealedFile"].as_str().unwrap()).unwrap();
    let call = run.call("upload_file").by(&access).with("Upload-Length", sealed.len());
    let call = call.with("Tus-Resumable", "1.0.0");
    let call = call.bytes("application/offset+octet-stream", sealed.clone());
    let file = call.records(201, "file", "A small file, in one request").await;
    let body = json!({
        "message_id": letter["id"], "sender_email": ALICE, "receiver_email": BOB,
        "cc_emails": [ALICE], "content_type": "file", "envelope": letter["envelope"],
        "file_id": file["file_id"],
    });
    let call = run.call("send_message").by(&access).json(body);
    let summary = "A letter that brings a file, which has been uploaded before";
    call.records(200, "letter_with_file", summary).await;
    let call = run.call("conversations").by(&access).with("limit", 1);
    call.records(200, "alice", "Alice’s latest conversation, of two").await;
    alice_uploads_in_two_requests(run, &access, &sealed).await;
}

async fn alice_uploads_in_two_requests(run: &mut Run, access: &str, sealed: &[u8]) {
    let (first, rest) = sealed.split_at(40);
    let call = run.call("upload_options");
    call.records(204, "offer", "What of tus is offered").await;
    let call = run.call("upload_file").by(access).with("Upload-Length", sealed.len());
    let call = call.with("Tus-Resumable", "1.0.0");
    let call = call.bytes("application/offset+octet-stream", first.to_vec());
    let upload = call.records(201, "begun", "The first bytes of a file").await;
    let of_tus = json!({ "Tus-Resumable": "1.0.0", "file_id": upload["file_id"] });
    let call = run.call("upload_offset").by(access).with_all(&of_tus);
    call.records(200, "begun", "An upload that has begun").await;
    let call = run.call("append_to_upload").by(access).with_all(&of_tus);
    let call = call.with("Upload-Offset", first.len());
    let call = call.bytes("application/offset+octet-stream", rest.to_vec());
    call.records(204, "rest", "The rest of the bytes").await;
    let call = run.call("remove_file").by(access).with_all(&of_tus);
    call.records(204, "unnamed", "A file that no message names").await;
}

async fn bob_reads(run: &mut Run, bob: &Value) {
    let access = token(bob, "access_token");
    let call = run.call("events").by(&access);
    call.records(200, "event", "The event on connecting").await;
    let call = run.call("inbox").by(&access).with("after", 0).with("limit", 50);
    let inbox = call.records(200, "bob", "Bob’s mailbox from its beginning").await;
    let between = json!({ "sender_email": ALICE, "receiver_email": BOB, "limit": 1 });
    let call = run.call("receive_messages").by(&access).json(between);
    let page = call.records(200, "latest", "The latest letter from Alice to Bob").await;
    let mut before = json!({ "sender_email": ALICE, "receiver_email": BOB });
    before["before"] = page["next"].clone();
    let call = run.call("receive_messages").by(&access).json(before);
    call.records(200, "page_before", "The page before").await;
    let call = run.call("conversations").by(&access).with("limit", 50);
    let page = call.with("before", 1_000_000).records(200, "bob", "Bob’s conversations").await;
    let id = &page["conversations"][0]["id"];
    let call = run.call("conversation").by(&access).with("conversation_id", id.clone());
    let call = call.with("limit", 1).with("before", 1_000_000);
    call.records(200, "latest", "The latest letter of a conversation").await;

    let last = &inbox["last_seq"];
    let body = json!({ "conversation_id": id, "through_seq": last });
    run.call("mark_read").by(&access).json(body).records(204, "all", "All has been read").await;
    let file = &inbox["entries"][1]["message"]["file_id"];
    let call = run.call("describe_file").by(&access).with("file_id", file.clone());
    call.records(200, "size", "How long the file is").await;
    let call = run.call("describe_file").by(&access).with("file_id", file.clone());
    let call = call.with("If-None-Match", format!("\"{}\"", text(file)));
    call.records(304, "known", "The client has it already").await;
    let call = run.call("download_file").by(&access).with("file_id", file.clone());
    call.records(200, "whole", "The whole file").await;
    let call = run.call("download_file").by(&access).with("file_id", file.clone());
    let call = call.with("Range", "bytes=0-39").with("If-Range", format!("\"{}\"", text(file)));
    call.records(206, "head", "Its first 40 bytes").await;
    let call = run.call("download_file").by(&access).with("file_id", file.clone());
    let call = call.with("If-None-Match", format!("\"{}\"", text(file)));
    call.records(304, "known", "The client has it already").await;
    let letter = inbox["entries"][0]["message"]["message_id"].clone();
    let call = run.call("delete_message").by(&access).with("message_id", letter);
    call.records(204, "letter", "Bob deletes his copy").await;
    let call = run.call("inbox").by(&access).with("after", 0).with("limit", 1);
    call.records(200, "deleted", "The place of a letter that has been deleted").await;
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

async fn carol_is_staff(run: &mut Run) {
    let body = json!({ "email": CAROL, "password": CAROLS_PASSWORD });
    let call = run.call("login").json(body);
    let carol = call.records(200, "carol", "Carol, who has no keys, signs in").await;
    let access = token(&carol, "access_token");
    let call = run.call("all_users").by(&access);
    call.records(403, "member", "Carol is not staff").await;
    run.grant_staff(CAROL).await;
    let call = run.call("all_users").by(&access).with("page", 1).with("per_page", 3);
    let page = call.records(200, "first", "The first three").await;
    let bob = page["users"][1]["id"].clone();
    let call = run.call("change_user").by(&access).with("user_id", bob);
    let call = call.json(json!({ "is_staff": false, "is_active": true }));
    call.records(200, "member", "Bob stays a member who may sign in").await;
    let call = run.call("delete_account").by(&access);
    let call = call.json(json!({ "current_password": CAROLS_PASSWORD }));
    call.records(409, "last_staff", "Carol is the last member of staff").await;
}

async fn alice_changes_keys(run: &mut Run, prepared: &Value, alice: &Value) {
    let access = token(alice, "access_token");
    let password = &prepared["alice"]["loginSecret"];
    let recovery = &prepared["recovery"];
    let call = run.call("set_recovery").by(&access).json(json!({
        "current_password": password, "recovery_secret": recovery["recoverySecret"],
        "recovery_wrapped_keys": recovery["recoveryWrappedKeys"],
        "wrapped_keys": recovery["wrappedKeys"],
    }));
    call.records(204, "alice", "Alice has written down a recovery code").await;
    let rotation = &prepared["rotation"];
    let body = json!({
        "current_password": password, "statement": rotation["statement"],
        "wrapped_keys": rotation["wrappedKeys"],
        "recovery_wrapped_keys": rotation["recoveryWrappedKeys"],
    });
    let call = run.call("rotate_keys").by(&access).json(body.clone());
    call.records(204, "alice", "Alice’s second statement, signed by old and new key").await;
    let call = run.call("rotate_keys").by(&access).json(body);
    call.records(409, "again", "The statement does not follow the latest one").await;
    let call = run.call("own_keys").by(&access);
    call.records(200, "alice", "After a rotation, with a recovery code").await;

    let letter = &prepared["letter"];
    let call = run.call("send_message").by(&access).json(json!({
        "message_id": "0191b2c3-0000-7000-8000-000000000003", "receiver_email": BOB,
        "content_type": "text", "envelope": letter["envelope"],
    }));
    call.records(409, "stale", "Sealed to the key that Alice has just replaced").await;

    let call = run.call("sessions").by(&access);
    call.records(200, "alice", "Alice is signed in on one device").await;
    let refresh = token(alice, "refresh_token");
    let call = run.call("refresh").by(&refresh);
    call.records(200, "alice", "The next pair of tokens").await;

    let new = &prepared["newPassword"];
    let call = run.call("change_password").by(&access).json(json!({
        "current_password": password, "new_password": new["loginSecret"],
        "wrapped_keys": new["wrappedKeys"],
    }));
    call.records(200, "alice", "Alice’s keys come along, under the new password").await;
    let call = run.call("recovery_keys").json(json!({
        "email": ALICE, "recovery_secret": recovery["recoverySecret"],
    }));
    let grant = call.records(200, "alice", "Alice has forgotten it").await;
    let call = run.call("reset_password").by(&token(&grant, "recovery_token")).json(json!({
        "new_password": new["loginSecret"], "wrapped_keys": new["wrappedKeys"],
    }));
    let alice = call.records(200, "alice", "Alice has a password again").await;
    let call = run.call("export_account").by(&token(&alice, "access_token"));
    let call = call.json(json!({ "current_password": new["loginSecret"] }));
    call.records(200, "alice", "What the server holds of Alice").await;
}

async fn they_leave(run: &mut Run, prepared: &Value, bob: &Value) {
    let access = token(bob, "access_token");
    let password = &prepared["bob"]["loginSecret"];
    let call = run.call("login").json(json!({ "email": "bob", "password": password }));
    let elsewhere = call.records(200, "by_username", "Bob signs in by his username").await;
    let call = run.call("sessions").by(&access);
    let sessions = call.records(200, "bob", "Bob is signed in on two devices").await;
    let mut all = sessions["sessions"].as_array().unwrap().iter();
    let other = all.find(|session| session["is_current"] == false).unwrap();
    let call = run.call("end_session").by(&access).with("session_id", other["id"].clone());
    call.records(204, "other", "Bob signs his other device out").await;
    let call = run.call("whoami").by(&token(&elsewhere, "access_token"));
    call.records(401, "ended", "The session has ended").await;
    let call = run.call("logout").by(&access);
    call.records(200, "bob", "Bob signs out").await;

    let call = run.call("login").json(json!({ "email": BOB, "password": password }));
    let bob = call.records(200, "bob", "Bob signs in").await;
    let call = run.call("delete_account").by(&token(&bob, "access_token"));
    let call = call.json(json!({ "current_password": password }));
    call.records(204, "bob", "Bob’s account is gone").await;
    let body = json!({ "email": CAROL, "password": CAROLS_PASSWORD });
    let carol = run.call("login").json(body).records(200, "carol", "Carol signs in").await;
    let call = run.call("user").by(&token(&carol, "access_token"));
    let call = call.with("user_id", bob["account"]["id"].clone());
    call.records(200, "deleted", "An account that has been deleted").await;
}
