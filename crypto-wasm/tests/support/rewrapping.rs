//! What a thief of the wrapping key could write: wrapped keys changed and wrapped again.

use std::sync::OnceLock;

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::forgery::{decode, encode};

/// The password under which everything in the tests is wrapped, and its derivation.
pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const KDF: &str =
    r#"{"name":"argon2id","m":65536,"t":3,"p":1,"salt":"AAECAwQFBgcICQoLDA0ODw"}"#;

/// Changes the contents of wrapped keys.
pub(crate) fn rewrapped(wrapped: &str, seq: u64, change: impl FnOnce(&mut Value)) -> String {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, stretched()).expand(b"pli key wrap v1", &mut key).unwrap();
    let cipher = Aes256Gcm::new(&key.into());
    let parts: Vec<&str> = wrapped.split('.').collect();
    let iv: [u8; 12] = decode(&json!(parts[2])).try_into().unwrap();
    let sealed = [decode(&json!(parts[3])), decode(&json!(parts[4]))].concat();
    let payload = Payload { msg: &sealed, aad: parts[0].as_bytes() };
    let mut contents =
        serde_json::from_slice(&cipher.decrypt(&iv.into(), payload).unwrap()).unwrap();

    change(&mut contents);
    let mut header = header(wrapped);
    header["seq"] = json!(seq);
    let (header, contents) = (encode(header.to_string()), contents.to_string());
    let payload = Payload { msg: contents.as_bytes(), aad: header.as_bytes() };
    let sealed = cipher.encrypt(&iv.into(), payload).unwrap();
    let (ciphertext, tag) = sealed.split_at(sealed.len() - 16);
    format!("{header}..{}.{}.{}", parts[2], encode(ciphertext), encode(tag))
}

/// Argon2id of that password; it takes its time, once.
pub(crate) fn stretched() -> &'static [u8; 32] {
    static STRETCHED: OnceLock<[u8; 32]> = OnceLock::new();
    STRETCHED.get_or_init(|| {
        let mut output = [0; 32];
        let salt: [u8; 16] = std::array::from_fn(|n| n as u8);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(65_536, 3, 1, None).unwrap())
            .hash_password_into(PASSWORD.as_bytes(), &salt, &mut output)
            .unwrap();
        output
    })
}

pub(crate) fn header(wrapped: &str) -> Value {
    let protected = wrapped.split('.').next().unwrap();
    serde_json::from_slice(&decode(&json!(protected))).unwrap()
}

pub(crate) fn with_header(wrapped: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut header = header(wrapped);
    change(&mut header);
    let rest = wrapped.split_once('.').unwrap().1;
    format!("{}.{rest}", encode(header.to_string()))
}
