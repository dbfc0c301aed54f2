//! What the library does, seen from outside.

// Clippy's exception for tests does not reach their supporting functions.
#![allow(clippy::panic, clippy::unwrap_used)]

mod envelopes;
mod files;
#[path = "../support/fixed.rs"]
mod fixed;
#[path = "../support/forged_statements.rs"]
mod forged_statements;
#[path = "../support/forgery.rs"]
mod forgery;
mod histories;
mod keys;
mod letters;
mod opening;
#[path = "../support/people.rs"]
mod people;
mod random_structure;
mod randomness;
#[path = "../support/rewrapping.rs"]
mod rewrapping;
mod signatures;
mod unlocking;
