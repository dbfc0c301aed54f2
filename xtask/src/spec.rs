//! The OpenAPI document that the server generates, its examples, and the clients made from it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::install;
use crate::step::{cargo, command, output, say, succeed, target};

/// What is generated, as files and folders under `openapi/`.
const EXAMPLES: &str = "examples";
const JSON: &str = "openapi.json";
const YAML: &str = "openapi.yaml";
const TYPESCRIPT: &str = "clients/typescript/schema.d.ts";
const PYTHON: &str = "clients/python/pli_client";

/// Writes everything generated into `openapi/`.
pub(crate) fn write() -> Result<()> {
    say("Recording the examples of the OpenAPI document, writing it and the clients");
    let folder = Path::new("openapi");
    record(&folder.join(EXAMPLES))?;
    generate(folder)
}

/// Generates everything anew elsewhere and compares it with what is committed.
///
/// # Errors
/// When a committed file isn't what the server and the generators make today.
pub(crate) fn check() -> Result<()> {
    let fresh = target().join("spec");
    record(&fresh.join(EXAMPLES))?;
    generate(&fresh)?;
    let stale: Vec<_> = [EXAMPLES, JSON, YAML, TYPESCRIPT, PYTHON]
        .into_iter()
        .filter(|name| {
            let committed = contents(&Path::new("openapi").join(name));
            committed.is_empty() || committed != contents(&fresh.join(name))
        })
        .collect();
    if !stale.is_empty() {
        bail!("stale under openapi/: {}; run `cargo xtask spec`", stale.join(", "));
    }
    Ok(())
}

/// Lets alice and bob use a server, and keeps what they and it say.
fn record(folder: &Path) -> Result<()> {
    let run = "run --quiet --package pli-server --example record --";
    succeed(cargo(run).arg(std::path::absolute(folder)?))
}

/// Generates all but the examples, which become a part of the document where they are committed.
fn generate(folder: &Path) -> Result<()> {
    install::npm_packages()?;
    let [json, yaml] = [JSON, YAML].map(|name| folder.join(name));
    let [typescript, python] = [TYPESCRIPT, PYTHON].map(|name| folder.join(name));
    for parent in [&typescript, &python].into_iter().filter_map(|path| path.parent()) {
        std::fs::create_dir_all(parent)?;
    }
    for (format, file) in [("json", &json), ("yaml", &yaml)] {
        let spec = format!("run --quiet --package pli-server -- spec --format {format}");
        std::fs::write(file, output(&mut cargo(&spec))?)?;
    }
    let generator = "npx --no-install openapi-typescript --default-non-nullable=false";
    succeed(command(generator).arg(&json).arg("--output").arg(&typescript))?;
    succeed(
        Command::new(install::python_program("openapi-python-client")?)
            .args(["generate", "--meta", "none", "--overwrite", "--fail-on-warning", "--path"])
            .arg(&json)
            .args(["--config", "openapi/clients/python/generator.yaml", "--output-path"])
            .arg(&python)
            // It tidies up with ruff, which is installed beside it.
            .env("PATH", install::path_with_python()?)
            .env("RUFF_NO_CACHE", "true"),
    )?;
    // Type checkers look at a package that has this (PEP 561).
    std::fs::write(python.join("py.typed"), "")?;
    Ok(())
}

/// The files at a path or under it, but for what Python compiles beside them.
fn contents(path: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut rest = vec![path.to_owned()];
    while let Some(next) = rest.pop() {
        if let Ok(folder) = next.read_dir() {
            rest.extend(folder.flatten().map(|entry| entry.path()));
        } else if next.extension().is_none_or(|extension| extension != "pyc")
            && let Ok(bytes) = std::fs::read(&next)
        {
            let name = next.strip_prefix(path).unwrap_or(&next);
            files.insert(name.to_owned(), bytes);
        }
    }
    files
}
