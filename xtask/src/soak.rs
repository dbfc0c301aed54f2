//! `cargo xtask soak`: what the server withstands at length and in bulk, with figures.

use anyhow::Result;

use crate::step::{cargo, say, succeed};

/// How to soak.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many minutes eight devices use the server
    #[arg(long, default_value_t = 1)]
    minutes: u32,
    /// How large the file is that goes up and down, in MiB
    #[arg(long, default_value_t = 4096)]
    file: u32,
    /// Measure an optimised server: a longer build
    #[arg(long)]
    release: bool,
}

/// Runs one after the other, as each measures the whole server.
pub(crate) fn soak(options: &Options) -> Result<()> {
    let profile = if options.release { "--release" } else { "" };
    for (what, tests) in [
        ("Logins, half-open sockets and a mix of everything", "soak:: --ignored"),
        ("A large file", "a_large_file_goes_up_and_down"),
    ] {
        say(what);
        let line = format!(
            "test --package pli-server --test api --quiet {profile} -- {tests} --nocapture \
             --test-threads 1"
        );
        succeed(
            cargo(&line)
                .env("PLI_SOAK_MINUTES", options.minutes.to_string())
                .env("PLI_TEST_FILE_MIB", options.file.to_string()),
        )?;
    }
    Ok(())
}
