//! `cargo xtask run`: everything built, one process started.

use std::process::Command;

use anyhow::Result;

use crate::step::{cargo, say, succeed, target};
use crate::{demo, wasm};

/// How to run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Optimise the server: a longer build, a faster server
    #[arg(long)]
    release: bool,
}

/// Builds what is missing and becomes the server.
pub(crate) fn run(options: &Options) -> Result<()> {
    wasm::build()?;
    demo::build()?;
    say("Building the server");
    let (flag, folder) = if options.release { ("--release", "release") } else { ("", "debug") };
    succeed(&mut cargo(&format!("build --package pli-server {flag}")))?;
    say("Starting the server: Ctrl-C ends it");
    become_program(Command::new(target().join(folder).join("pli-server")).arg("serve"))
}

/// Replaces this process, so that Ctrl-C and SIGTERM reach the server itself.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    succeed(command)
}
