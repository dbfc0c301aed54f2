//! What the library does, seen from outside.

// Clippy's exception for tests does not reach their supporting functions.
#![allow(clippy::panic, clippy::unwrap_used)]

mod envelopes;
mod files;
mod forgery;
mod histories;
mod keys;
mod letters;
mod opening;
mod people;
mod randomness;
mod signatures;
mod unlocking;
