//! Sealing depends on the randomness that it is given and on nothing else.

use pli_crypto::{Content, FilePolicy, FileSealer, Identity, MessageId};
use serde_json::Value;

use crate::{
    fixed::Fixed,
    people::{DAWN, Person, key_pairs, seconds, username},
};

const ID: &str = "0191b2c3-0000-7000-8000-000000000000";

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// What somebody makes of fixed randomness: a statement, an envelope and a signature.
fn made_of(seed: &str) -> [String; 3] {
    let mut rng = Fixed::of(seed);
    let now = seconds(DAWN);
    let alice = Identity::create(&username("alice"), key_pairs("alice"), now, &mut rng).unwrap();
    let bob = Person::named("bob").contact();
    // Bob's statement is a new one each time; his keys are the same.
    let (content, id) = (Content::Text("hello".into()), Some(MessageId::parse(ID).unwrap()));
    let sealed = alice.seal(content, &[&bob], now, id, &mut rng).unwrap();
    let signature = alice.sign(b"bytes", &mut rng).unwrap();
    [alice.history().to_json().unwrap(), sealed.envelope, signature]
}

#[test]
fn the_same_randomness_makes_the_same_statement_envelope_and_signature() {
    assert_eq!(made_of("seed"), made_of("seed"));
}

#[test]
fn other_randomness_makes_others_of_all_three() {
    let (some, other) = (made_of("seed"), made_of("another seed"));
    for (some, other) in some.iter().zip(&other) {
        assert_ne!(some, other);
    }
    let envelopes = [some, other].map(|[_, envelope, _]| value(&envelope));
    let [some, other] = &envelopes;
    assert_eq!(some["recipients"][0]["header"], other["recipients"][0]["header"]);
    for part in ["/protected", "/iv", "/ciphertext", "/tag", "/recipients/0/encrypted_key"] {
        assert_ne!(some.pointer(part).unwrap(), other.pointer(part).unwrap(), "{part}");
    }
}

#[test]
fn the_same_randomness_makes_the_same_file() {
    let make = || {
        let policy = FilePolicy::default();
        let mut sealer =
            FileSealer::new("a.txt", "text/plain", 5, policy, &mut Fixed::of("seed")).unwrap();
        (sealer.seal_segment(b"hello").unwrap(), sealer.finish().unwrap())
    };
    assert_eq!(make(), make());
}
