//! `cargo xtask bench`: what the npm package costs, measured on this machine.

use std::process::Command;

use anyhow::Result;

use crate::step::{say, succeed};
use crate::{install, wasm};

/// Builds the package and prints its figures.
pub(crate) fn bench() -> Result<()> {
    wasm::build()?;
    let chromium = install::chromium()?;
    for (title, script) in [
        ("Measuring in Chromium", "browser"),
        ("Measuring memory", "memory"),
        ("Measuring speed", "speed"),
    ] {
        say(title);
        succeed(
            Command::new("node")
                .args(["--import", "tsx"])
                .arg(format!("tests/bench/{script}.ts"))
                .env("PLI_TEST_CHROMIUM", &chromium),
        )?;
    }
    Ok(())
}
