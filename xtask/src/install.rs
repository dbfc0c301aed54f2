//! What has to be on the machine: found, installed where that is possible, or asked for by name.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::step::{command, is_fresh, output, say, succeed, target};

/// The Rust target that the crypto library is compiled for.
pub(crate) fn wasm_target() -> Result<()> {
    let print = "rustc --print target-libdir --target wasm32-unknown-unknown";
    if Path::new(output(&mut command(print))?.trim()).exists() {
        return Ok(());
    }
    say("Adding the Rust target wasm32-unknown-unknown");
    succeed(&mut command("rustup target add wasm32-unknown-unknown"))
        .context("install rustup (https://rustup.rs), or your system's Rust for wasm32")
}

/// Node.js, and the npm packages of the lock file.
pub(crate) fn npm_packages() -> Result<()> {
    let version = output(&mut command("node --version"))
        .context("install Node.js 20.19 or newer (https://nodejs.org)")?;
    let mut numbers = version.trim().trim_start_matches('v').split('.').map(str::parse::<u32>);
    let mut next = || numbers.next().and_then(Result::ok).unwrap_or(0);
    if (next(), next()) < (20, 19) {
        bail!("Node.js {} is too old: install 20.19 or newer", version.trim());
    }
    let installed = Path::new("node_modules/.package-lock.json");
    if is_fresh(installed, &[Path::new("package-lock.json")]) {
        return Ok(());
    }
    say("Installing the npm packages of package-lock.json");
    succeed(command("npm").args(["ci", "--no-audit", "--no-fund"]))
}

/// The Python of a virtual environment that has the packages of `tests/requirements.txt`.
pub(crate) fn python() -> Result<PathBuf> {
    let folder = target().join("python");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let stamp = folder.join("installed");
    let wanted = Path::new("tests/requirements.txt");
    if is_fresh(&stamp, &[wanted]) {
        return Ok(python);
    }
    say("Installing the Python packages of tests/requirements.txt");
    let pip = std::process::Command::new(&python).args(["-m", "pip", "--version"]).output();
    if !pip.is_ok_and(|pip| pip.status.success()) {
        // What was broken off is made anew.
        let make = || succeed(command("python3 -m venv --clear").arg(&folder));
        if make().is_err() {
            debian_package("python3-venv")?;
            make()?;
        }
    }
    succeed(
        std::process::Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(wanted),
    )?;
    std::fs::write(&stamp, "")?;
    Ok(python)
}

/// A program that one of the Python packages brings.
pub(crate) fn python_program(name: &str) -> Result<PathBuf> {
    Ok(python()?.with_file_name(name).with_extension(std::env::consts::EXE_EXTENSION))
}

/// The `PATH`, with the programs of the Python packages first.
pub(crate) fn path_with_python() -> Result<OsString> {
    let python = python()?;
    let programs = python.parent().map(Path::to_owned).into_iter();
    let path = std::env::var_os("PATH").unwrap_or_default();
    Ok(std::env::join_paths(programs.chain(std::env::split_paths(&path)))?)
}

/// Java 11 or newer, for openapi-generator.
pub(crate) fn java() -> Result<()> {
    let version = command("java -version").stderr(std::process::Stdio::null()).status();
    if !version.is_ok_and(|status| status.success()) {
        debian_package("default-jre-headless")?;
    }
    Ok(())
}

/// A Chromium for the browser tests.
pub(crate) fn chromium() -> Result<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    browser("PLI_TEST_CHROMIUM", &names, "chromium")
}

/// A Firefox for the browser tests.
pub(crate) fn firefox() -> Result<PathBuf> {
    browser("PLI_TEST_FIREFOX", &["firefox-esr", "firefox"], "firefox-esr")
}

/// The browser that a variable names, or that is on the PATH, or that the system's packages have.
fn browser(variable: &str, names: &[&str], package: &str) -> Result<PathBuf> {
    let find = || {
        let named = std::env::var_os(variable).map(PathBuf::from);
        named.or_else(|| names.iter().find_map(|name| on_path(name)))
    };
    if let Some(found) = find() {
        return Ok(found);
    }
    debian_package(package)?;
    find().with_context(|| format!("{package} was installed, but isn't on the PATH"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Postgres' programs. The tests make clusters of their own with them, and leave the system's alone.
pub(crate) fn postgres() -> Result<()> {
    if has_postgres() {
        return Ok(());
    }
    debian_package("postgresql")?;
    if !has_postgres() {
        bail!("postgresql was installed, but its initdb is not where Debian has it or on the PATH");
    }
    Ok(())
}

fn has_postgres() -> bool {
    let versions = Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten();
    let path = std::env::var_os("PATH").unwrap_or_default();
    versions
        .map(|version| version.path().join("bin"))
        .chain(std::env::split_paths(&path))
        .any(|folder| folder.join("initdb").is_file())
}

fn debian_package(name: &str) -> Result<()> {
    say(&format!("Installing the system's package {name}"));
    let root = output(&mut command("id -u")).is_ok_and(|id| id.trim() == "0");
    let sudo = if root { "" } else { "sudo --non-interactive " };
    let asked = || format!("install {name} with your system's package manager, then try again");
    let mut more = 0..4;
    while let Err(error) = succeed(&mut command(&format!("{sudo}apt-get update -qq"))) {
        // Another apt-get may hold the lists, for which it does not wait by itself.
        more.next().ok_or(error).with_context(asked)?;
        std::thread::sleep(Duration::from_secs(3));
    }
    let wait = "-o DPkg::Lock::Timeout=300";
    succeed(
        command(&format!("{sudo}apt-get install {wait} -qq -y {name}"))
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
    .with_context(asked)
}
