//! One step of a command: says what it does, runs a program, and fails with its name.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

/// The project's root folder.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Says what is about to be done.
pub(crate) fn say(what: &str) {
    eprintln!("\n▸ {what}");
}

/// A program and its arguments, written as one would type them.
pub(crate) fn command(words: &str) -> Command {
    let mut words = words.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// The cargo that runs this, with the flags of `.cargo/config.toml` in force.
pub(crate) fn cargo(words: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // RUSTFLAGS would replace the WebAssembly target's flags.
    command.args(words.split_whitespace()).env_remove("RUSTFLAGS");
    command
}

/// Runs a program to its end.
///
/// # Errors
/// When it can't be started or doesn't succeed.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("could not start {}", line(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", line(command));
    }
    Ok(())
}

/// What a program prints.
///
/// # Errors
/// When it can't be started or doesn't succeed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(std::process::Stdio::inherit()).output();
    let output = output.with_context(|| format!("could not start {}", line(command)))?;
    if !output.status.success() {
        bail!("{} ended with {}", line(command), output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Whether `made` is there and newer than everything under `sources`.
pub(crate) fn is_fresh(made: &Path, sources: &[&Path]) -> bool {
    let Ok(made) = made.metadata().and_then(|metadata| metadata.modified()) else { return false };
    sources.iter().all(|source| newest(source).is_some_and(|changed| changed <= made))
}

/// When a file, or the newest one in a folder, was last changed.
fn newest(path: &Path) -> Option<SystemTime> {
    let metadata = path.metadata().ok()?;
    let own = metadata.modified().ok()?;
    if metadata.is_file() {
        return Some(own);
    }
    // A folder's own time tells of files that were added or removed.
    let inside = path.read_dir().ok()?.flatten().filter_map(|entry| newest(&entry.path()));
    inside.chain([own]).max()
}
