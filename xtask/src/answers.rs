//! The answers that the OpenAPI document promises, compared with those that the server's tests got.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::step::{root, say, target};

/// Codes that are not tried on each operation, and why.
const ALIKE: [(&str, &str); 3] = [
    ("internal", "nothing that a client sends leads to it"),
    ("unavailable", "the database says it, whoever asks: tests/api/faults.rs"),
    ("storage_full", "the database says it, whoever writes: tests/api/faults.rs"),
];

/// Where each test process writes down the answers that it got.
fn folder() -> PathBuf {
    target().join("tmp").join("reached")
}

/// Forgets the answers of earlier runs.
pub(crate) fn forget() -> Result<()> {
    match fs::remove_dir_all(folder()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Fails when a documented answer was never given.
pub(crate) fn check() -> Result<()> {
    say("Comparing the answers that the tests got with the document");
    let mut reached = HashSet::new();
    for file in folder().read_dir().context("the server's tests have not run")? {
        let text = fs::read_to_string(file?.path())?;
        reached.extend(text.lines().map(|line| line.trim_end().to_owned()));
    }
    let document: Value = serde_json::from_slice(&fs::read(root().join("openapi/openapi.json"))?)?;
    let missing: Vec<String> =
        promised(&document).into_iter().filter(|answer| !reached.contains(answer)).collect();
    if !missing.is_empty() {
        bail!("no test gets these answers:\n  {}", missing.join("\n  "));
    }
    Ok(())
}

/// A line for each answer that a test must get: the operation, the status and the code.
fn promised(document: &Value) -> Vec<String> {
    let mut promised = Vec::new();
    let paths = document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    let operations = paths.flat_map(|path| path.as_object().into_iter().flatten());
    for (method, operation) in operations {
        let name = operation["operationId"].as_str().unwrap_or_default();
        for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
            // Codes stand between backticks; what answers HEAD has no body to say one in.
            let described = answer["description"].as_str().unwrap_or_default();
            let codes =
                described.split('`').skip(1).step_by(2).filter(|_| status.as_str() >= "400");
            let codes: Vec<&str> = codes.collect();
            let is_alike = |code: &&str| ALIKE.iter().any(|(alike, _)| alike == code);
            if codes.is_empty() || (method == "head" && !codes.iter().all(is_alike)) {
                promised.push(format!("{name} {status}"));
            } else {
                let codes = codes.iter().filter(|code| !is_alike(code));
                promised.extend(codes.map(|code| format!("{name} {status} {code}")));
            }
        }
    }
    promised
}
