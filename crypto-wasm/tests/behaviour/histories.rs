//! Key statements, histories, contacts and safety numbers.

use pli_crypto::{Contact, safety_number};
use serde_json::{Value, json};

use crate::{
    forged_statements::{first_payload, public_jwk, second_payload, statement, statement_of_bytes},
    forgery::{decode, encode, kid},
    people::{DAWN, HOUR, Person, code, key_file, username},
};

fn parsed(history: &str) -> Value {
    serde_json::from_str(history).unwrap()
}

fn verify(history: &Value) -> &'static str {
    code(Contact::from_history(&history.to_string(), &username("alice"), None))
}

/// Alice after two rotations.
fn old_alice() -> Person {
    let mut alice = Person::named("alice");
    alice.rotates("alice-2", DAWN + HOUR).unwrap();
    alice.rotates("alice-3", DAWN + 2 * HOUR).unwrap();
    alice
}

#[test]
fn a_history_of_another_jose_library_verifies() {
    let first = statement(&first_payload(), &["alice"]);
    assert_eq!(verify(&json!([first])), "ok");
    let second = statement(&second_payload(&first), &["alice-2", "alice"]);
    assert_eq!(verify(&json!([first, second])), "ok");
}

#[test]
fn each_rotation_adds_a_statement_that_the_former_key_signed() {
    let history = parsed(&old_alice().history());
    let signatures: Vec<usize> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|statement| statement["signatures"].as_array().unwrap().len())
        .collect();
    assert_eq!(signatures, [1, 2, 2]);
    assert_eq!(verify(&history), "ok");
}

#[test]
fn a_statement_that_breaks_a_rule_is_refused() {
    for (member, value) in [
        ("v", json!(2)),
        ("sub", json!("Alice")),
        ("sub", json!("bob")),
        ("seq", json!(1)),
        ("seq", json!(-1)),
        ("seq", json!(0.0)),
        ("prev", json!(encode([0; 32]))),
        ("prev", json!("")),
        ("keys", json!([])),
        ("keys", json!([public_jwk("alice", "signing"), public_jwk("alice", "encryption")])),
        ("keys", json!([key_file("alice")["encryption"], public_jwk("alice", "signing")])),
        ("iat", json!(-1)),
        ("iat", json!(1e300)),
        ("iat", json!(u64::MAX)),
        ("x", json!(1)),
    ] {
        let mut payload = first_payload();
        payload[member] = value.clone();
        let history = json!([statement(&payload, &["alice"])]);
        assert_eq!(verify(&history), "bad_history", "{member}: {value}");
    }
    for member in ["v", "sub", "seq", "prev", "keys", "iat"] {
        let mut payload = first_payload();
        payload.as_object_mut().unwrap().remove(member);
        let history = json!([statement(&payload, &["alice"])]);
        assert_eq!(verify(&history), "bad_history", "without {member}");
    }
    let repeated = first_payload().to_string().replacen('{', r#"{"seq":0,"#, 1);
    let history = json!([statement_of_bytes(repeated.as_bytes(), &["alice"])]);
    assert_eq!(verify(&history), "bad_history");
}

#[test]
fn a_key_that_breaks_a_rule_is_refused() {
    let n = public_jwk("alice", "encryption")["n"].as_str().unwrap().to_owned();
    for (member, value) in [
        ("kty", json!("EC")),
        ("e", json!("Aw")),
        ("e", json!("AAEAAQ")),
        ("alg", json!("RSA-OAEP")),
        ("use", json!("sig")),
        ("kid", json!(kid("bob", "encryption"))),
        ("key_ops", json!(["encrypt"])),
        ("ext", json!(true)),
        ("n", json!(format!("AA{n}"))),
        ("n", json!(&n[..n.len() - 4])),
        ("n", json!("")),
    ] {
        let mut payload = first_payload();
        payload["keys"][0][member] = value.clone();
        let history = json!([statement(&payload, &["alice"])]);
        assert_eq!(verify(&history), "bad_history", "{member}: {value}");
    }
}

#[test]
fn a_statement_needs_exactly_the_signatures_of_its_key_and_the_former_one() {
    for signers in [&[][..], &["mallory"], &["alice", "mallory"], &["alice", "alice"]] {
        let history = json!([statement(&first_payload(), signers)]);
        assert_eq!(verify(&history), "bad_history", "{signers:?}");
    }
    let first = statement(&first_payload(), &["alice"]);
    for signers in [&["alice-2"][..], &["alice"], &["alice", "alice-2"], &["alice-2", "mallory"]] {
        let second = statement(&second_payload(&first), signers);
        assert_eq!(verify(&json!([first, second])), "bad_history", "{signers:?}");
    }
}

#[test]
fn a_second_statement_that_does_not_continue_the_first_is_refused() {
    let first = statement(&first_payload(), &["alice"]);
    for (member, value) in [
        ("sub", json!("carol")),
        ("seq", json!(2)),
        ("seq", json!(0)),
        ("prev", Value::Null),
        ("prev", json!(encode([1; 32]))),
        ("iat", json!(DAWN - 1)),
        ("keys", json!([public_jwk("alice", "encryption"), public_jwk("alice-2", "signing")])),
    ] {
        let mut payload = second_payload(&first);
        payload[member] = value.clone();
        let second = statement(&payload, &["alice-2", "alice"]);
        assert_eq!(verify(&json!([first, second])), "bad_history", "{member}: {value}");
    }
    let mut same_second = second_payload(&first);
    same_second["iat"] = json!(DAWN);
    let second = statement(&same_second, &["alice-2", "alice"]);
    assert_eq!(verify(&json!([first, second])), "ok");
}

#[test]
fn a_key_cannot_stay_when_the_other_is_replaced() {
    let first = statement(&first_payload(), &["alice"]);
    for (encryption, signing) in [("alice", "alice-2"), ("alice-2", "alice")] {
        let mut payload = second_payload(&first);
        payload["keys"] =
            json!([public_jwk(encryption, "encryption"), public_jwk(signing, "signing")]);
        let second = statement(&payload, &[signing, "alice"]);
        assert_eq!(verify(&json!([first, second])), "bad_history");
    }
}

#[test]
fn a_history_cannot_change_hands() {
    let first = statement(&first_payload(), &["alice"]);
    let mut payload = second_payload(&first);
    payload["sub"] = json!("carol");
    let history = json!([first, statement(&payload, &["alice-2", "alice"])]).to_string();
    for name in ["alice", "carol"] {
        assert_eq!(code(Contact::from_history(&history, &username(name), None)), "bad_history");
    }
}

#[test]
fn a_signing_key_cannot_pass_for_an_encryption_key() {
    let mut payload = first_payload();
    payload["keys"][1]["use"] = json!("enc");
    payload["keys"][1]["alg"] = json!("RSA-OAEP-256");
    assert_eq!(verify(&json!([statement(&payload, &["alice"])])), "bad_history");
}

#[test]
fn a_history_without_its_beginning_or_its_middle_is_refused() {
    let history = parsed(&old_alice().history());
    for missing in [0, 1] {
        let mut history = history.clone();
        history.as_array_mut().unwrap().remove(missing);
        assert_eq!(verify(&history), "bad_history", "without statement {missing}");
    }
    let mut swapped = history;
    swapped.as_array_mut().unwrap().swap(1, 2);
    assert_eq!(verify(&swapped), "bad_history");
}

#[test]
fn what_is_no_history_is_refused() {
    let long = format!("[{}]", " ".repeat(2 * 1024 * 1024));
    for history in ["", "[]", "{}", "null", "[null]", "[[]]", r#"[{"payload":"","signatures":[]}]"#]
        .into_iter()
        .chain([long.as_str()])
    {
        let verified = Contact::from_history(history, &username("alice"), None);
        assert_eq!(code(verified), "bad_history");
    }
    let too_many = vec![parsed(&Person::named("alice").history())[0].clone(); 65];
    assert_eq!(verify(&json!(too_many)), "bad_history");
}

#[test]
fn a_history_full_of_statements_verifies_and_cannot_be_longer() {
    // New keys for each of 64 statements would take long: the limit is checked before the keys.
    let same = parsed(&Person::named("alice").history())[0].clone();
    let reason = |count: usize| {
        let history = json!(vec![same.clone(); count]).to_string();
        Contact::from_history(&history, &username("alice"), None).unwrap_err().to_string()
    };
    assert!(reason(64).contains("seq does not count"), "{}", reason(64));
    assert!(reason(65).contains("not 1 to 64"), "{}", reason(65));
}

#[test]
fn every_flipped_bit_and_every_truncation_of_a_history_is_refused() {
    let history = Person::named("alice").history();
    let alice = username("alice");
    for length in 0..history.len() {
        let verified = Contact::from_history(&history[..length], &alice, None);
        assert_eq!(code(verified), "bad_history", "at {length}");
    }
    for place in 0..history.len() {
        for bit in 0..7 {
            let mut bytes = history.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let altered = String::from_utf8(bytes).unwrap();
            let verified = Contact::from_history(&altered, &alice, None);
            assert_eq!(code(verified), "bad_history", "bit {bit} of byte {place}");
        }
    }
}

#[test]
fn a_history_is_of_the_user_it_is_asked_for() {
    let bob = Person::named("bob");
    let asked = Contact::from_history(&bob.history(), &username("alice"), None);
    assert_eq!(code(asked), "bad_history");
}

#[test]
fn a_pin_accepts_only_itself_and_what_continues_it() {
    let (alice, older) = (old_alice(), Person::named("alice"));
    let other_keys = Person::with_keys("alice", "mallory");
    let mut fork = Person::named("alice");
    fork.rotates("mallory", DAWN + HOUR).unwrap();

    let against = |history: &Person, pin: &Person| {
        code(Contact::from_history(&history.history(), &username("alice"), Some(&pin.history())))
    };
    assert_eq!(against(&alice, &alice), "ok");
    let pinned = older.contact().pin().unwrap();
    let mut continued = Person { identity: older.identity, keys: "alice" };
    continued.rotates("alice-2", DAWN + HOUR).unwrap();
    let seen = Contact::from_history(&continued.history(), &username("alice"), Some(&pinned));
    assert_eq!(code(seen), "ok");
    let back = Contact::from_history(&pinned, &username("alice"), Some(&continued.history()));
    assert_eq!(code(back), "history_rolled_back");
    assert_eq!(against(&other_keys, &alice), "identity_changed");
    assert_eq!(against(&fork, &continued), "identity_changed");
    assert_eq!(against(&continued, &fork), "identity_changed");
}

#[test]
fn an_invalid_history_is_refused_before_it_is_held_against_the_pin() {
    let alice = Person::named("alice");
    let mut history = parsed(&alice.history());
    history[0]["signatures"] = json!([]);
    let pin = Some(alice.history());
    let seen = Contact::from_history(&history.to_string(), &username("alice"), pin.as_deref());
    assert_eq!(code(seen), "bad_history");
}

#[test]
fn a_pin_that_is_no_history_is_the_callers_fault() {
    let alice = Person::named("alice");
    let seen = Contact::from_history(&alice.history(), &username("alice"), Some("[]"));
    assert_eq!(code(seen), "invalid_argument");
}

#[test]
fn keys_cannot_be_used_again() {
    let mut alice = Person::named("alice");
    assert_eq!(code(alice.rotates("alice", DAWN + HOUR)), "invalid_argument");
    assert_eq!(alice.identity.history().seq(), 0, "a refused rotation changed the identity");
}

#[test]
fn a_clock_that_runs_backwards_does_not_break_the_history() {
    let mut alice = Person::named("alice");
    alice.rotates("alice-2", DAWN - HOUR).unwrap();
    assert_eq!(verify(&parsed(&alice.history())), "ok");
}

#[test]
fn two_people_see_the_same_safety_number_and_a_third_another() {
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(Person::named);
    let seen_by_alice = safety_number(&alice.identity.safety_half(), &bob.contact().safety_half());
    let seen_by_bob = safety_number(&bob.identity.safety_half(), &alice.contact().safety_half());
    assert_eq!(seen_by_alice, seen_by_bob);
    let groups: Vec<&str> = seen_by_alice.split(' ').collect();
    assert_eq!(groups.len(), 12);
    assert!(groups.iter().all(|group| group.len() == 5 && group.parse::<u32>().is_ok()));
    let other = safety_number(&alice.identity.safety_half(), &carol.contact().safety_half());
    assert_ne!(seen_by_alice, other);
}

#[test]
fn a_rotation_changes_the_safety_number() {
    let mut alice = Person::named("alice");
    let before = alice.identity.safety_half();
    alice.rotates("alice-2", DAWN + HOUR).unwrap();
    assert_ne!(alice.identity.safety_half(), before);
}

#[test]
fn a_safety_half_follows_the_recipe() {
    use sha2::{Digest, Sha512};
    let alice = Person::named("alice");
    let payload = decode(&parsed(&alice.history())[0]["payload"]);
    let m = Sha512::digest(payload);
    let mut h = Sha512::digest([b"pli safety number v1", &m[..]].concat());
    for _ in 0..5_200 {
        h = Sha512::digest([&h[..], &m[..]].concat());
    }
    let digits: String = h[..30]
        .chunks(5)
        .map(|five| {
            let number = five.iter().fold(0_u64, |number, byte| number * 256 + u64::from(*byte));
            format!("{:05}", number % 100_000)
        })
        .collect();
    assert_eq!(alice.identity.safety_half().to_string(), digits);
}
