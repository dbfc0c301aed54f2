use crate::{
    forgery::{kid, rsa_key, sign},
    people::{DAWN, HOUR, Person, code},
};
use pli_crypto::{random, verify};
use serde_json::json;

fn signed(person: &Person, bytes: &[u8]) -> String {
    person.identity.sign(bytes, &mut random::system().unwrap()).unwrap()
}

#[test]
fn a_signature_verifies_over_its_bytes_and_no_others() {
    let (alice, bob) = (Person::named("alice"), Person::named("bob"));
    for bytes in [&b""[..], b"some bytes", &[0xa5; 100_001]] {
        let jws = signed(&alice, bytes);
        let signer = verify(&jws, bytes, &alice.contact()).unwrap().unwrap();
        assert_eq!((signer.seq, signer.current), (0, true));
        assert_eq!(verify(&jws, &[bytes, b"!"].concat(), &alice.contact()), Ok(None));
        assert_eq!(verify(&jws, bytes, &bob.contact()), Ok(None));
    }
}

#[test]
fn a_signature_is_a_detached_jws_of_any_jose_library() {
    let alice = Person::named("alice");
    let header = json!({"alg": "PS256", "kid": kid("alice", "signing"), "typ": "pli-signature"});
    let jws = sign(&rsa_key("alice", "signing"), &header, b"some bytes");
    let parts: Vec<&str> = jws.split('.').collect();
    let detached = format!("{}..{}", parts[0], parts[2]);
    assert!(verify(&detached, b"some bytes", &alice.contact()).unwrap().is_some());
}

#[test]
fn a_signature_by_a_former_key_says_so() {
    let mut alice = Person::named("alice");
    let jws = signed(&alice, b"bytes");
    alice.rotates("alice-2", DAWN + HOUR).unwrap();
    let signer = verify(&jws, b"bytes", &alice.contact()).unwrap().unwrap();
    assert_eq!((signer.seq, signer.current), (0, false));
}

#[test]
fn what_is_malformed_is_an_error_and_not_a_no() {
    let alice = Person::named("alice");
    let right = signed(&alice, b"bytes");
    let with = |header: serde_json::Value| {
        let jws = sign(&rsa_key("alice", "signing"), &header, b"bytes");
        let parts: Vec<&str> = jws.split('.').collect();
        format!("{}..{}", parts[0], parts[2])
    };
    let kid = kid("alice", "signing");
    for jws in [
        String::new(),
        right.replace("..", "."),
        right.replace("..", ".Ynl0ZXM."),
        format!("{right}="),
        with(json!({"alg": "PS256", "kid": kid, "typ": "pli-letter+json"})),
        with(json!({"alg": "PS256", "kid": kid})),
        with(json!({"alg": "RS256", "kid": kid, "typ": "pli-signature"})),
        with(json!({"alg": "PS256", "kid": kid, "typ": "pli-signature", "b64": false})),
    ] {
        assert_eq!(code(verify(&jws, b"bytes", &alice.contact())), "invalid_argument", "{jws}");
    }
}

#[test]
fn every_flipped_bit_and_every_truncation_of_a_signature_is_noticed() {
    let alice = Person::named("alice");
    let (right, contact) = (signed(&alice, b"bytes"), alice.contact());
    let stands = |jws: &str| verify(jws, b"bytes", &contact).is_ok_and(|signer| signer.is_some());
    assert!(stands(&right));
    for length in 0..right.len() {
        assert!(!stands(&right[..length]), "at {length}");
    }
    for place in 0..right.len() {
        for bit in 0..7 {
            let mut bytes = right.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let altered = String::from_utf8(bytes).unwrap();
            assert!(!stands(&altered), "bit {bit} of byte {place}");
        }
    }
}
