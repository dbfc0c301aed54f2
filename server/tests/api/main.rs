//! What the server does, one sentence a test. Every test has a server of its own, on a free port
//! and an empty folder; every answer is held against the OpenAPI document.
//!
//! With `PLI_TEST_DATABASE=postgres` all of it runs on Postgres, and with `--include-ignored` also
//! what only Postgres can do.

#![allow(missing_docs, unreachable_pub, reason = "nothing outside sees tests")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod accounts;
mod bad_requests;
mod cluster;
mod compatibility;
mod config;
mod deletion;
mod devices;
mod document;
mod downloads;
mod durability;
mod events;
mod faults;
mod holder;
mod http2;
mod input;
mod keys;
mod large_files;
mod leaving;
mod limits;
mod log;
mod mailboxes;
mod messages;
mod metrics;
mod nodes;
mod operations;
mod pages;
mod passwords;
mod people;
mod process;
mod protection;
mod races;
mod reached;
mod reading;
mod recovery;
mod rights;
mod room;
mod rotation;
mod s3;
mod server;
mod sessions;
mod soak;
mod staff;
mod starting;
mod store;
mod sweeping;
mod tls;
mod tokens;
mod tus;
mod uploads;
mod waiting;
mod wire;
