//! `cargo xtask bench`: what the npm package and the demo cost, measured on this machine.

use std::process::Command;

use anyhow::Result;

use crate::step::{cargo, say, succeed, target};
use crate::{demo, install, wasm};

/// Builds the package and the demo, and prints their figures.
pub(crate) fn bench() -> Result<()> {
    wasm::build()?;
    demo::build()?;
    say("Building the server at full speed");
    succeed(&mut cargo("build --package pli-server --release"))?;
    let chromium = install::chromium()?;
    let mut outcome = Ok(());
    for (title, script) in [
        ("Measuring in Chromium", "browser"),
        ("Measuring memory", "memory"),
        ("Measuring speed", "speed"),
        ("Measuring the demo", "demo"),
    ] {
        say(title);
        let measured = succeed(
            Command::new("node")
                .args(["--import", "tsx"])
                .arg(format!("tests/bench/{script}.ts"))
                .env("PLI_TEST_CHROMIUM", &chromium)
                .env("PLI_TEST_SERVER", target().join("release/pli-server")),
        );
        // One figure over its limit hides no others.
        outcome = outcome.and(measured);
    }
    outcome
}
