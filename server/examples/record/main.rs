//! Records the examples of the OpenAPI document: a run of the real server in which alice and bob
//! do everything that there is to do, written to a folder as one file an operation.
//!
//! `cargo run -p pli-server --example record -- FOLDER`; `cargo xtask spec` does it. The clock, the
//! secrets and what the people hand in are fixed. What the server draws at random, identifiers, is
//! renamed in the order of appearance, so that every run writes the same bytes.

// A program for the people who work on the server may end in a panic.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod call;
mod renaming;
mod run;
mod story;

use std::{env, fs, path::PathBuf};

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(env::args().nth(1).expect("the folder to write to"));
    let mut run = run::Run::start().await;
    story::tell(&mut run).await;
    let recorded = run.end().await;
    fs::create_dir_all(&folder).unwrap();
    for entry in fs::read_dir(&folder).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    for (operation, exchanges) in recorded {
        let text = format!("{:#}\n", serde_json::to_value(exchanges).unwrap());
        fs::write(folder.join(format!("{operation}.json")), text).unwrap();
    }
}
