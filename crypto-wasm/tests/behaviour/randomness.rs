//! Sealing depends on the randomness that it is given and on nothing else.

use std::convert::Infallible;

use pli_crypto::{Content, FilePolicy, FileSealer, Identity};
use rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};

use crate::people::{DAWN, Person, key_pairs, seconds, username};

/// SHA-256 of a counter: the same bytes in every run.
struct Fixed(u64, Vec<u8>);

impl Fixed {
    fn new() -> Self {
        Self(0, vec![])
    }
}

impl TryRng for Fixed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Infallible> {
        for byte in destination {
            if self.1.is_empty() {
                self.1 = Sha256::digest(self.0.to_be_bytes()).to_vec();
                self.0 += 1;
            }
            *byte = self.1.remove(0);
        }
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}

#[test]
fn the_same_randomness_makes_the_same_statement_envelope_and_signature() {
    let make = || {
        let mut rng = Fixed::new();
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
            FileSealer::new("a.txt", "text/plain", 5, policy, &mut Fixed::new()).unwrap();
        (sealer.seal_segment(b"hello").unwrap(), sealer.finish().unwrap())
    };
    assert_eq!(make(), make());
}

#[test]
fn other_randomness_makes_other_envelopes() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    assert_ne!(alice.sends("hello").to(&bob).envelope, alice.sends("hello").to(&bob).envelope);
}
