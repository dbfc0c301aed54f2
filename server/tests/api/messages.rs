//! Sending.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::{
    people::{Keys, PASSWORD, Person, base64, envelope, login, random, register, uuid},
    server::spawn_server,
};

#[tokio::test]
async fn a_message_reaches_the_receiver_and_the_sender() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let sent = alice.sends(&server, &[&bob]).await;
    for person in [&alice, &bob] {
        let inbox = person.inbox(&server).await;
        assert_eq!(inbox["last_seq"], 1);
        let entry = &inbox["entries"][0];
        assert_eq!(entry["seq"], 1);
        let message = &entry["message"];
        assert_eq!(message["message_id"], sent["message_id"]);
        assert_eq!(message["sender"], json!({ "id": alice.id, "username": "alice" }));
        assert_eq!(message["receivers"], json!([{ "id": bob.id, "username": "bob" }]));
        assert_eq!(message["content_type"], "text");
        assert_eq!(message["envelope"], sent["envelope"]);
        assert!(message.get("file_id").is_none());
    }
}

#[tokio::test]
async fn a_message_goes_to_several_by_address_and_username() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    let mut message = alice.message_to(&[&bob, &carol]);
    message["receiver_email"] = "BOB".into();
    message["cc_emails"] = json!(["carol@example.org", "carol", "alice"]);
    message["sender_email"] = "alice@example.org".into();
    alice.posts(&server, &message).await.expect(200);
    for person in [&alice, &bob, &carol] {
        let inbox = person.inbox(&server).await;
        assert_eq!(inbox["entries"].as_array().unwrap().len(), 1);
        let receivers = &inbox["entries"][0]["message"]["receivers"];
        assert_eq!(receivers[0]["username"], "bob");
        assert_eq!(receivers[1]["username"], "carol");
        assert_eq!(receivers.as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn one_can_write_to_oneself() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    alice.sends(&server, &[&alice]).await;
    let inbox = alice.inbox(&server).await;
    assert_eq!(inbox["entries"].as_array().unwrap().len(), 1);
    let own = json!([{ "id": alice.id, "username": "alice" }]);
    assert_eq!(inbox["entries"][0]["message"]["receivers"], own);
}

#[tokio::test]
async fn the_sender_is_always_the_account_of_the_token() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    for sender in ["bob", "bob@example.org", "nobody@example.org"] {
        let mut message = alice.message_to(&[&bob]);
        message["sender_email"] = sender.into();
        let answer = alice.posts(&server, &message).await;
        answer.refused(403, "forged_sender");
        assert_eq!(answer.pointers(), ["/sender_email"]);
    }
    assert_eq!(bob.inbox(&server).await["last_seq"], 0);
}

#[tokio::test]
async fn the_same_message_twice_is_one_message() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let message = alice.message_to(&[&bob]);
    let first = alice.posts(&server, &message).await.expect(200);
    server.pass(std::time::Duration::from_secs(60));
    assert_eq!(alice.posts(&server, &message).await.expect(200), first);
    let mut same = message.clone();
    same["sender_email"] = "alice".into();
    assert_eq!(alice.posts(&server, &same).await.expect(200), first);
    assert_eq!(bob.inbox(&server).await["last_seq"], 1);
}

#[tokio::test]
async fn the_same_message_twenty_times_at_once_is_one_message() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let message = alice.message_to(&[&bob]);
    let attempts = (0..20).map(|_| alice.posts(&server, &message));
    let answers = futures_util::future::join_all(attempts).await;
    let bodies: HashSet<String> =
        answers.iter().map(|answer| answer.expect(200).to_string()).collect();
    assert_eq!(bodies.len(), 1);
    assert_eq!(bob.inbox(&server).await["last_seq"], 1);
}

#[tokio::test]
async fn another_message_with_the_same_id_is_refused() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let message = alice.sends(&server, &[&bob]).await;
    let mut other = alice.message_to(&[&bob]);
    other["message_id"] = message["message_id"].clone();
    alice.posts(&server, &other).await.refused(409, "message_id_taken");
    // That the identifier is taken comes before anything else that is wrong.
    other["envelope"] = json!("nothing");
    alice.posts(&server, &other).await.refused(409, "message_id_taken");
    // Nor may someone else have it, or learn the first answer.
    bob.posts(&server, &message).await.refused(409, "message_id_taken");
    assert_eq!(bob.inbox(&server).await["last_seq"], 1);
}

#[tokio::test]
async fn of_two_different_messages_with_one_id_at_once_one_is_stored() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let id = uuid();
    let messages: Vec<Value> = (0..10)
        .map(|_| {
            let mut message = alice.message_to(&[&bob]);
            message["message_id"] = id.clone().into();
            message
        })
        .collect();
    let attempts = messages.iter().map(|message| alice.posts(&server, message));
    let answers = futures_util::future::join_all(attempts).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.refused(409, "message_id_taken");
    }
    assert_eq!(bob.inbox(&server).await["last_seq"], 1);
}

#[tokio::test]
async fn every_receiver_must_exist_and_have_keys() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let body = json!({ "username": "carol", "email": "carol@example.org", "password": PASSWORD });
    register(&server, &body).await.expect(201);

    let mut message = alice.message_to(&[&bob]);
    message["cc_emails"] = json!(["nobody", "bob", "none@example.org"]);
    let answer = alice.posts(&server, &message).await;
    answer.refused(404, "receiver_not_found");
    assert_eq!(answer.pointers(), ["/cc_emails/0", "/cc_emails/2"]);

    message["cc_emails"] = json!(["carol"]);
    let answer = alice.posts(&server, &message).await;
    answer.refused(409, "receiver_has_no_keys");
    assert_eq!(answer.pointers(), ["/cc_emails/0"]);

    let carol = login(&server, "carol").await;
    let message = json!({
        "message_id": uuid(), "receiver_email": "bob", "content_type": "text",
        "envelope": envelope(&[&bob.enc_kid]),
    });
    let token = carol["access_token"].as_str().unwrap();
    let answer = server.post("/messaging/send_message").token(token).json(&message).send().await;
    answer.refused(409, "sender_has_no_keys");
    assert_eq!(bob.inbox(&server).await["last_seq"], 0);
}

#[tokio::test]
async fn the_envelope_is_for_exactly_the_current_keys_of_all() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    let stranger = Keys::generate().enc_kid();
    let pointers_for = async |kids: &[&str]| {
        let mut message = alice.message_to(&[&bob]);
        message["envelope"] = envelope(kids);
        let answer = alice.posts(&server, &message).await;
        answer.refused(409, "recipients_mismatch");
        let mut kids = kids.to_vec();
        kids.sort_unstable();
        let place = |kid: &str| {
            let index = kids.iter().position(|one| *one == kid).unwrap_or(usize::MAX);
            format!("/envelope/recipients/{index}")
        };
        (answer.pointers(), place(&stranger), place(&carol.enc_kid))
    };
    let (pointers, stale, _) = pointers_for(&[&alice.enc_kid, &stranger]).await;
    assert_eq!(pointers, ["/receiver_email", &stale]);
    let (pointers, ..) = pointers_for(&[&bob.enc_kid]).await;
    assert_eq!(pointers, ["/sender_email"]);
    let (pointers, _, carols) = pointers_for(&[&alice.enc_kid, &bob.enc_kid, &carol.enc_kid]).await;
    assert_eq!(pointers, [carols]);
    assert_eq!(alice.inbox(&server).await["last_seq"], 0);
}

#[tokio::test]
async fn an_envelope_of_another_shape_is_refused() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let good = envelope(&[&alice.enc_kid, &bob.enc_kid]);
    let header = |header: &Value| Value::from(base64(header.to_string().as_bytes()));
    let sound = json!({
        "alg": "RSA-OAEP-256", "enc": "A256GCM", "typ": "pli-envelope+json",
        "kc": base64(&random(32)),
    });
    let with = |member: &str, value: Value| {
        let mut changed = sound.clone();
        changed[member] = value;
        header(&changed)
    };
    let many: Vec<Value> = (0..10_000)
        .map(|_| json!({ "header": { "kid": base64(&random(32)) }, "encrypted_key": "AAAA" }))
        .collect();
    let recipient = good["recipients"][0].clone();
    let mut reversed = good["recipients"].as_array().unwrap().clone();
    reversed.reverse();
    let cases = [
        ("/protected", with("alg", json!("RSA1_5"))),
        ("/protected", with("enc", json!("A128CBC-HS256"))),
        ("/protected", with("typ", json!("JWE"))),
        ("/protected", with("kc", json!("AAAA"))),
        ("/protected", with("crit", json!(["kc"]))),
        ("/protected", with("zip", json!("DEF"))),
        ("/protected", with("kid", json!("x"))),
        ("/protected", header(&json!({}))),
        ("/protected", json!("=")),
        ("/protected", json!(7)),
        ("/protected", json!(base64(br#"{"alg":"RSA-OAEP-256","alg":"RSA-OAEP-256"}"#))),
        ("/iv", json!(base64(&random(16)))),
        ("/iv", json!("AAAAAAAAAAAAAAA=")),
        ("/tag", json!(base64(&random(12)))),
        ("/tag", json!("AAAAAAAAAAAAAAAAAAAAAB")),
        ("/ciphertext", json!("")),
        ("/ciphertext", json!("a+b/")),
        ("/ciphertext", json!({})),
        ("/recipients", json!([])),
        ("/recipients", json!([recipient, recipient])),
        ("/recipients", json!(reversed)),
        ("/recipients", json!(many)),
        ("/recipients", json!("none")),
        ("/recipients/0/header/kid", json!("AAAA")),
        ("/recipients/0/encrypted_key", json!(base64(&random(255)))),
        ("/recipients/0/encrypted_key", json!(base64(&random(1024)))),
        ("/recipients/0/extra", json!(1)),
        ("/recipients/0/header/alg", json!("RSA-OAEP-256")),
        ("/aad", json!("")),
        ("/unprotected", json!({})),
        ("/extra", json!(1)),
    ];
    for (pointer, value) in cases {
        let mut message = alice.message_to(&[&bob]);
        let mut envelope = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        envelope.pointer_mut(parent).unwrap()[name] = value;
        message["envelope"] = envelope;
        let answer = alice.posts(&server, &message).await;
        answer.refused(400, "bad_envelope");
        // One that sorts wrongly is reported before the recipient in it.
        let reported = &answer.pointers()[0];
        assert!(
            reported == &format!("/envelope{pointer}") || reported == "/envelope/recipients",
            "{pointer}: {reported}"
        );
    }
    let header = json!(["RSA-OAEP-256", "A256GCM", "pli-envelope+json", base64(&random(32))]);
    for (place, value) in [
        ("/envelope", json!(good.as_object().unwrap().values().collect::<Vec<_>>())),
        ("/envelope/protected", json!(base64(header.to_string().as_bytes()))),
        ("/envelope/recipients/0/header", json!([good["recipients"][0]["header"]["kid"]])),
        ("/envelope/ciphertext", json!("A".repeat(2 * 1024 * 1024))),
    ] {
        let mut message = alice.message_to(&[&bob]);
        *message.pointer_mut(place).unwrap() = value;
        alice.posts(&server, &message).await.refused(400, "bad_envelope");
    }
    for missing in ["protected", "iv", "ciphertext", "tag", "recipients"] {
        let mut message = alice.message_to(&[&bob]);
        message["envelope"].as_object_mut().unwrap().remove(missing);
        let answer = alice.posts(&server, &message).await;
        answer.refused(400, "bad_envelope");
        assert_eq!(answer.pointers(), [format!("/envelope/{missing}")]);
    }
    assert_eq!(bob.inbox(&server).await["last_seq"], 0);
}

#[tokio::test]
async fn a_file_id_comes_exactly_with_a_file() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let mut message = alice.message_to(&[&bob]);
    message["content_type"] = "file".into();
    let answer = alice.posts(&server, &message).await;
    answer.refused(400, "invalid_request");
    assert_eq!(answer.pointers(), ["/file_id"]);
    message["content_type"] = "text".into();
    message["file_id"] = uuid().into();
    let answer = alice.posts(&server, &message).await;
    answer.refused(400, "invalid_request");
    assert_eq!(answer.pointers(), ["/file_id"]);
    message["content_type"] = "image".into();
    let answer = alice.posts(&server, &message).await;
    answer.refused(400, "invalid_request");
    assert_eq!(answer.pointers(), ["/content_type"]);
}

#[tokio::test]
async fn only_ones_own_complete_file_can_be_sent() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let file = bob.uploads(&server, vec![7; 1000]).await;
    for file in [file.clone(), uuid()] {
        let mut message = alice.message_to(&[&bob]);
        message["content_type"] = "file".into();
        message["file_id"] = file.into();
        alice.posts(&server, &message).await.refused(404, "file_not_found");
    }
    assert_eq!(bob.inbox(&server).await["last_seq"], 0, "nothing half done");
    let mut message = bob.message_to(&[&alice]);
    message["content_type"] = "file".into();
    message["file_id"] = file.clone().into();
    bob.posts(&server, &message).await.expect(200);
    let message = &alice.inbox(&server).await["entries"][0]["message"];
    assert_eq!(message["file_id"], file);
    assert_eq!(message["file_size"], 1000);
}

#[tokio::test]
async fn at_most_256_people_are_named() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let mut message = alice.message_to(&[&bob]);
    message["cc_emails"] = json!(vec!["bob"; 255]);
    alice.posts(&server, &message).await.expect(200);
    let mut message = alice.message_to(&[&bob]);
    message["cc_emails"] = json!(vec!["bob"; 256]);
    let answer = alice.posts(&server, &message).await;
    answer.refused(400, "invalid_request");
    assert_eq!(answer.pointers(), ["/cc_emails"]);
}

#[tokio::test]
async fn a_letter_of_a_mebibyte_fits() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let mut message = alice.message_to(&[&bob]);
    // A letter of 1 MiB in base64 in a JWS, encrypted, in base64 again.
    let letter = 1024 * 1024 * 4 / 3 + 700;
    message["envelope"]["ciphertext"] = base64(&random(letter)).into();
    alice.posts(&server, &message).await.expect(200);
    let received = &bob.inbox(&server).await["entries"][0]["message"];
    assert_eq!(received["envelope"], message["envelope"]);
}
