//! Key statements made with the algorithms alone, right until a test changes them.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    forgery::{decode, encode, kid, rsa_key, sign},
    people::{DAWN, HOUR, key_file},
};

/// Signs a payload as a statement, with each of these keys.
pub(crate) fn statement(payload: &Value, signers: &[&str]) -> Value {
    statement_of_bytes(payload.to_string().as_bytes(), signers)
}

pub(crate) fn statement_of_bytes(payload: &[u8], signers: &[&str]) -> Value {
    let signature = |keys: &&str| {
        let header = json!({"alg": "PS256", "kid": kid(keys, "signing"), "typ": "pli-keys+json"});
        let jws = sign(&rsa_key(keys, "signing"), &header, payload);
        let parts: Vec<&str> = jws.split('.').collect();
        json!({"protected": parts[0], "signature": parts[2]})
    };
    json!({
        "payload": encode(payload),
        "signatures": signers.iter().map(signature).collect::<Vec<_>>(),
    })
}

pub(crate) fn public_jwk(keys: &str, usage: &str) -> Value {
    let mut jwk = key_file(keys)[usage].clone();
    for secret in ["d", "p", "q", "dp", "dq", "qi"] {
        jwk.as_object_mut().unwrap().remove(secret);
    }
    jwk
}

/// What Alice's first statement says.
pub(crate) fn first_payload() -> Value {
    json!({
        "v": 1,
        "sub": "alice",
        "seq": 0,
        "prev": null,
        "keys": [public_jwk("alice", "encryption"), public_jwk("alice", "signing")],
        "iat": DAWN,
    })
}

/// What Alice's second statement says, after this first one.
pub(crate) fn second_payload(first: &Value) -> Value {
    json!({
        "v": 1,
        "sub": "alice",
        "seq": 1,
        "prev": encode(Sha256::digest(decode(&first["payload"]))),
        "keys": [public_jwk("alice-2", "encryption"), public_jwk("alice-2", "signing")],
        "iat": DAWN + HOUR,
    })
}
