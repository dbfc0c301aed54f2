//! Makes the files of `vectors/`, all but the keys, which they begin from.
//!
//! `cargo run -p pli-crypto --example vectors` writes the same bytes every time; a test sees to it
//! that they are those that are committed. What is right and what is wrong in each case is made by
//! the library with fixed randomness, or with the algorithms alone where the library would not
//! make it; what is expected of it is written down by hand.

// A program for the people who work on the library may end in a panic.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]
// The supporting modules are those of the tests, which use more of them.
#![allow(dead_code)]

use std::{fs, path::Path};

mod files;
#[path = "../../tests/support/fixed.rs"]
mod fixed;
#[path = "../../tests/support/forged_statements.rs"]
mod forged_statements;
#[path = "../../tests/support/forgery.rs"]
mod forgery;
#[path = "../../tests/support/people.rs"]
mod people;
#[path = "../../tests/support/rewrapping.rs"]
mod rewrapping;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    for (name, text) in files::all() {
        fs::write(folder.join(name), &text).unwrap();
        println!("{name}: {} bytes", text.len());
    }
}
