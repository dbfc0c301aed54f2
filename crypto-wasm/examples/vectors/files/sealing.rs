//! What is made with fixed randomness, byte for byte.

use pli_crypto::{
    Contact, Content, FilePolicy, FileSealer, MessageId, PasswordKdf, Stretched, Timestamp,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    case, cases, gives,
    persons::{kdf, person, stretched},
    refused,
};
use crate::{
    fixed::Fixed,
    forgery::encode,
    people::{DAWN, HOUR, seconds},
    rewrapping::PASSWORD,
};

pub(super) fn file() -> Value {
    let mut all = letters();
    all.extend(keys());
    all.extend(files());
    cases(
        "`makes` says what is made, by whom of people.json, with randomness of which each draw is \
         the SHA-256 blocks of `seed/length/number of that length/block`, joined and cut. Draws of \
         256 bytes, which blind private operations, do not show in the result. A file's text is the \
         bytes n mod 251, for n from 0; `now` is in milliseconds.",
        all,
    )
}

fn letters() -> Vec<Value> {
    let descriptor = json!({
        "name": "plan.pdf",
        "media_type": "application/pdf",
        "size": 5,
        "key": encode([1; 32]),
        "digests": [encode([2; 32])],
    });
    let text = || json!({"text": "Bonjour Bob, ça va ? 🕊️"});
    let mut with_id = letter("a letter under an identifier", &["bob"], text());
    with_id["id"] = json!("0191b2c3-0000-7000-8000-000000000001");
    [
        letter("a letter to one", &["bob"], text()),
        letter("a letter to two", &["bob", "carol"], text()),
        letter("a letter to oneself", &[], text()),
        with_id,
        letter("a letter with a file", &["bob"], json!({"file": descriptor})),
    ]
    .map(|mut letter| {
        letter["expect"] = gives(sealed_letter(&letter));
        letter
    })
    .into_iter()
    .chain([
        letter("a letter to one twice", &["bob", "bob"], text()),
        letter("a letter of nothing", &["bob"], json!({})),
    ])
    .collect()
}

/// A letter that is refused, until it is given another outcome.
fn letter(name: &str, to: &[&str], content: Value) -> Value {
    let now = (DAWN + HOUR) * 1000 + 123;
    let input = json!({
        "makes": "letter",
        "by": "alice",
        "to": to,
        "content": content,
        "now": now,
        "seed": name,
    });
    case(name, input, refused("invalid_argument"))
}

fn sealed_letter(letter: &Value) -> Value {
    let contacts: Vec<Contact> = letter["to"]
        .as_array()
        .unwrap()
        .iter()
        .map(|title| person(title.as_str().unwrap()).contact())
        .collect();
    let content = Content::from_json(&letter["content"].to_string()).unwrap();
    let now = Timestamp::from_millis(letter["now"].as_u64().unwrap()).unwrap();
    let id = letter["id"].as_str().map(|id| MessageId::parse(id).unwrap());
    let mut rng = Fixed::of(letter["seed"].as_str().unwrap());
    let contacts: Vec<&Contact> = contacts.iter().collect();
    let sealed = person("alice").identity.seal(content, &contacts, now, id, &mut rng).unwrap();
    let envelope: Value = serde_json::from_str(&sealed.envelope).unwrap();
    json!({"id": sealed.id.as_str(), "envelope": envelope})
}

fn keys() -> Vec<Value> {
    let signed = person("alice").identity.sign(b"I was here", &mut Fixed::of("sign")).unwrap();
    let locked = person("alice").identity.lock(&stretched(), &mut Fixed::of("lock")).unwrap();
    let mut rng = Fixed::of("lock anew");
    let new_kdf = PasswordKdf::fresh(&mut rng);
    let anew = Stretched::new(PASSWORD, new_kdf.clone()).unwrap();
    let locked_anew = person("alice").identity.lock(&anew, &mut rng).unwrap();
    let kit = person("alice").identity.recovery_kit(&mut Fixed::of("recovery")).unwrap();
    let rotation = person("alice")
        .identity
        .rotate(crate::people::key_pairs("alice-2"), seconds(DAWN + HOUR), &mut Fixed::of("rotate"))
        .unwrap();
    vec![
        case(
            "a signature",
            json!({"makes": "signature", "by": "alice", "bytes": encode("I was here"), "seed": "sign"}),
            gives(json!(signed)),
        ),
        case(
            "keys under the password that they have",
            json!({"makes": "wrapped keys", "by": "alice", "kdf": kdf(), "seed": "lock"}),
            gives(json!({"kdf": kdf(), "wrappedKeys": locked})),
        ),
        case(
            "keys under a new password",
            json!({"makes": "wrapped keys", "by": "alice", "seed": "lock anew"}),
            gives(json!({
                "kdf": serde_json::from_str::<Value>(&new_kdf.to_json().unwrap()).unwrap(),
                "wrappedKeys": locked_anew,
            })),
        ),
        case(
            "a recovery kit",
            json!({"makes": "recovery kit", "by": "alice", "seed": "recovery"}),
            gives(json!({
                "code": *kit.code.reveal(),
                "recoverySecret": *kit.code.recovery_secret().unwrap(),
                "wrappedKeys": kit.wrapped_keys,
            })),
        ),
        case(
            "a rotation to the keys alice-2; only native, since JavaScript cannot import keys",
            json!({
                "makes": "rotation",
                "by": "alice",
                "keys": "alice-2",
                "now": (DAWN + HOUR) * 1000,
                "seed": "rotate",
            }),
            gives(serde_json::from_str(&rotation.statement).unwrap()),
        ),
    ]
}

const BYTES: (&str, &str) = ("a.bin", "application/octet-stream");
const TEXT: (&str, &str) = ("a.txt", "text/plain");

fn files() -> Vec<Value> {
    let made = |name: &str, label, length: usize| {
        let (sealed, descriptor) = sealed_file(name, label, &text(length));
        let sha256 = encode(Sha256::digest(sealed));
        let input = file_of(name, label, length, length);
        case(name, input, gives(json!({"sha256": sha256, "descriptor": descriptor})))
    };
    let not_made = |name: &str, label, length, size, code| {
        case(name, file_of(name, label, length, size), refused(code))
    };
    let mut by_default = not_made("a type that is not allowed", BYTES, 10, 10, "file_refused");
    by_default.as_object_mut().unwrap().remove("policy");
    vec![
        made("an empty file", TEXT, 0),
        made("a small file", BYTES, 1000),
        made("a full segment", BYTES, 1_048_520),
        made("a byte over a segment", BYTES, 1_048_521),
        made("three segments", BYTES, 2_200_000),
        by_default,
        not_made("bytes of no text", TEXT, 10, 10, "file_refused"),
        not_made("a file shorter than said", BYTES, 999, 1000, "size_mismatch"),
        not_made("a file longer than said", BYTES, 1001, 1000, "size_mismatch"),
        not_made("a path for a name", ("a/b.bin", BYTES.1), 10, 10, "invalid_argument"),
    ]
}

fn file_of(seed: &str, label: (&str, &str), length: usize, size: usize) -> Value {
    let mut input = json!({
        "makes": "file",
        "fileName": label.0,
        "mediaType": label.1,
        "length": length,
        "size": size,
        "seed": seed,
    });
    if label != TEXT {
        input["policy"] = json!("any");
    }
    input
}

/// The text of a file: the same bytes in every run and language.
fn text(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n % 251) as u8).collect()
}

fn sealed_file(seed: &str, (name, media_type): (&str, &str), text: &[u8]) -> (Vec<u8>, Value) {
    let policy = FilePolicy::from_json(r#""any""#).unwrap();
    let mut rng = Fixed::of(seed);
    let mut sealer =
        FileSealer::new(name, media_type, text.len() as u64, policy, &mut rng).unwrap();
    let (mut sealed, mut rest) = (vec![], text);
    while let Some(length) = sealer.next_length() {
        let (segment, after) = rest.split_at(length as usize);
        sealed.extend(sealer.seal_segment(segment).unwrap());
        rest = after;
    }
    let descriptor = sealer.finish().unwrap().reveal_json().unwrap();
    (sealed, serde_json::from_str(&descriptor).unwrap())
}
