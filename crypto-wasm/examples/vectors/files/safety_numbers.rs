//! Safety numbers.

use pli_crypto::safety_number;
use serde_json::{Value, json};

use super::{case, cases, gives, persons::person};

pub(super) fn file() -> Value {
    let number = |one: &str, other: &str| {
        let half = |title| person(title).identity.safety_half();
        case(
            &format!("{one} and {other}"),
            json!({"one": one, "other": other}),
            gives(json!(safety_number(&half(one), &half(other)))),
        )
    };
    cases(
        "Two of people.json compare this number, whichever comes first (FORMAT.md §5).",
        vec![
            number("alice", "bob"),
            number("bob", "alice"),
            number("alice, rotated", "bob"),
            number("another alice", "bob"),
        ],
    )
}
