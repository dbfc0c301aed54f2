//! Runs what says whom to trust: contacts, safety numbers, signatures, imported keys.

use pli_crypto::{Contact, KeyUse, PrivateKey, PublicKey, Result, Username};
use serde_json::{Value, json};

use crate::{
    forgery::decode,
    opening::{people, string},
};

pub(crate) fn contact(case: &Value) -> Result<Value> {
    let username = Username::parse(string(case, "username"))?;
    let contact = Contact::from_history(string(case, "history"), &username, case["pin"].as_str())?;
    Ok(serde_json::from_str(&contact.pin()?).unwrap())
}

pub(crate) fn safety_number(case: &Value) -> Result<Value> {
    let one = people().identity(&case["one"]).safety_half();
    let other = people().contact(&case["other"]).safety_half();
    Ok(json!(pli_crypto::safety_number(&one, &other)))
}

pub(crate) fn signature(case: &Value) -> Result<Value> {
    let signer = people().contact(&case["signer"]);
    let verified = pli_crypto::verify(string(case, "jws"), &decode(&case["bytes"]), &signer)?;
    Ok(verified.map_or(json!(false), |signer| json!(signer)))
}

pub(crate) fn import(case: &Value) -> Result<Value> {
    let usage = match string(case, "use") {
        "enc" => KeyUse::Encryption,
        _ => KeyUse::Signing,
    };
    let key = string(case, "key");
    let public = |key: PrivateKey| key.public().clone();
    let key = match string(case, "format") {
        "public jwk" => PublicKey::from_jwk(key, usage),
        "private jwk" => PrivateKey::from_jwk(key, usage).map(public),
        "spki der" => PublicKey::from_spki_der(&decode(&case["key"]), usage),
        "spki pem" => PublicKey::from_spki_pem(key, usage),
        "pkcs8 der" => PrivateKey::from_pkcs8_der(&decode(&case["key"]), usage).map(public),
        "pkcs8 pem" => PrivateKey::from_pkcs8_pem(key, usage).map(public),
        other => panic!("no format is called {other}"),
    };
    Ok(json!(key?.kid().as_str()))
}
