//! The examples of RFC 7520, as far as they touch what the library does, and that of RFC 7638.
//!
//! Their algorithms are near ours but not ours: PS384 for PS256, and OAEP with SHA-1. So keys and
//! content go through the library, the RSA operations through what it is built on; and the library
//! refuses what it is not made for.

use rsa::{Oaep, Pss, traits::PaddingScheme, traits::SignatureScheme};
use serde_json::Value;
use sha2::{Digest, Sha384};

use crate::{
    base64url,
    jwe::Jwe,
    jws::{Purpose, split_compact},
    kid::Kid,
    private_key::PrivateKey,
    public_key::{KeyUse, PublicKey},
    random,
    secret::Secret,
};

fn example(member: &str) -> Value {
    let examples: Value = serde_json::from_str(include_str!("rfc7520.json")).unwrap();
    examples[member].clone()
}

/// Their `kid` and `alg` are not what the library accepts; their numbers are.
fn imported(member: &str, usage: KeyUse) -> PrivateKey {
    let mut jwk = example(member);
    assert!(PrivateKey::from_jwk(&jwk.to_string(), usage).is_err());
    for unsuitable in ["kid", "use", "alg"] {
        jwk.as_object_mut().unwrap().remove(unsuitable);
    }
    PrivateKey::from_jwk(&jwk.to_string(), usage).unwrap()
}

#[test]
fn the_rsa_pss_signature_of_rfc_7520_verifies() {
    let key = imported("signingKey", KeyUse::Signing);
    let signed = example("signed");
    let (input, signature) = signed.as_str().unwrap().rsplit_once('.').unwrap();
    let hash = Sha384::digest(input);
    let signature = base64url::decode(signature).unwrap();
    let public = key.public().rsa();
    assert!(Pss::<Sha384>::new().verify(public, &hash, &signature).is_ok());
    assert!(Pss::<Sha384>::new().verify(public, &Sha384::digest(""), &signature).is_err());
    assert!(split_compact(signed.as_str().unwrap(), Purpose::Signature).is_err());
}

#[test]
fn the_rsa_oaep_and_a256gcm_encryption_of_rfc_7520_opens() {
    let key = imported("encryptionKey", KeyUse::Encryption);
    let encrypted = example("encrypted");
    let parts: Vec<&str> = encrypted.as_str().unwrap().split('.').collect();
    let [protected, encrypted_key, iv, ciphertext, tag] = parts[..] else { panic!("{parts:?}") };
    let encrypted_key = base64url::decode(encrypted_key).unwrap();
    let content_key = Oaep::<sha1::Sha1>::new()
        .decrypt(Some(&mut random::system().unwrap()), key.rsa(), &encrypted_key)
        .unwrap();
    let content_key = Secret::from_slice(&content_key).unwrap();
    let text = Jwe::parse(protected, iv, ciphertext, tag).unwrap().open(&content_key).unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), example("text").as_str().unwrap());
    assert!(key.unwrap(&encrypted_key).unwrap().is_none(), "it is of another hash");
}

/// RFC 7638 §3.1.
#[test]
fn the_thumbprint_of_rfc_7638_is_its_kid() {
    let jwk = serde_json::json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
    });
    let key = PublicKey::from_jwk(&jwk.to_string(), KeyUse::Signing).unwrap();
    let expected = Kid::parse("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs").unwrap();
    assert_eq!(*key.kid(), expected);
}
