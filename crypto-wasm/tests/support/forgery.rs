//! What an attacker, or another programmer, can make with a JOSE library of their own.
//!
//! Nothing here uses the code under test: it signs and encrypts with the algorithms alone, and with
//! randomness that depends on what is signed or for whom, so that it makes the same in every run.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use hkdf::Hkdf;
use rsa::{BoxedUint, Oaep, Pss, RsaPrivateKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    fixed::Fixed,
    people::{Person, key_file},
};

/// A letter of Alice's to Bob in the making, right in everything until a test changes it.
pub(crate) struct Forgery {
    pub(crate) letter: Value,
    pub(crate) letter_header: Value,
    pub(crate) signing_key: RsaPrivateKey,
    /// Stands in place of the signed letter.
    pub(crate) inside: Option<Vec<u8>>,
    pub(crate) header: Value,
    pub(crate) content_key: [u8; 32],
    /// kid and public key.
    pub(crate) recipients: Vec<(String, RsaPrivateKey)>,
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

pub(crate) fn decode(text: &Value) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text.as_str().unwrap()).unwrap()
}

/// The RSA key of one use (`encryption` or `signing`) in `vectors/keys.json`.
pub(crate) fn rsa_key(keys: &str, usage: &str) -> RsaPrivateKey {
    let jwk = &key_file(keys)[usage];
    let number = |member: &str| BoxedUint::from_be_slice_vartime(&decode(&jwk[member]));
    let primes = vec![number("p"), number("q")];
    RsaPrivateKey::from_components(number("n"), number("e"), number("d"), primes).unwrap()
}

pub(crate) fn kid(keys: &str, usage: &str) -> String {
    key_file(keys)[usage]["kid"].as_str().unwrap().to_owned()
}

pub(crate) fn sign(key: &RsaPrivateKey, header: &Value, payload: &[u8]) -> String {
    let input = format!("{}.{}", encode(header.to_string()), encode(payload));
    let hash = Sha256::digest(&input);
    let mut rng = Fixed::of(&input);
    let signature = key.sign_with_rng(&mut rng, Pss::<Sha256>::new(), &hash).unwrap();
    format!("{input}.{}", encode(signature))
}

pub(crate) fn commitment(content_key: &[u8]) -> String {
    let mut commitment = [0; 32];
    let hkdf = Hkdf::<Sha256>::new(None, content_key);
    hkdf.expand(b"pli key commitment v1", &mut commitment).unwrap();
    encode(commitment)
}

impl Forgery {
    pub(crate) fn new(from: &Person, to: &[&Person]) -> Self {
        let mut everyone: Vec<&Person> = to.to_vec();
        everyone.push(from);
        everyone.sort_by_key(|person| kid(person.keys, "encryption"));
        let party =
            |person: &&Person| json!({"sub": person.name(), "kid": kid(person.keys, "encryption")});
        let content_key = [7; 32];
        Self {
            letter: json!({
                "v": 1,
                "id": "0191b2c3-0000-7000-8000-000000000001",
                "sent_at": "2026-09-21T15:00:00Z",
                "from": {"sub": from.name(), "kid": kid(from.keys, "signing")},
                "to": everyone.iter().map(party).collect::<Vec<_>>(),
                "type": "text",
                "text": "hello",
            }),
            letter_header: json!({
                "alg": "PS256",
                "kid": kid(from.keys, "signing"),
                "typ": "pli-letter+json",
            }),
            signing_key: rsa_key(from.keys, "signing"),
            inside: None,
            header: json!({
                "alg": "RSA-OAEP-256",
                "enc": "A256GCM",
                "typ": "pli-envelope+json",
                "kc": commitment(&content_key),
            }),
            content_key,
            recipients: everyone
                .iter()
                .map(|person| (kid(person.keys, "encryption"), rsa_key(person.keys, "encryption")))
                .collect(),
        }
    }

    pub(crate) fn signed(&self) -> String {
        sign(&self.signing_key, &self.letter_header, self.letter.to_string().as_bytes())
    }

    pub(crate) fn envelope(&self) -> Value {
        let protected = encode(self.header.to_string());
        let inside = self.inside.clone().unwrap_or_else(|| self.signed().into_bytes());
        let iv = [9; 12];
        let sealed = Aes256Gcm::new(&self.content_key.into())
            .encrypt(&iv.into(), Payload { msg: &inside, aad: protected.as_bytes() })
            .unwrap();
        let (ciphertext, tag) = sealed.split_at(sealed.len() - 16);
        let recipients = self.recipients.iter().map(|(kid, key)| {
            let mut rng = Fixed::of(kid);
            let encrypted = key
                .to_public_key()
                .encrypt(&mut rng, Oaep::<Sha256>::new(), &self.content_key)
                .unwrap();
            json!({"header": {"kid": kid}, "encrypted_key": encode(encrypted)})
        });
        json!({
            "protected": protected,
            "iv": encode(iv),
            "ciphertext": encode(ciphertext),
            "tag": encode(tag),
            "recipients": recipients.collect::<Vec<_>>(),
        })
    }
}
