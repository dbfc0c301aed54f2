//! What the OpenAPI document must withstand besides the server's own tests.

use anyhow::Result;

use crate::step::{command, say, succeed};

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
