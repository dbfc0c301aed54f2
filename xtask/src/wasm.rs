//! The npm package: the crypto library as WebAssembly, and the facade compiled from TypeScript.

use std::path::{Path, PathBuf};

use anyhow::Result;
use wasm_bindgen_cli_support::Bindgen;

use crate::install;
use crate::step::{cargo, command, is_fresh, output, say, succeed, target};

const PACKAGE: &str = "crypto-wasm/npm";

/// Builds `crypto-wasm/npm/wasm` and `crypto-wasm/npm/dist`, as far as they are out of date.
pub(crate) fn build() -> Result<()> {
    install::wasm_target()?;
    install::npm_packages()?;
    say("Building the crypto library for WebAssembly");
    succeed(&mut cargo(
        "build --package pli-crypto --lib --target wasm32-unknown-unknown --profile wasm",
    ))?;
    bind()?;
    compile_facade()
}

/// Writes the JavaScript that belongs to the `.wasm`.
fn bind() -> Result<()> {
    let built = target().join("wasm32-unknown-unknown/wasm/pli_crypto.wasm");
    let folder = Path::new(PACKAGE).join("wasm");
    let bound = folder.join("pli_crypto_bg.wasm");
    let this = std::env::current_exe()?;
    let inlined = folder.join("pli_crypto_inline.js");
    if is_fresh(&inlined, &[&built, &this]) {
        return Ok(());
    }
    bindgen(&built, &folder)?;
    let size = "const z = require('zlib'), b = require('fs').readFileSync(process.argv[1]); \
                console.log(z.brotliCompressSync(b).length)";
    let compressed = output(command("node -e").arg(size).arg(&bound))?;
    let plain = bound.metadata()?.len();
    eprintln!("  {}: {plain} bytes, {} with brotli", bound.display(), compressed.trim());
    inline(&bound, &inlined)
}

fn bindgen(built: &Path, folder: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(built)
        .out_name("pli_crypto")
        .web(true)?
        .typescript(true)
        .ts_typed_array_buffers(true)
        // Bundlers would follow the default path; the entries of the package name it themselves.
        .omit_default_module_path(true)
        // What the facade begins anew with when the library has panicked.
        .reset_state_function(true)
        // The mangling of current compilers collides in the name section.
        .demangle(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)?;
    // In place of its exports: what a runtime or a bundler makes of importing the file.
    let types = "declare const module: WebAssembly.Module;\nexport default module;\n";
    std::fs::write(folder.join("pli_crypto_bg.d.wasm.ts"), types)?;
    Ok(std::fs::remove_file(folder.join("pli_crypto_bg.wasm.d.ts"))?)
}

/// Writes the `.wasm` once more as JavaScript: base64 of raw DEFLATE.
fn inline(bound: &Path, inlined: &Path) -> Result<()> {
    let deflate = "const z = require('zlib'), b = require('fs').readFileSync(process.argv[1]); \
                   console.log(z.deflateRawSync(b, { level: 9 }).toString('base64'))";
    let deflated = output(command("node -e").arg(deflate).arg(bound))?;
    let types = "declare const deflated: string;\nexport default deflated;\n";
    std::fs::write(inlined.with_extension("d.ts"), types)?;
    Ok(std::fs::write(inlined, format!("export default '{}';\n", deflated.trim()))?)
}

/// Builds the package once more, with WebAssembly that fails when a test orders it to, and gives
/// its folder. It is never packed.
pub(crate) fn with_traps() -> Result<PathBuf> {
    build()?;
    succeed(&mut cargo(
        "build --package pli-crypto --lib --target wasm32-unknown-unknown --features traps --quiet",
    ))?;
    let folder = target().join("traps");
    let built = target().join("wasm32-unknown-unknown/debug/pli_crypto.wasm");
    let (package, stamp) = (Path::new(PACKAGE), folder.join("package.json"));
    let sources = [&built, &std::env::current_exe()?, &package.join("dist")];
    if is_fresh(&stamp, &sources.map(AsRef::as_ref)) {
        return Ok(folder);
    }
    bindgen(&built, &folder.join("wasm"))?;
    copy(&package.join("dist"), &folder.join("dist"))?;
    std::fs::copy(package.join("package.json"), stamp)?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in from.read_dir()?.flatten() {
        let (path, place) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &place)?;
        } else {
            std::fs::copy(path, place)?;
        }
    }
    Ok(())
}

fn compile_facade() -> Result<()> {
    let package = Path::new(PACKAGE);
    let sources = ["src", "tsconfig.json", "package.json", "wasm", "../FORMAT.md"]
        .map(|name| package.join(name));
    let made = package.join("dist/index.js");
    if is_fresh(&made, &sources.each_ref().map(AsRef::as_ref)) {
        return Ok(());
    }
    say("Compiling @pli/crypto");
    if package.join("dist").exists() {
        std::fs::remove_dir_all(package.join("dist"))?;
    }
    succeed(&mut command("npm run --silent build --workspace @pli/crypto"))
}
