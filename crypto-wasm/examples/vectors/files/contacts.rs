//! Histories, held against pins.

use serde_json::{Value, json};

use super::{
    case, cases, gives,
    persons::{history, person},
    refused, with_a_flipped_bit,
};
use crate::{
    forged_statements::{first_payload, public_jwk, second_payload, statement, statement_of_bytes},
    forgery::decode,
    people::DAWN,
};

pub(super) fn file() -> Value {
    let mut all = accepted();
    all.extend(refused_histories());
    all.extend(held_against_a_pin());
    cases(
        "A history becomes a contact of this username, held against a pin if there is one \
         (FORMAT.md §3). `history` and `pin` are JSON text; accepted, the history is the new pin.",
        all,
    )
}

fn accepted() -> Vec<Value> {
    let of_another_library = || json!([statement(&first_payload(), &["alice"])]);
    [
        ("a history of one statement", history(&person("alice"))),
        ("a history with a rotation", history(&person("alice, rotated"))),
        ("a history made with another JOSE library", of_another_library()),
    ]
    .map(|(name, history)| of_alice(name, &history, gives(history.clone())))
    .into()
}

fn of_alice(name: &str, history: &Value, expect: Value) -> Value {
    case(name, json!({"history": history.to_string(), "username": "alice"}), expect)
}

fn refused_histories() -> Vec<Value> {
    let right = history(&person("alice, rotated"));
    let first = || statement(&first_payload(), &["alice"]);
    let first_with = |change: fn(&mut Value)| {
        let mut payload = first_payload();
        change(&mut payload);
        json!([statement(&payload, &["alice"])])
    };
    let second_with = |signers: &[&str], change: fn(&mut Value)| {
        let mut payload = second_payload(&first());
        change(&mut payload);
        json!([first(), statement(&payload, signers)])
    };
    let both = ["alice-2", "alice"];
    let mut altered = right.clone();
    let signature = &mut altered[1]["signatures"][0]["signature"];
    *signature = json!(with_a_flipped_bit(signature.as_str().unwrap()));
    let repeated = first_payload().to_string().replacen('{', r#"{"seq":0,"#, 1);
    let mut all: Vec<Value> = [
        ("no statement", json!([])),
        ("a history without its beginning", json!([right[1]])),
        ("an altered signature", altered),
        ("another version", first_with(|payload| payload["v"] = json!(2))),
        ("a name that is no username", first_with(|payload| payload["sub"] = json!("Alice"))),
        ("a member too many", first_with(|payload| payload["x"] = json!(1))),
        ("a fraction", first_with(|payload| payload["seq"] = json!(0.0))),
        (
            "keys in the wrong order",
            first_with(|payload| payload["keys"].as_array_mut().unwrap().reverse()),
        ),
        ("a repeated member", json!([statement_of_bytes(repeated.as_bytes(), &["alice"])])),
        ("a signature too many", json!([statement(&first_payload(), &["alice", "bob"])])),
        ("no signature of the former key", second_with(&["alice-2"], |_| ())),
        ("signatures in the wrong order", second_with(&["alice", "alice-2"], |_| ())),
        ("a wrong prev", second_with(&both, |next| next["prev"] = json!("A".repeat(43)))),
        ("a gap in seq", second_with(&both, |next| next["seq"] = json!(2))),
        ("an iat that decreases", second_with(&both, |next| next["iat"] = json!(DAWN - 1))),
        ("another sub", second_with(&both, |next| next["sub"] = json!("bob"))),
        (
            "a key kept",
            second_with(&both, |next| next["keys"][0] = public_jwk("alice", "encryption")),
        ),
    ]
    .map(|(name, history)| of_alice(name, &history, refused("bad_history")))
    .into();
    let of_bob = json!({"history": history(&person("bob")).to_string(), "username": "alice"});
    all.push(case("another user's history", of_bob, refused("bad_history")));
    let no_json = json!({"history": "history", "username": "alice"});
    all.push(case("no JSON", no_json, refused("bad_history")));
    let no_name = json!({"history": right.to_string(), "username": "Alice"});
    all.push(case("a username that is none", no_name, refused("invalid_argument")));
    all
}

fn held_against_a_pin() -> Vec<Value> {
    let of = |title| history(&person(title));
    let (alice, rotated) = (of("alice"), of("alice, rotated"));
    let signed_anew = {
        let payload = decode(&alice[0]["payload"]);
        json!([statement_of_bytes(&payload, &["alice"])])
    };
    let mut payload = second_payload(&alice[0]);
    payload["keys"] =
        json!([public_jwk("mallory", "encryption"), public_jwk("mallory", "signing")]);
    let fork = json!([alice[0], statement(&payload, &["mallory", "alice"])]);
    let against = |name, history: &Value, pin: &str, expect| {
        let input = json!({"history": history.to_string(), "username": "alice", "pin": pin});
        case(name, input, expect)
    };
    vec![
        against("the pin itself", &alice, &alice.to_string(), gives(alice.clone())),
        against(
            "the pin, signed anew",
            &signed_anew,
            &alice.to_string(),
            gives(signed_anew.clone()),
        ),
        against("the pin, continued", &rotated, &alice.to_string(), gives(rotated.clone())),
        against(
            "the beginning of the pin",
            &alice,
            &rotated.to_string(),
            refused("history_rolled_back"),
        ),
        against(
            "other keys than the pin's",
            &of("another alice"),
            &alice.to_string(),
            refused("identity_changed"),
        ),
        against("a fork of the pin", &fork, &rotated.to_string(), refused("identity_changed")),
        against("a pin that is no history", &alice, "[]", refused("invalid_argument")),
    ]
}
