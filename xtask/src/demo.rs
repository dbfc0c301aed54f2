//! The web demo, built into `web-demo/dist`.

use std::path::Path;

use anyhow::Result;

use crate::step::{command, is_fresh, say, succeed};

/// Builds the demo, as far as it is out of date. Needs the npm package built.
pub(crate) fn build() -> Result<()> {
    let sources = [
        "web-demo/src",
        "web-demo/answers.ts",
        "web-demo/index.html",
        "web-demo/package.json",
        "web-demo/svelte.config.js",
        "web-demo/tsconfig.json",
        "web-demo/vite.config.ts",
        "crypto-wasm/npm/dist",
        "crypto-wasm/npm/wasm",
        "openapi/clients/typescript",
        "openapi/openapi.json",
        "package-lock.json",
    ];
    if is_fresh(Path::new("web-demo/dist/index.html"), &sources.map(Path::new)) {
        return Ok(());
    }
    say("Building the demo");
    succeed(&mut command("npm run --silent build --workspace pli-web-demo"))
}
