//! What two people hand to a server, from registering to a letter with a file: the examples of the
//! OpenAPI document are a real run with it.

use pli_crypto::{
    Contact, Content, FilePolicy, FileSealer, MessageId, PasswordKdf, Stretched, Timestamp,
};
use serde_json::{Value, json};

use super::persons::{history, person};
use crate::{
    fixed::Fixed,
    forgery::encode,
    people::{DAWN, HOUR, key_pairs, seconds},
};

const TEXT: &str = "Bonjour Bob, ça va ? 🕊️";
const FILE: &[u8] = b"Rendez-vous au pont, dimanche.\n";

pub(super) fn file() -> Value {
    json!({
        "about": "What alice and bob hand to a server: registrations, a letter of text and one with \
                  a file, a rotation, a recovery, a new password. Randomness is fixed.",
        "alice": account("alice", "confiture d’oranges amères"),
        "bob": with_recovery("bob", "eleven quiet locomotives"),
        "letter": letter("0191b2c3-0000-7000-8000-000000000001", Content::Text(TEXT.to_owned())),
        "note": note(),
        "letterWithFile": letter_with_file(),
        "rotation": rotation(),
        "recovery": recovery(),
        "newPassword": new_password(),
    })
}

fn stretched(of: &str, password: &str) -> Stretched {
    let kdf = PasswordKdf::fresh(&mut Fixed::of(format!("salt of {of}")));
    Stretched::new(password, kdf).unwrap()
}

fn alices() -> Stretched {
    stretched("alice", "confiture d’oranges amères")
}

/// What is typed, and what registering sends.
fn account(title: &str, typed: &str) -> Value {
    let (person, stretched) = (person(title), stretched(title, typed));
    let wrapped_keys = person.identity.lock(&stretched, &mut Fixed::of(title)).unwrap();
    json!({
        "typedPassword": typed,
        "loginSecret": *stretched.login_secret(),
        "wrappedKeys": wrapped_keys,
        "history": history(&person),
    })
}

/// The same, with a copy of the keys under a recovery code.
fn with_recovery(title: &str, typed: &str) -> Value {
    let mut person = person(title);
    let kit = person.identity.recovery_kit(&mut Fixed::of(format!("code of {title}"))).unwrap();
    let wrapped_keys = person.identity.lock(&stretched(title, typed), &mut Fixed::of(title));
    let mut account = account(title, typed);
    account["wrappedKeys"] = json!(wrapped_keys.unwrap());
    account["recovery"] = json!({
        "code": *kit.code.reveal(),
        "recoverySecret": *kit.code.recovery_secret().unwrap(),
        "wrappedKeys": kit.wrapped_keys,
    });
    account
}

/// What alice writes to herself.
fn note() -> Value {
    let content = Content::Text("Ne pas oublier le pain.".to_owned());
    sealed("0191b2c3-0000-7000-8000-000000000004", content, &[])
}

fn letter(id: &str, content: Content) -> Value {
    sealed(id, content, &[&person("bob").contact()])
}

fn sealed(id: &str, content: Content, to: &[&Contact]) -> Value {
    let now = Timestamp::from_seconds(DAWN + HOUR).unwrap();
    let sealed = person("alice")
        .identity
        .seal(content, to, now, Some(MessageId::parse(id).unwrap()), &mut Fixed::of(id))
        .unwrap();
    let envelope: Value = serde_json::from_str(&sealed.envelope).unwrap();
    json!({ "id": sealed.id.as_str(), "envelope": envelope })
}

fn letter_with_file() -> Value {
    let mut rng = Fixed::of("note.txt");
    let policy = FilePolicy::default();
    let mut sealer =
        FileSealer::new("note.txt", "text/plain", FILE.len() as u64, policy, &mut rng).unwrap();
    let sealed_file = sealer.seal_segment(FILE).unwrap();
    let descriptor = sealer.finish().unwrap().reveal_json().unwrap();
    let content = json!({ "file": serde_json::from_str::<Value>(&descriptor).unwrap() });
    let content = Content::from_json(&content.to_string()).unwrap();
    let mut letter = letter("0191b2c3-0000-7000-8000-000000000002", content);
    letter["sealedFile"] = json!(encode(sealed_file));
    letter["plaintext"] = json!(std::str::from_utf8(FILE).unwrap());
    letter
}

fn rotation() -> Value {
    let mut alice = person("alice");
    let at = DAWN + 2 * HOUR;
    let mut rng = Fixed::of("rotation");
    alice.identity.recovery_kit(&mut Fixed::of("recovery")).unwrap();
    let rotation = alice.identity.rotate(key_pairs("alice-2"), seconds(at), &mut rng).unwrap();
    json!({
        "statement": serde_json::from_str::<Value>(&rotation.statement).unwrap(),
        "wrappedKeys": alice.identity.lock(&alices(), &mut Fixed::of("rotated")).unwrap(),
        "recoveryWrappedKeys": rotation.recovery_wrapped_keys.unwrap(),
    })
}

fn recovery() -> Value {
    let mut alice = person("alice");
    let kit = alice.identity.recovery_kit(&mut Fixed::of("recovery")).unwrap();
    json!({
        "code": *kit.code.reveal(),
        "recoverySecret": *kit.code.recovery_secret().unwrap(),
        "recoveryWrappedKeys": kit.wrapped_keys,
        "wrappedKeys": alice.identity.lock(&alices(), &mut Fixed::of("with recovery")).unwrap(),
    })
}

/// Keys as they are after the rotation, under another password.
fn new_password() -> Value {
    let typed = "marmelade de citrons doux";
    let mut alice = person("alice");
    alice.identity.recovery_kit(&mut Fixed::of("recovery")).unwrap();
    let at = seconds(DAWN + 2 * HOUR);
    alice.identity.rotate(key_pairs("alice-2"), at, &mut Fixed::of("rotation")).unwrap();
    let stretched = stretched("alice, later", typed);
    json!({
        "typedPassword": typed,
        "loginSecret": *stretched.login_secret(),
        "wrappedKeys": alice.identity.lock(&stretched, &mut Fixed::of("later")).unwrap(),
    })
}
