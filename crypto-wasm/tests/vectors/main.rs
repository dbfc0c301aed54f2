//! The files of `vectors/`: that they are what their generator makes, and that the library does
//! with each case what the file says.

// Clippy's exception for tests does not reach their supporting functions.
#![allow(clippy::panic, clippy::unwrap_used)]
// The supporting modules are those of other tests as well, which use more of them.
#![allow(dead_code)]

use std::{collections::BTreeSet, fs, path::Path};

use pli_crypto::Result;
use serde_json::{Value, json};

#[path = "../../examples/vectors/files/mod.rs"]
mod files;
#[path = "../support/fixed.rs"]
mod fixed;
#[path = "../support/forged_statements.rs"]
mod forged_statements;
#[path = "../support/forgery.rs"]
mod forgery;
mod opening;
#[path = "../support/people.rs"]
mod people;
#[path = "../support/rewrapping.rs"]
mod rewrapping;
mod sealing;
mod trust;

/// Runs a case.
type Run = fn(&Value) -> Result<Value>;

/// Every file of cases, and what runs one.
const FILES: [(&str, Run); 10] = [
    ("contacts.json", trust::contact),
    ("envelopes.json", opening::envelope),
    ("files.json", opening::file),
    ("imports.json", trust::import),
    ("passwords.json", opening::password),
    ("recovery-codes.json", opening::recovery_code),
    ("safety-numbers.json", trust::safety_number),
    ("sealing.json", sealing::make),
    ("signatures.json", trust::signature),
    ("wrapped-keys.json", opening::wrapped_keys),
];

fn text(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name)).unwrap()
}

fn cases(name: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(&text(name)).unwrap();
    file["cases"].as_array().unwrap().clone()
}

#[test]
fn the_files_are_what_their_generator_makes() {
    for (name, made) in files::all() {
        assert!(
            text(name) == made,
            "vectors/{name} is not what `cargo run -p pli-crypto --example vectors` makes"
        );
    }
}

#[test]
fn every_case_has_the_outcome_that_its_file_says() {
    for (name, run) in FILES {
        for case in cases(name) {
            let outcome = match run(&case) {
                Ok(value) => json!({"ok": value}),
                Err(error) => json!({"code": error.code()}),
            };
            assert_eq!(outcome, case["expect"], "{name}: {}", case["name"]);
        }
    }
}

#[test]
fn every_file_is_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let there: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let known =
        FILES.iter().map(|(name, _)| *name).chain(["exchange.json", "keys.json", "people.json"]);
    assert_eq!(there, known.map(str::to_owned).collect());
}

/// All codes of FORMAT.md §12, but those that no input leads to: `not_supported` is a host without
/// randomness, which the tests of the package take away, and `internal` a fault.
#[test]
fn every_code_is_reached_by_a_case() {
    let format =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("FORMAT.md")).unwrap();
    let (_, table) = format.split_once("\n## 12. Error codes").unwrap();
    let (table, _) = table.split_once("\n## 13.").unwrap();
    let documented: BTreeSet<String> = table
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned()))
        .filter(|code| code != "not_supported" && code != "internal")
        .collect();
    let reached: BTreeSet<String> = FILES
        .iter()
        .flat_map(|(name, _)| cases(name))
        .filter_map(|case| Some(case["expect"]["code"].as_str()?.to_owned()))
        .collect();
    assert_eq!(reached, documented);
}
