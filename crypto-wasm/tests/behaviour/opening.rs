//! Every row of the table of FORMAT.md §8, reached by an attack.

use pli_crypto::{MAX_ENVELOPE, MAX_LETTER, MessageId};
use serde_json::{Value, json};

use crate::{
    forgery::{Forgery, commitment, encode, kid, rsa_key, sign},
    people::{DAWN, HOUR, Person, code, explain, text_of},
};

/// What a change is called or expected to give, and the change.
type Change<T = Forgery> = (&'static str, fn(&mut T));

fn alice_and_bob() -> (Person, Person) {
    (Person::named("alice"), Person::named("bob"))
}

/// Changes a right envelope, and gives the code with which Bob refuses it.
fn refusal(change: impl FnOnce(&mut Forgery)) -> &'static str {
    let (alice, bob) = alice_and_bob();
    let mut forgery = Forgery::new(&alice, &[&bob]);
    change(&mut forgery);
    code(bob.opens(&forgery.envelope().to_string(), &alice))
}

#[test]
fn an_envelope_of_another_jose_library_opens() {
    let (alice, bob) = alice_and_bob();
    let envelope = Forgery::new(&alice, &[&bob]).envelope().to_string();
    let opened = bob.opens(&envelope, &alice);
    assert_eq!(opened.as_ref().map(text_of), Ok("hello"), "{}", explain(&opened));
}

#[test]
fn members_of_a_letter_that_are_not_known_are_ignored() {
    assert_eq!(refusal(|forgery| forgery.letter["mood"] = json!({"value": null})), "ok");
    assert_eq!(refusal(|forgery| forgery.letter["pad"] = json!(17)), "ok");
}

#[test]
fn an_envelope_of_another_shape_is_bad() {
    let (alice, bob) = alice_and_bob();
    let right = Forgery::new(&alice, &[&bob]).envelope();
    let cases: [Change<Value>; 16] = [
        ("an aad", |e| e["aad"] = json!("AA")),
        ("an unprotected header", |e| e["unprotected"] = json!({})),
        ("a member too many", |e| e["x"] = json!(1)),
        ("no tag", |e| drop(e.as_object_mut().unwrap().remove("tag"))),
        ("a null", |e| e["iv"] = Value::Null),
        ("a short iv", |e| e["iv"] = json!(encode([0; 11]))),
        ("a long tag", |e| e["tag"] = json!(encode([0; 17]))),
        ("padding", |e| e["tag"] = json!(format!("{}==", e["tag"].as_str().unwrap()))),
        ("no recipients", |e| e["recipients"] = json!([])),
        ("a recipient twice", |e| {
            let first = e["recipients"][0].clone();
            e["recipients"].as_array_mut().unwrap().insert(0, first);
        }),
        ("recipients out of order", |e| e["recipients"].as_array_mut().unwrap().reverse()),
        ("a recipient with more", |e| e["recipients"][0]["x"] = json!(1)),
        ("a header with more", |e| e["recipients"][0]["header"]["alg"] = json!("RSA-OAEP-256")),
        ("a kid that is none", |e| e["recipients"][0]["header"]["kid"] = json!("me")),
        ("a short encrypted key", |e| e["recipients"][0]["encrypted_key"] = json!("AAAA")),
        ("an array", |e| *e = json!([e])),
    ];
    for (what, change) in cases {
        let mut envelope = right.clone();
        change(&mut envelope);
        assert_eq!(code(bob.opens(&envelope.to_string(), &alice)), "bad_envelope", "{what}");
    }
    let long = format!("{}{}", right, " ".repeat(MAX_ENVELOPE));
    assert_eq!(code(bob.opens(&long, &alice)), "bad_envelope");
    let repeated = right.to_string().replacen('{', r#"{"iv":"AAAAAAAAAAAAAAAA","#, 1);
    assert_eq!(code(bob.opens(&repeated, &alice)), "bad_envelope");
}

#[test]
fn a_protected_header_with_anything_else_is_bad() {
    for (member, value) in [
        ("alg", json!("RSA-OAEP")),
        ("alg", json!("RSA1_5")),
        ("alg", json!("dir")),
        ("enc", json!("A128GCM")),
        ("enc", json!("A256CBC-HS512")),
        ("typ", json!("pli-letter+json")),
        ("zip", json!("DEF")),
        ("crit", json!(["exp"])),
        ("jku", json!("https://example.org")),
        ("x5u", json!("https://example.org")),
        ("jwk", json!({})),
        ("b64", json!(false)),
        ("kc", json!("AAAA")),
    ] {
        assert_eq!(refusal(|f| f.header[member] = value.clone()), "bad_envelope", "{member}");
    }
    for member in ["alg", "enc", "typ", "kc"] {
        let remove = |f: &mut Forgery| drop(f.header.as_object_mut().unwrap().remove(member));
        assert_eq!(refusal(remove), "bad_envelope", "without {member}");
    }
}

#[test]
fn more_than_256_recipients_are_refused_before_any_work() {
    let (alice, bob) = alice_and_bob();
    let mut envelope = Forgery::new(&alice, &[&bob]).envelope();
    let key = envelope["recipients"][0]["encrypted_key"].clone();
    let mut many: Vec<Value> = (0..257_u16)
        .map(|n| {
            let mut bytes = [0; 32];
            bytes[..2].copy_from_slice(&n.to_be_bytes());
            json!({"header": {"kid": encode(bytes)}, "encrypted_key": key})
        })
        .collect();
    many.sort_by_key(|recipient| recipient["header"]["kid"].as_str().unwrap().to_owned());
    envelope["recipients"] = json!(many);
    assert_eq!(code(bob.opens(&envelope.to_string(), &alice)), "bad_envelope");
    envelope["recipients"] = json!(many[..256]);
    assert_eq!(code(bob.opens(&envelope.to_string(), &alice)), "not_a_recipient");
}

#[test]
fn an_envelope_to_others_is_not_for_this_reader() {
    let carol = Person::named("carol");
    let (alice, bob) = alice_and_bob();
    let envelope = Forgery::new(&alice, &[&carol]).envelope().to_string();
    assert_eq!(code(bob.opens(&envelope, &alice)), "not_a_recipient");
}

#[test]
fn a_content_key_that_is_not_the_committed_one_does_not_open() {
    // The attack that commitment is for: one ciphertext, two keys, two texts.
    assert_eq!(refusal(|f| f.header["kc"] = json!(commitment(&[8; 32]))), "decrypt_failed");
}

#[test]
fn a_key_encrypted_for_somebody_else_does_not_unwrap() {
    let wrong_key = |f: &mut Forgery| {
        let bob = f.recipients.iter_mut().find(|(k, _)| *k == kid("bob", "encryption")).unwrap();
        bob.1 = rsa_key("carol", "encryption");
    };
    assert_eq!(refusal(wrong_key), "decrypt_failed");
}

#[test]
fn an_encrypted_key_of_another_size_than_the_key_does_not_unwrap() {
    let (alice, bob) = alice_and_bob();
    let mut envelope = Forgery::new(&alice, &[&bob]).envelope();
    for recipient in envelope["recipients"].as_array_mut().unwrap() {
        recipient["encrypted_key"] = json!(encode([1; 384]));
    }
    assert_eq!(code(bob.opens(&envelope.to_string(), &alice)), "decrypt_failed");
}

#[test]
fn what_is_no_signed_letter_is_a_bad_letter() {
    for inside in ["", "hello", "a.b", "a.b.c.d", "..", "\u{0}"] {
        assert_eq!(refusal(|f| f.inside = Some(inside.into())), "bad_letter", "{inside:?}");
    }
    assert_eq!(refusal(|f| f.inside = Some(vec![0xff])), "bad_letter");
}

#[test]
fn a_letter_signed_for_another_purpose_or_with_another_header_is_bad() {
    for (member, value) in [
        ("typ", json!("pli-signature")),
        ("typ", json!("pli-keys+json")),
        ("typ", json!("JWT")),
        ("alg", json!("RS256")),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("b64", json!(false)),
        ("crit", json!(["b64"])),
        ("jwk", json!({})),
        ("kid", json!("me")),
    ] {
        let change = |f: &mut Forgery| f.letter_header[member] = value.clone();
        assert_eq!(refusal(change), "bad_letter", "{member}: {value}");
    }
}

#[test]
fn a_malformed_letter_is_bad() {
    let file = json!({"name": "a", "media_type": "a/b", "size": 0, "key": "", "digests": []});
    for (member, value) in [
        ("v", json!(2)),
        ("v", json!("1")),
        ("id", json!("0191B2C3-0000-7000-8000-000000000001")),
        ("id", json!(1)),
        ("sent_at", json!("yesterday")),
        ("sent_at", json!(DAWN)),
        ("from", json!("alice")),
        ("from", json!({"sub": "Alice", "kid": kid("alice", "signing")})),
        ("to", json!([])),
        ("to", json!([{"sub": "bob"}])),
        ("type", json!("html")),
        ("type", json!("file")),
        ("text", Value::Null),
        ("text", json!(["hello"])),
        ("file", Value::Null),
        ("file", file),
    ] {
        assert_eq!(
            refusal(|f| f.letter[member] = value.clone()),
            "bad_letter",
            "{member}: {value}"
        );
    }
    for member in ["v", "id", "sent_at", "from", "to", "type", "text"] {
        let remove = |f: &mut Forgery| drop(f.letter.as_object_mut().unwrap().remove(member));
        assert_eq!(refusal(remove), "bad_letter", "without {member}");
    }
    let repeated = |f: &mut Forgery| {
        let twice = f.letter.to_string().replacen('{', r#"{"mood":1,"mood":2,"#, 1);
        f.inside = Some(sign(&f.signing_key, &f.letter_header, twice.as_bytes()).into_bytes());
    };
    assert_eq!(refusal(repeated), "bad_letter");
}

#[test]
fn a_letter_of_more_than_a_mebibyte_is_bad() {
    let long = |f: &mut Forgery| f.letter["text"] = json!("x".repeat(MAX_LETTER));
    assert_eq!(refusal(long), "bad_letter");
}

#[test]
fn a_letter_signed_by_somebody_else_is_not_the_senders() {
    let by_mallory = |f: &mut Forgery| {
        f.letter_header["kid"] = json!(kid("mallory", "signing"));
        f.letter["from"]["kid"] = json!(kid("mallory", "signing"));
        f.signing_key = rsa_key("mallory", "signing");
    };
    assert_eq!(refusal(by_mallory), "wrong_sender");
}

#[test]
fn a_signature_that_does_not_verify_is_bad() {
    let other_key = |f: &mut Forgery| f.signing_key = rsa_key("mallory", "signing");
    assert_eq!(refusal(other_key), "bad_signature");
    let other_text = |f: &mut Forgery| {
        let signed = f.signed();
        f.letter["text"] = json!("goodbye");
        let parts: Vec<&str> = signed.split('.').collect();
        let text = encode(f.letter.to_string());
        f.inside = Some(format!("{}.{text}.{}", parts[0], parts[2]).into_bytes());
    };
    assert_eq!(refusal(other_text), "bad_signature");
    let none = |f: &mut Forgery| {
        let signed = f.signed();
        let end = signed.rfind('.').unwrap() + 1;
        f.inside = Some(signed.as_bytes()[..end].to_vec());
    };
    assert_eq!(refusal(none), "bad_signature");
}

#[test]
fn a_replaced_key_is_believed_for_a_day_and_no_longer() {
    const DAY: u64 = 24 * HOUR;
    let (mut alice, bob) = alice_and_bob();
    let old_device = Person::named("alice");
    alice.rotates("alice-2", DAWN + HOUR).unwrap();
    let opened_when_sent_at = |at: u64| {
        let sealed = old_device.sends("late").at(at).to(&bob);
        code(bob.opens(&sealed.envelope, &alice))
    };
    assert_eq!(opened_when_sent_at(DAWN + HOUR + DAY - 1), "ok");
    assert_eq!(opened_when_sent_at(DAWN + HOUR + DAY), "key_retired");
    assert_eq!(opened_when_sent_at(DAWN + 100 * DAY), "key_retired");
}

#[test]
fn names_and_keys_that_do_not_match_are_refused() {
    let cases: [Change; 8] = [
        ("another sender's name", |f| f.letter["from"]["sub"] = json!("carol")),
        ("another sender's key", |f| f.letter["from"]["kid"] = json!(kid("carol", "signing"))),
        ("a recipient fewer", |f| drop(f.letter["to"].as_array_mut().unwrap().remove(0))),
        ("a recipient more", |f| {
            let carol = json!({"sub": "carol", "kid": kid("carol", "encryption")});
            f.letter["to"].as_array_mut().unwrap().push(carol);
        }),
        ("recipients out of order", |f| f.letter["to"].as_array_mut().unwrap().reverse()),
        ("a name twice", |f| {
            f.letter["to"][0]["sub"] = json!("bob");
            f.letter["to"][1]["sub"] = json!("bob");
        }),
        ("another name for the reader", |f| rename(f, "bob", "carol")),
        ("another name for the sender", |f| rename(f, "alice", "carol")),
    ];
    for (what, change) in cases {
        assert_eq!(refusal(change), "wrong_recipients", "{what}");
    }
}

fn rename(forgery: &mut Forgery, from: &str, to: &str) {
    let parties = forgery.letter["to"].as_array_mut().unwrap();
    parties.iter_mut().filter(|party| party["sub"] == from).for_each(|p| p["sub"] = json!(to));
}

#[test]
fn nobody_is_in_a_letter_under_two_keys() {
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(Person::named);
    let mut forgery = Forgery::new(&alice, &[&bob, &carol]);
    assert_eq!(code(bob.opens(&forgery.envelope().to_string(), &alice)), "ok");
    rename(&mut forgery, "carol", "bob");
    assert_eq!(code(bob.opens(&forgery.envelope().to_string(), &alice)), "wrong_recipients");
}

#[test]
fn a_letter_forwarded_with_its_signature_is_not_taken_for_one_to_the_new_reader() {
    let (alice, bob) = alice_and_bob();
    let carol = Person::named("carol");
    let to_bob = Forgery::new(&alice, &[&bob]);
    // Bob puts Alice's letter into an envelope to Carol.
    let mut to_carol = Forgery::new(&alice, &[&carol]);
    to_carol.inside = Some(to_bob.signed().into_bytes());
    let envelope = to_carol.envelope().to_string();
    assert_eq!(code(carol.opens(&envelope, &alice)), "wrong_recipients");
}

#[test]
fn a_letter_under_another_identifier_is_refused() {
    let (alice, bob) = alice_and_bob();
    let sealed = alice.sends("hello").to(&bob);
    let other = MessageId::parse("0191b2c3-0000-7000-8000-000000000000").unwrap();
    let opened = bob.identity.open(&sealed.envelope, &alice.contact(), Some(&other));
    assert_eq!(code(opened), "wrong_id");
}

#[test]
fn the_checks_come_in_the_order_of_the_table() {
    // Each change alone gives its own code; on top of all later ones, it still does.
    let changes: [Change; 8] = [
        ("wrong_recipients", |f| f.letter["from"]["sub"] = json!("carol")),
        ("key_retired", |f| f.letter["sent_at"] = json!("2030-01-01T00:00:00Z")),
        ("bad_signature", |f| f.signing_key = rsa_key("carol", "signing")),
        ("wrong_sender", |f| f.letter_header["kid"] = json!(kid("mallory", "signing"))),
        ("bad_letter", |f| f.letter["v"] = json!(2)),
        ("decrypt_failed", |f| f.header["kc"] = json!(commitment(&[8; 32]))),
        ("not_a_recipient", |f| {
            f.recipients.retain(|(recipient, _)| *recipient != kid("bob", "encryption"));
        }),
        ("bad_envelope", |f| f.header["zip"] = json!("DEF")),
    ];
    let (mut alice, bob) = alice_and_bob();
    let mut forgery = Forgery::new(&alice, &[&bob]);
    alice.rotates("alice-2", DAWN + HOUR).unwrap();
    let id = MessageId::parse("0191b2c3-0000-7000-8000-000000000000").unwrap();
    let open = |forgery: &Forgery| {
        code(bob.identity.open(&forgery.envelope().to_string(), &alice.contact(), Some(&id)))
    };
    assert_eq!(open(&forgery), "wrong_id");
    for (expected, change) in changes {
        change(&mut forgery);
        assert_eq!(open(&forgery), expected);
    }
}
