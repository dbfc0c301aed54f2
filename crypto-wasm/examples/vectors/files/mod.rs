//! The files, one for each behaviour.

use serde_json::{Value, json};

mod contacts;
mod envelopes;
mod exchange;
mod imports;
mod passwords;
mod persons;
mod recovery_codes;
mod safety_numbers;
mod sealed_files;
mod sealing;
mod signatures;
mod wrapped_keys;

/// Gives the name and the text of every file.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    [
        ("people.json", persons::file()),
        ("contacts.json", contacts::file()),
        ("envelopes.json", envelopes::file()),
        ("exchange.json", exchange::file()),
        ("files.json", sealed_files::file()),
        ("imports.json", imports::file()),
        ("passwords.json", passwords::file()),
        ("recovery-codes.json", recovery_codes::file()),
        ("safety-numbers.json", safety_numbers::file()),
        ("sealing.json", sealing::file()),
        ("signatures.json", signatures::file()),
        ("wrapped-keys.json", wrapped_keys::file()),
    ]
    .map(|(name, file)| (name, format!("{}\n", serde_json::to_string_pretty(&file).unwrap())))
    .into()
}

/// A file: what its cases are, and the cases.
fn cases(about: &str, cases: Vec<Value>) -> Value {
    json!({"about": about, "cases": cases})
}

/// A case: what it tries, what goes in, and what must come out.
fn case(name: &str, input: Value, expect: Value) -> Value {
    let mut case = input;
    case["name"] = json!(name);
    case["expect"] = expect;
    case
}

/// The outcome of what is accepted.
fn gives(value: Value) -> Value {
    json!({"ok": value})
}

/// The outcome of what is refused.
fn refused(code: &str) -> Value {
    json!({"code": code})
}

/// Changes one bit of text in base64url, so that it stays canonical.
fn with_a_flipped_bit(text: &str) -> String {
    let mut bytes = crate::forgery::decode(&json!(text));
    bytes[0] ^= 1;
    crate::forgery::encode(bytes)
}
