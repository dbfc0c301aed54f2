use pli_crypto::{Contact, Content, FileDescriptor, MAX_LETTER, MessageId, random};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    forged_statements::{first_payload, statement},
    forgery::{decode, encode},
    people::{DAWN, HOUR, Person, code, seconds, text_of, username},
};

#[test]
fn a_letter_reaches_the_reader_with_what_the_sender_said() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    let sealed = alice.sends("Grüße, 你好 👋").to(&bob);

    let letter = bob.identity.open(&sealed.envelope, &alice.contact(), Some(&sealed.id)).unwrap();

    assert_eq!(text_of(&letter), "Grüße, 你好 👋");
    assert_eq!(letter.id, sealed.id);
    assert_eq!(letter.sent_at, seconds(DAWN + HOUR));
    assert_eq!(letter.from.sub.as_str(), "alice");
    let readers: Vec<&str> = letter.to.iter().map(|party| party.sub.as_str()).collect();
    assert!(readers.len() == 2 && readers.contains(&"alice") && readers.contains(&"bob"));
    assert_eq!((letter.signer.seq, letter.signer.current), (0, true));
}

#[test]
fn the_host_gets_a_letter_as_json_with_these_members_and_no_others() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    let sealed = alice.sends("hello").to(&bob);
    let letter = bob.opens(&sealed.envelope, &alice).unwrap().to_json().unwrap();
    let letter: Value = serde_json::from_str(&letter).unwrap();
    let expected = json!({
        "id": sealed.id.as_str(),
        "sentAt": "2026-09-21T15:13:20.000Z",
        "from": letter["from"],
        "to": letter["to"],
        "type": "text",
        "text": "hello",
        "signer": {"seq": 0, "current": true},
    });
    assert_eq!(letter, expected);
}

#[test]
fn the_sender_can_read_what_they_sent() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    let sealed = alice.sends("hello").to(&bob);
    assert_eq!(text_of(&alice.opens(&sealed.envelope, &alice).unwrap()), "hello");
}

#[test]
fn a_letter_to_oneself_has_one_recipient() {
    let alice = Person::named("alice");
    for contacts in [vec![], vec![alice.contact()]] {
        let sealed = alice.sends("remember").addressed_to(&contacts, None).unwrap();
        let letter = alice.opens(&sealed.envelope, &alice).unwrap();
        assert_eq!((text_of(&letter), letter.to.len()), ("remember", 1));
    }
}

#[test]
fn everyone_in_a_letter_to_several_can_read_it_and_nobody_else() {
    let people = ["alice", "bob", "carol", "mallory"].map(Person::named);
    let [alice, bob, carol, mallory] = &people;
    let contacts = [bob.contact(), carol.contact()];
    let sealed = alice.sends("hello, both").addressed_to(&contacts, None).unwrap();
    for reader in [alice, bob, carol] {
        let letter = reader.opens(&sealed.envelope, alice).unwrap();
        assert_eq!((text_of(&letter), letter.to.len()), ("hello, both", 3));
    }
    assert_eq!(code(mallory.opens(&sealed.envelope, alice)), "not_a_recipient");
}

#[test]
fn the_identifier_can_be_chosen_by_the_caller() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    let id = MessageId::parse("0191b2c3-0000-7000-8000-000000000000").unwrap();
    let sealed = alice.sends("hello").addressed_to(&[bob.contact()], Some(id.clone())).unwrap();
    assert_eq!(sealed.id, id);
    assert_eq!(bob.opens(&sealed.envelope, &alice).unwrap().id, id);
}

#[test]
fn nobody_can_be_a_recipient_twice() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    let namesake = Person::with_keys("bob", "bob-2");
    let same_key = Person::with_keys("carol", "bob");
    for other in [&bob, &namesake, &same_key] {
        let contacts = [bob.contact(), other.contact()];
        assert_eq!(code(alice.sends("hello").addressed_to(&contacts, None)), "invalid_argument");
    }
    let false_alice = Person::with_keys("alice", "mallory").contact();
    assert_eq!(code(alice.sends("hello").addressed_to(&[false_alice], None)), "invalid_argument");
}

#[test]
fn a_letter_has_256_recipients_and_no_more() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    // Nobody holds the keys of these, but they can be written to.
    let stranger = |n: u16| {
        let mut modulus = [0xff; 256];
        modulus[1..3].copy_from_slice(&n.to_be_bytes());
        let n = encode(modulus);
        let thumbprint = Sha256::digest(format!(r#"{{"e":"AQAB","kty":"RSA","n":"{n}"}}"#));
        let name = format!("stranger-{}", u16::from_be_bytes([modulus[1], modulus[2]]));
        let mut payload = first_payload();
        payload["sub"] = json!(name);
        payload["keys"][0]["n"] = json!(n);
        payload["keys"][0]["kid"] = json!(encode(thumbprint));
        let history = json!([statement(&payload, &["alice"])]).to_string();
        Contact::from_history(&history, &username(&name), None)
    };
    let mut contacts: Vec<Contact> = (0..254).map(|n| stranger(n).unwrap()).collect();
    contacts.push(bob.contact());
    let sealed = alice.sends("hello, all").addressed_to(&contacts, None).unwrap();
    let letter = bob.opens(&sealed.envelope, &alice).unwrap();
    assert_eq!((text_of(&letter), letter.to.len()), ("hello, all", 256));
    contacts.push(stranger(254).unwrap());
    assert_eq!(code(alice.sends("hello").addressed_to(&contacts, None)), "invalid_argument");
}

#[test]
fn letters_of_like_length_have_envelopes_of_the_same_length() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    let length = |text: &str| alice.sends(text).to(&bob).envelope.len();
    assert_eq!(length("yes"), length("no"));
    assert_eq!(length("yes"), length("perhaps!"));
    assert_ne!(length("yes"), length(&"yes ".repeat(50)));
}

#[test]
fn a_letter_of_a_mebibyte_passes_and_a_longer_one_is_refused() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    let long = "x".repeat(MAX_LETTER - 600);
    assert_eq!(text_of(&bob.opens(&alice.sends(&long).to(&bob).envelope, &alice).unwrap()), long);
    let longer = "x".repeat(MAX_LETTER);
    assert_eq!(code(alice.sends(&longer).addressed_to(&[bob.contact()], None)), "invalid_argument");
}

#[test]
fn an_envelope_shows_nothing_but_kids_and_algorithms() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    let envelope: Value =
        serde_json::from_str(&alice.sends("the secret plan").to(&bob).envelope).unwrap();
    let members: Vec<&String> = envelope.as_object().unwrap().keys().collect();
    assert_eq!(members, ["ciphertext", "iv", "protected", "recipients", "tag"]);
    let header: Value = serde_json::from_slice(&decode(&envelope["protected"])).unwrap();
    let members: Vec<&String> = header.as_object().unwrap().keys().collect();
    assert_eq!(members, ["alg", "enc", "kc", "typ"]);
    let text = envelope.to_string();
    assert!(!text.contains("secret plan") && !text.contains("alice") && !text.contains("bob"));
}

#[test]
fn a_letter_can_carry_the_descriptor_of_a_file() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    let digest = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let descriptor = json!({
        "name": "plan.pdf", "media_type": "application/pdf", "size": 5, "key": digest,
        "digests": [digest],
    });
    let content = Content::from_json(&json!({"file": descriptor}).to_string()).unwrap();
    let mut rng = random::system().unwrap();
    let now = seconds(DAWN);
    let sealed = alice.identity.seal(content, &[&bob.contact()], now, None, &mut rng).unwrap();
    let letter = bob.opens(&sealed.envelope, &alice).unwrap();
    let json: Value = serde_json::from_str(&letter.to_json().unwrap()).unwrap();
    assert_eq!((&json["type"], &json["file"]), (&json!("file"), &descriptor));
    let expected = FileDescriptor::from_json(&descriptor.to_string()).unwrap();
    assert_eq!(letter.content, Content::File(expected));
}

#[test]
fn content_is_one_text_or_one_file() {
    for content in [
        "",
        "null",
        "{}",
        r#"{"text":null}"#,
        r#"{"text":1}"#,
        r#"{"text":"a","text":"b"}"#,
        r#"{"text":"a","file":null}"#,
        r#"{"text":"a","bold":true}"#,
        r#"{"file":{}}"#,
        r#"{"text":"\ud800"}"#,
    ] {
        assert_eq!(code(Content::from_json(content)), "invalid_argument", "{content}");
    }
    assert_eq!(Content::from_json(r#"{"text":""}"#), Ok(Content::Text(String::new())));
}

#[test]
fn after_a_rotation_old_letters_open_and_new_ones_use_the_new_keys() {
    let (mut alice, mut bob) = (Person::named("alice"), Person::named("bob"));
    let before = alice.sends("before").to(&bob);
    alice.rotates("alice-2", DAWN + 2 * HOUR).unwrap();
    bob.rotates("bob-2", DAWN + 2 * HOUR).unwrap();
    let after = alice.sends("after").at(DAWN + 3 * HOUR).to(&bob);

    let letter = bob.opens(&before.envelope, &alice).unwrap();
    assert_eq!((text_of(&letter), letter.signer.seq), ("before", 0));
    assert!(!letter.signer.current);
    let letter = bob.opens(&after.envelope, &alice).unwrap();
    assert_eq!((text_of(&letter), letter.signer.seq), ("after", 1));
    assert!(letter.signer.current);
}

#[test]
fn one_who_knows_only_the_old_history_does_not_believe_the_new_key() {
    let (mut alice, bob) = (Person::named("alice"), Person::named("bob"));
    let old: Contact = alice.contact();
    alice.rotates("alice-2", DAWN + HOUR).unwrap();
    let sealed = alice.sends("hello").to(&bob);
    assert_eq!(code(bob.identity.open(&sealed.envelope, &old, None)), "wrong_sender");
    assert_eq!(text_of(&bob.opens(&sealed.envelope, &alice).unwrap()), "hello");
}

#[test]
fn nothing_that_is_secret_is_printed() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    assert_eq!(format!("{:?}", alice.identity), "Identity(alice, [redacted])");
    let sealed = alice.sends("the secret plan").to(&bob);
    let printed = format!("{:?}", bob.opens(&sealed.envelope, &alice).unwrap());
    assert!(printed.contains("content: text([redacted])"), "{printed}");
    assert!(!printed.contains("plan"), "{printed}");
}
