//! What the OpenAPI document must withstand besides the server's own tests.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::install;
use crate::step::{cargo, command, output, say, succeed, target};

/// Holds the document against the recommended rules of redocly and spectral, none left out.
pub(crate) fn lint() -> Result<()> {
    say("Linting the OpenAPI document");
    succeed(
        command("npx --no-install redocly lint --config openapi/redocly.yaml openapi/openapi.json")
            .env("REDOCLY_TELEMETRY", "off")
            .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"),
    )?;
    succeed(&mut command(
        "npx --no-install spectral lint --quiet --fail-severity hint \
         --ruleset openapi/spectral.yaml openapi/openapi.json",
    ))
}

/// Warnings of openapi-generator that say nothing against the document, and why.
const HARMLESS: [(&str, &str); 6] = [
    ("cannot be used as a model name. Renamed to Application", "Rust: a media type, as a name"),
    ("cannot be used as a model name. Renamed to Text", "Rust: the same, of event streams"),
    ("type cannot be used as a field/variable name", "Rust: a keyword; RFC 9457 names the member"),
    ("range (reserved word) cannot be used as parameter name", "Go: a keyword; HTTP names it"),
    ("Ignoring complex example on request body", "Java: named examples go beyond its comments"),
    ("Failed to get the schema name: null", "all: it asks schemas without a name for theirs"),
];

/// Has openapi-generator make clients in other languages, and compiles the Rust one.
///
/// # Errors
/// When one can't be made, with a warning that is not known to be harmless, or doesn't compile.
pub(crate) fn other_clients() -> Result<()> {
    say("Generating clients for Rust, Go, Java and C#");
    install::java()?;
    let made = Path::new("target/generators");
    if made.exists() {
        std::fs::remove_dir_all(made)?;
    }
    let generator = install::python_program("openapi-generator-cli")?;
    for language in ["rust", "go", "java", "csharp"] {
        let folder = made.join(language);
        let log = output(
            Command::new(&generator)
                .args(["generate", "-i", "openapi/openapi.json", "-g", language, "-o"])
                .arg(&folder),
        )?;
        let complaints: Vec<_> = log.lines().filter(|line| complains(line)).collect();
        if !complaints.is_empty() {
            bail!("openapi-generator complains for {language}:\n{}", complaints.join("\n"));
        }
    }
    // The lock file of the project decides which versions the generated client is compiled with.
    let rust = made.join("rust");
    std::fs::copy("Cargo.lock", rust.join("Cargo.lock"))?;
    succeed(
        cargo("check --quiet --no-default-features --manifest-path")
            .arg(rust.join("Cargo.toml"))
            .env("CARGO_TARGET_DIR", target()),
    )
}

/// Whether a line of openapi-generator's log is a warning that is not known to be harmless.
fn complains(line: &str) -> bool {
    let is_known = || HARMLESS.iter().any(|(known, _)| line.contains(known));
    (line.contains("WARN") || line.contains("ERROR")) && !is_known()
}
