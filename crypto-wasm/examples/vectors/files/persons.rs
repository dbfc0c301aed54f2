//! The people who appear in the other files.

use pli_crypto::{PasswordKdf, Stretched};
use serde_json::{Map, Value, json};

use crate::{
    fixed::Fixed,
    people::{DAWN, HOUR, Person},
    rewrapping::{KDF, PASSWORD},
};

const PEOPLE: [&str; 6] =
    ["alice", "alice, rotated", "another alice", "bob", "bob, rotated", "carol"];

pub(super) fn file() -> Value {
    let stretched = stretched();
    let entry = |&title: &&str| {
        let person = person(title);
        let wrapped_keys = person.identity.lock(&stretched, &mut Fixed::of(title)).unwrap();
        let entry = json!({
            "username": person.name(),
            "history": history(&person),
            "wrappedKeys": wrapped_keys,
        });
        (title.to_owned(), entry)
    };
    json!({
        "about": "The people of the other files, and the password that all their keys are wrapped under.",
        "password": PASSWORD,
        "kdf": kdf(),
        "people": PEOPLE.iter().map(entry).collect::<Map<_, _>>(),
    })
}

/// Makes one of the people, the same every time.
pub(super) fn person(title: &str) -> Person {
    let new = |name: &'static str, keys| Person::made_with(name, keys, &mut Fixed::of(keys));
    let rotated = |name, keys| {
        let mut person = new(name, name);
        person.rotates_with(keys, DAWN + HOUR, &mut Fixed::of(keys)).unwrap();
        person
    };
    match title {
        "alice" => new("alice", "alice"),
        "alice, rotated" => rotated("alice", "alice-2"),
        "another alice" => new("alice", "mallory"),
        "bob" => new("bob", "bob"),
        "bob, rotated" => rotated("bob", "bob-2"),
        "carol" => new("carol", "carol"),
        _ => panic!("nobody is called {title}"),
    }
}

pub(super) fn history(person: &Person) -> Value {
    serde_json::from_str(&person.history()).unwrap()
}

pub(super) fn kdf() -> Value {
    serde_json::from_str(KDF).unwrap()
}

pub(super) fn stretched() -> Stretched {
    Stretched::new(PASSWORD, PasswordKdf::from_json(KDF).unwrap()).unwrap()
}
