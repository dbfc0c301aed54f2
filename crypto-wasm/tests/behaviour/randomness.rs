//! Sealing depends on the randomness that it is given and on nothing else.

use pli_crypto::{Content, FilePolicy, FileSealer, Identity};

use crate::{
    fixed::Fixed,
    people::{DAWN, Person, key_pairs, seconds, username},
};

#[test]
fn the_same_randomness_makes_the_same_statement_envelope_and_signature() {
    let make = || {
        let mut rng = Fixed::of("seed");
        let now = seconds(DAWN);
        let alice =
            Identity::create(&username("alice"), key_pairs("alice"), now, &mut rng).unwrap();
        let bob = Person::named("bob").contact();
        // Bob's statement is a new one each time; his keys are the same.
        let content = Content::Text("hello".into());
        let sealed = alice.seal(content, &[&bob], now, None, &mut rng).unwrap();
        let signature = alice.sign(b"bytes", &mut rng).unwrap();
        (alice.history().to_json().unwrap(), sealed.envelope, signature)
    };
    assert_eq!(make(), make());
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

#[test]
fn other_randomness_makes_other_envelopes() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    assert_ne!(alice.sends("hello").to(&bob).envelope, alice.sends("hello").to(&bob).envelope);
}
