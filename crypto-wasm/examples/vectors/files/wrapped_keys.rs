//! Wrapped keys, unlocked.

use serde_json::{Value, json};

use super::{
    case, cases, gives,
    persons::{history, person, stretched},
    refused, with_a_flipped_bit,
};
use crate::{
    fixed::Fixed,
    people::key_file,
    rewrapping::{rewrapped, with_header},
};

pub(super) fn file() -> Value {
    let mut all = accepted();
    all.extend(damaged());
    all.extend(inconsistent());
    all.extend(unexpected());
    cases(
        "Keys wrapped under the password of people.json are unlocked, expecting a username and a \
         pin (JSON text) if they are given (FORMAT.md §10); accepted, they are this user's, with so \
         many statements.",
        all,
    )
}

fn wrapped(title: &str) -> String {
    person(title).identity.lock(&stretched(), &mut Fixed::of("lock")).unwrap()
}

fn unlock(name: &str, wrapped_keys: &str, expect: Value) -> Value {
    case(name, json!({"wrappedKeys": wrapped_keys}), expect)
}

fn accepted() -> Vec<Value> {
    let alice = |statements: u64| gives(json!({"username": "alice", "statements": statements}));
    let rotated = wrapped("alice, rotated");
    let pin = history(&person("alice")).to_string();
    vec![
        unlock("keys", &wrapped("alice"), alice(1)),
        unlock("keys with a former one", &rotated, alice(2)),
        unlock(
            "keys without their former one",
            &rewrapped(&rotated, 1, |contents| {
                contents["keys"].as_array_mut().unwrap().remove(2);
            }),
            alice(2),
        ),
        case(
            "what is expected",
            json!({"wrappedKeys": rotated, "username": "alice", "pin": pin}),
            alice(2),
        ),
    ]
}

fn damaged() -> Vec<Value> {
    let right = wrapped("alice");
    let with_part = |place: usize| {
        let mut parts: Vec<String> = right.split('.').map(str::to_owned).collect();
        parts[place] = with_a_flipped_bit(&parts[place]);
        parts.join(".")
    };
    let mut all: Vec<Value> = [
        ("nothing", String::new()),
        ("keys cut short", right[..right.len() - 4].to_owned()),
        ("an altered iv", with_part(2)),
        ("an altered ciphertext", with_part(3)),
        ("an altered tag", with_part(4)),
        ("another algorithm", with_header(&right, |header| header["alg"] = json!("A256KW"))),
        ("compression", with_header(&right, |header| header["zip"] = json!("DEF"))),
        ("another seq", with_header(&right, |header| header["seq"] = json!(1))),
        ("a member too many", rewrapped(&right, 0, |contents| contents["x"] = json!(1))),
    ]
    .map(|(name, keys)| unlock(name, &keys, refused("decrypt_failed")))
    .into();
    all.extend(
        [
            ("another salt", json!("AAAAAAAAAAAAAAAAAAAAAA"), "salt"),
            ("another cost", json!(4), "t"),
            ("another derivation", json!("recovery"), "name"),
        ]
        .map(|(name, value, member)| {
            let keys = with_header(&right, |header| header["kdf"][member] = value);
            unlock(name, &keys, refused("kdf_mismatch"))
        }),
    );
    all
}

fn inconsistent() -> Vec<Value> {
    let right = wrapped("alice");
    let with = |change: fn(&mut Value)| rewrapped(&right, 0, change);
    let mut all: Vec<Value> = [
        ("no history", with(|contents| contents["history"] = json!([]))),
        (
            "a history that is not signed",
            with(|contents| contents["history"][0]["signatures"] = json!([])),
        ),
        ("a seq that is not the latest", rewrapped(&right, 1, |_| ())),
    ]
    .map(|(name, keys)| unlock(name, &keys, refused("bad_history")))
    .into();
    all.extend(
        [
            (
                "no signing key",
                with(|contents| drop(contents["keys"].as_array_mut().unwrap().pop())),
            ),
            (
                "numbers that do not agree",
                with(|contents| {
                    contents["keys"][0]["dp"] = contents["keys"][0]["dq"].clone();
                }),
            ),
            (
                "a stranger's key",
                with(|contents| {
                    let key = key_file("bob")["encryption"].clone();
                    contents["keys"].as_array_mut().unwrap().push(key);
                }),
            ),
        ]
        .map(|(name, keys)| unlock(name, &keys, refused("invalid_key"))),
    );
    all
}

fn unexpected() -> Vec<Value> {
    let pin = |title| history(&person(title)).to_string();
    let mut all = vec![case(
        "another user's keys",
        json!({"wrappedKeys": wrapped("alice"), "username": "bob"}),
        refused("bad_history"),
    )];
    all.extend(
        [
            ("keys older than the pin", pin("alice, rotated"), "history_rolled_back"),
            ("other keys than the pin's", pin("another alice"), "identity_changed"),
            ("a pin that is no history", "{}".to_owned(), "invalid_argument"),
        ]
        .map(|(name, pin, code)| {
            case(name, json!({"wrappedKeys": wrapped("alice"), "pin": pin}), refused(code))
        }),
    );
    all
}
