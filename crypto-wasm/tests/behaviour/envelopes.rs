//! Envelopes whose bytes were touched on the way.

use serde_json::Value;

use crate::people::{Person, code};

#[test]
fn every_truncation_of_an_envelope_is_refused() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    let envelope = alice.sends("hello").to(&bob).envelope;
    let contact = alice.contact();
    for length in 0..envelope.len() {
        let opened = bob.identity.open(&envelope[..length], &contact, None);
        assert_eq!(code(opened), "bad_envelope", "at {length}");
    }
}

#[test]
fn every_flipped_bit_of_ones_own_encrypted_key_is_refused() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    let envelope = alice.sends("hello").to(&bob).envelope;
    let contact = alice.contact();
    let parsed: Value = serde_json::from_str(&envelope).unwrap();
    let own = parsed["recipients"]
        .as_array()
        .unwrap()
        .iter()
        .find(|recipient| {
            recipient["header"]["kid"] == crate::forgery::kid("bob", "encryption").as_str()
        })
        .unwrap()["encrypted_key"]
        .as_str()
        .unwrap();
    let start = envelope.find(own).unwrap();
    let mut opaque = 0;
    for place in start..start + own.len() {
        for bit in 0..7 {
            let mut bytes = envelope.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let altered = String::from_utf8(bytes).unwrap();
            match code(bob.identity.open(&altered, &contact, None)) {
                "decrypt_failed" => opaque += 1,
                other => assert_eq!(other, "bad_envelope", "bit {bit} of byte {place}"),
            }
        }
    }
    assert!(opaque > 1_000, "only {opaque} altered keys came to be unwrapped");
}

#[test]
fn the_envelopes_of_two_letters_cannot_be_mixed() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    let contact = alice.contact();
    let [one, other] = ["one", "other"]
        .map(|text| serde_json::from_str::<Value>(&alice.sends(text).to(&bob).envelope).unwrap());
    for member in ["protected", "iv", "ciphertext", "tag", "recipients"] {
        let mut mixed = one.clone();
        mixed[member] = other[member].clone();
        let opened = bob.identity.open(&mixed.to_string(), &contact, None);
        assert_eq!(code(opened), "decrypt_failed", "{member}");
    }
}
