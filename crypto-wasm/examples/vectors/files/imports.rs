//! Keys of other software, imported.

use pli_crypto::{KeyUse, PrivateKey};
use serde_json::{Value, json};

use super::{case, cases, gives, refused};
use crate::{forged_statements::public_jwk, forgery::encode, forgery::kid, people::key_file};

pub(super) fn file() -> Value {
    let mut all = accepted();
    all.extend(refused_jwks());
    all.extend(refused_files());
    cases(
        "A key for this `use`, in one of the formats of FORMAT.md §2 (DER in base64url, the others \
         as they are), is imported; accepted, it has this kid. Only native: the exports to \
         JavaScript import keys inside of wrapped keys alone.",
        all,
    )
}

fn import(name: &str, format: &str, usage: &str, key: &str, expect: Value) -> Value {
    case(name, json!({"format": format, "use": usage, "key": key}), expect)
}

fn private() -> PrivateKey {
    PrivateKey::from_jwk(&key_file("alice")["signing"].to_string(), KeyUse::Signing).unwrap()
}

fn accepted() -> Vec<Value> {
    let expect = || gives(json!(kid("alice", "signing")));
    let key = private();
    let mut bare = key_file("alice")["signing"].clone();
    for optional in ["use", "alg", "kid"] {
        bare.as_object_mut().unwrap().remove(optional);
    }
    let mut of_webcrypto = public_jwk("alice", "signing");
    of_webcrypto["key_ops"] = json!(["verify"]);
    of_webcrypto["ext"] = json!(true);
    [
        ("a private JWK", "private jwk", key_file("alice")["signing"].to_string()),
        ("a private JWK without use, alg and kid", "private jwk", bare.to_string()),
        ("a public JWK", "public jwk", public_jwk("alice", "signing").to_string()),
        ("a public JWK of WebCrypto's", "public jwk", of_webcrypto.to_string()),
        ("PKCS#8 in PEM", "pkcs8 pem", key.to_pkcs8_pem().unwrap().to_string()),
        ("PKCS#8 in DER", "pkcs8 der", encode(&*key.to_pkcs8_der().unwrap())),
        ("SPKI in PEM", "spki pem", key.public().to_spki_pem().unwrap()),
        ("SPKI in DER", "spki der", encode(key.public().to_spki_der().unwrap())),
    ]
    .map(|(name, format, text)| import(name, format, "sig", &text, expect()))
    .into()
}

fn refused_jwks() -> Vec<Value> {
    let public = |member: &str, value: Value| {
        let mut jwk = public_jwk("alice", "signing");
        jwk[member] = value;
        jwk.to_string()
    };
    let n = public_jwk("alice", "signing")["n"].as_str().unwrap().to_owned();
    let dq = key_file("alice")["signing"]["dq"].clone();
    let mut inconsistent = key_file("alice")["signing"].clone();
    inconsistent["dp"] = dq;
    let repeated = public("alg", json!("PS256")).replacen('{', r#"{"e":"AQAB","#, 1);
    [
        ("no JSON", "public jwk", "key".to_owned()),
        ("another kind of key", "public jwk", public("kty", json!("EC"))),
        ("another algorithm", "public jwk", public("alg", json!("RS256"))),
        ("another use", "public jwk", public_jwk("alice", "encryption").to_string()),
        ("another exponent", "public jwk", public("e", json!("Aw"))),
        ("an exponent with leading zeros", "public jwk", public("e", json!("AAEAAQ"))),
        ("a modulus with leading zeros", "public jwk", public("n", json!(format!("AAAA{n}")))),
        ("a modulus of 1,024 bits", "public jwk", public("n", json!(&n[..171]))),
        ("a kid that is not the thumbprint", "public jwk", public("kid", json!("A".repeat(43)))),
        ("a certificate", "public jwk", public("x5c", json!([]))),
        ("a repeated member", "public jwk", repeated),
        ("numbers that do not agree", "private jwk", inconsistent.to_string()),
    ]
    .map(|(name, format, key)| import(name, format, "sig", &key, refused("invalid_key")))
    .into()
}

fn refused_files() -> Vec<Value> {
    let der = private().public().to_spki_der().unwrap();
    let mut trailing = der.clone();
    trailing.push(0);
    let pem = private().to_pkcs8_pem().unwrap();
    [
        ("DER cut short", "spki der", encode(&der[..der.len() - 1])),
        ("DER with a byte more", "spki der", encode(trailing)),
        ("DER of another structure", "pkcs8 der", encode(&der)),
        ("PEM of another label", "pkcs8 pem", pem.replace("PRIVATE KEY", "RSA PRIVATE KEY")),
        ("PEM cut short", "pkcs8 pem", pem[..pem.len() / 2].to_owned()),
    ]
    .map(|(name, format, key)| import(name, format, "sig", &key, refused("invalid_key")))
    .into()
}
