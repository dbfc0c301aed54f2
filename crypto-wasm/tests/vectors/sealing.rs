//! Runs what is made with fixed randomness.

use pli_crypto::{
    Contact, Content, Expected, FilePolicy, FileSealer, Identity, MessageId, PasswordKdf, Result,
    Stretched, Timestamp,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    fixed::Fixed,
    forgery::{decode, encode},
    opening::{people, string},
    people::key_pairs,
    rewrapping::PASSWORD,
};

pub(crate) fn make(case: &Value) -> Result<Value> {
    let mut rng = Fixed::of(string(case, "seed"));
    match string(case, "makes") {
        "letter" => letter(case, &mut rng),
        "signature" => {
            let bytes = decode(&case["bytes"]);
            Ok(json!(people().identity(&case["by"]).sign(&bytes, &mut rng)?))
        }
        "wrapped keys" => wrapped_keys(case, &mut rng),
        "recovery kit" => {
            let kit = copy(&case["by"]).recovery_kit(&mut rng)?;
            Ok(json!({
                "code": *kit.code.reveal(),
                "recoverySecret": *kit.code.recovery_secret()?,
                "wrappedKeys": kit.wrapped_keys,
            }))
        }
        "rotation" => {
            let now = Timestamp::from_millis(case["now"].as_u64().unwrap())?;
            let keys = key_pairs(string(case, "keys"));
            Ok(parsed(&copy(&case["by"]).rotate(keys, now, &mut rng)?.statement))
        }
        "file" => file(case, &mut rng),
        other => panic!("nothing makes {other}"),
    }
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// An identity of one's own, to change.
fn copy(title: &Value) -> Identity {
    let stretched = &people().stretched;
    let wrapped = people().identity(title).lock(stretched, &mut Fixed::of("copy")).unwrap();
    Identity::unlock(&wrapped, stretched, Expected::default()).unwrap()
}

fn letter(case: &Value, rng: &mut Fixed) -> Result<Value> {
    let to: Vec<Contact> =
        case["to"].as_array().unwrap().iter().map(|title| people().contact(title)).collect();
    let to: Vec<&Contact> = to.iter().collect();
    let content = Content::from_json(&case["content"].to_string())?;
    let now = Timestamp::from_millis(case["now"].as_u64().unwrap())?;
    let id = case["id"].as_str().map(MessageId::parse).transpose()?;
    let sealed = people().identity(&case["by"]).seal(content, &to, now, id, rng)?;
    Ok(json!({"id": sealed.id.as_str(), "envelope": parsed(&sealed.envelope)}))
}

fn wrapped_keys(case: &Value, rng: &mut Fixed) -> Result<Value> {
    let stretched = match &case["kdf"] {
        Value::Null => Stretched::new(PASSWORD, PasswordKdf::fresh(rng))?,
        kdf => Stretched::new(PASSWORD, PasswordKdf::from_json(&kdf.to_string())?)?,
    };
    let wrapped_keys = people().identity(&case["by"]).lock(&stretched, rng)?;
    Ok(json!({"kdf": parsed(&stretched.kdf().to_json()?), "wrappedKeys": wrapped_keys}))
}

fn file(case: &Value, rng: &mut Fixed) -> Result<Value> {
    let policy = match &case["policy"] {
        Value::Null => FilePolicy::default(),
        policy => FilePolicy::from_json(&policy.to_string())?,
    };
    let (name, media_type) = (string(case, "fileName"), string(case, "mediaType"));
    let size = case["size"].as_u64().unwrap();
    let mut sealer = FileSealer::new(name, media_type, size, policy, rng)?;
    let text: Vec<u8> = (0..case["length"].as_u64().unwrap()).map(|n| (n % 251) as u8).collect();
    let (mut sealed, mut rest) = (vec![], &text[..]);
    while let Some(length) = sealer.next_length() {
        let (segment, after) = rest.split_at(rest.len().min(length as usize));
        sealed.extend(sealer.seal_segment(segment)?);
        rest = after;
    }
    if !rest.is_empty() {
        sealer.seal_segment(rest)?;
    }
    let descriptor = sealer.finish()?.reveal_json()?;
    Ok(json!({"sha256": encode(Sha256::digest(sealed)), "descriptor": parsed(&descriptor)}))
}
