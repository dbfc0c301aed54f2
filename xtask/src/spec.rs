//! The OpenAPI document that the server generates, and the clients generated from it.

use std::path::Path;

use anyhow::{Result, bail};

use crate::install;
use crate::step::{cargo, command, output, say, succeed, target};

/// What is generated, as paths under `openapi/`.
const GENERATED: [&str; 3] = ["openapi.json", "openapi.yaml", "clients/typescript/schema.d.ts"];

/// Writes everything generated into `openapi/`.
pub(crate) fn write() -> Result<()> {
    say("Writing the OpenAPI document and the clients");
    generate(Path::new("openapi"))
}

/// Generates everything anew elsewhere and compares it with what is committed.
///
/// # Errors
/// When a committed file isn't what the server and the generators make today.
pub(crate) fn check() -> Result<()> {
    let fresh = target().join("spec");
    generate(&fresh)?;
    let stale: Vec<_> = GENERATED
        .into_iter()
        .filter(|name| {
            let committed = std::fs::read(Path::new("openapi").join(name)).ok();
            committed.is_none() || committed != std::fs::read(fresh.join(name)).ok()
        })
        .collect();
    if !stale.is_empty() {
        bail!("stale under openapi/: {}; run `cargo xtask spec`", stale.join(", "));
    }
    Ok(())
}

fn generate(folder: &Path) -> Result<()> {
    install::npm_packages()?;
    let [json, yaml, schema] = GENERATED.map(|name| folder.join(name));
    if let Some(parent) = schema.parent() {
        std::fs::create_dir_all(parent)?;
    }
    for (format, file) in [("json", &json), ("yaml", &yaml)] {
        let spec = format!("run --quiet --package pli-server -- spec --format {format}");
        std::fs::write(file, output(&mut cargo(&spec))?)?;
    }
    let generator = "npx --no-install openapi-typescript --default-non-nullable=false";
    succeed(command(generator).arg(&json).arg("--output").arg(&schema))
}
