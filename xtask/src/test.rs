//! `cargo xtask test`: every check and test, part by part, with the time of each.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::step::{cargo, command, say, succeed, target};
use crate::{answers, contract, demo, install, spec, wasm};

/// What to test.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only the parts whose name contains this
    #[arg(long)]
    only: Option<String>,
}

type Part = (&'static str, fn() -> Result<()>);

/// In this order: what is quick to fail comes early, what needs a build comes after it.
const PARTS: &[Part] = &[
    ("install", install_all),
    ("format", format),
    ("build the package", wasm::build),
    ("build the demo", demo::build),
    ("clippy", clippy),
    ("rust tests", rust_tests),
    ("documented answers", answers::check),
    ("Postgres and S3", tests_on_postgres_and_s3),
    ("specification", spec::check),
    ("document lint", contract::lint),
    ("types and eslint", types_and_eslint),
    ("package", || node_tests("tests/package")),
    ("runtimes", || node_tests("tests/runtimes")),
    ("interop", || node_tests("tests/interop")),
    ("contract", || node_tests("tests/contract")),
    ("other clients", contract::other_clients),
    ("end to end", || node_tests("tests/e2e")),
    ("hostile server", || node_tests("tests/hostile")),
];

/// Runs the parts, prints their times, and fails with the first that fails.
pub(crate) fn test(options: &Options) -> Result<()> {
    let wanted = |name: &str| options.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let mut times: Vec<(&str, Duration)> = Vec::new();
    for (name, part) in PARTS.iter().filter(|(name, _)| wanted(name)) {
        let start = Instant::now();
        let outcome = part().with_context(|| format!("the part \"{name}\" failed"));
        times.push((name, start.elapsed()));
        if outcome.is_err() {
            print(&times);
            return outcome;
        }
    }
    if times.is_empty() {
        let names: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
        bail!("no part has that name; there are: {}", names.join(", "));
    }
    print(&times);
    Ok(())
}

fn print(times: &[(&str, Duration)]) {
    let total: Duration = times.iter().map(|(_, time)| *time).sum();
    eprintln!();
    for (name, time) in times.iter().chain([&("in all", total)]) {
        eprintln!("  {name:<20} {:5.1} min", time.as_secs_f64() / 60.0);
    }
}

fn install_all() -> Result<()> {
    install::wasm_target()?;
    install::npm_packages()?;
    install::python()?;
    install::chromium()?;
    install::firefox()?;
    install::postgres()?;
    install::java()?;
    Ok(())
}

fn format() -> Result<()> {
    say("Checking the format");
    succeed(&mut cargo("fmt --all --check"))?;
    succeed(&mut command("npx --no-install prettier --log-level warn --check ."))
}

fn clippy() -> Result<()> {
    say("Clippy, native and for WebAssembly");
    succeed(&mut cargo("clippy --workspace --all-targets --quiet -- --deny warnings"))?;
    succeed(&mut cargo(
        "clippy --package pli-crypto --lib --target wasm32-unknown-unknown --profile wasm --quiet \
         -- --deny warnings",
    ))
}

/// All tests in Rust. Those of the server write down which answers they got.
fn rust_tests() -> Result<()> {
    answers::forget()?;
    succeed(&mut cargo("test --workspace --quiet"))
}

/// The server's tests once more, on Postgres, and those that need it.
fn tests_on_postgres_and_s3() -> Result<()> {
    say("The server's tests on Postgres and S3");
    let tests = "test --package pli-server --test api --quiet -- --include-ignored \
                 --skip soak::";
    succeed(cargo(tests).env("PLI_TEST_DATABASE", "postgres").env("PLI_TEST_FILES", "s3"))
}

fn types_and_eslint() -> Result<()> {
    say("Checking types, and eslint");
    succeed(&mut command("npx --no-install tsc --project tests"))?;
    succeed(&mut command("npm run --silent check --workspace pli-web-demo"))?;
    succeed(&mut command("npx --no-install eslint --max-warnings 0 ."))
}

/// Runs the `*.test.ts` files of a folder, one after the other.
fn node_tests(folder: &str) -> Result<()> {
    say(&format!("Running the tests in {folder}"));
    let mut files: Vec<_> = Path::new(folder)
        .read_dir()?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".test.ts"))
        .collect();
    files.sort();
    if files.is_empty() {
        bail!("no tests in {folder}");
    }
    succeed(&mut cargo("build --package pli-server --quiet"))?;
    succeed(
        Command::new("node")
            .args(["--import", "tsx", "--test", "--test-concurrency=1"])
            .args(files)
            .env("PLI_TEST_SERVER", target().join("debug/pli-server"))
            .env("PLI_TEST_PYTHON", install::python()?)
            .env("PLI_TEST_CHROMIUM", install::chromium()?)
            .env("PLI_TEST_FIREFOX", install::firefox()?)
            .env("PLI_TEST_TRAPS", wasm::with_traps()?),
    )
}
