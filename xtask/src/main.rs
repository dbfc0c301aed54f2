//! The project's own commands: `cargo xtask run`, `cargo xtask test`, and the steps they share.

mod answers;
mod bench;
mod contract;
mod demo;
mod install;
mod run;
mod soak;
mod spec;
mod step;
mod test;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build what is missing and serve the demo, Swagger UI and the API on 127.0.0.1:8080
    ///
    /// `PLI_*` variables and a `.env` file reach the server: `PLI_LISTEN=127.0.0.1:9000 cargo xtask run`.
    Run(run::Options),
    /// Build and run every check and test there is, and install what they need
    Test(test::Options),
    /// Measure what the npm package costs: memory, start, speed on each engine
    Bench,
    /// Hold the server under load for minutes, with thousands of sockets and a 4 GiB file
    Soak(soak::Options),
    /// Build the npm package `@pli/crypto`: the WebAssembly file and the compiled facade
    Wasm,
    /// Write the OpenAPI document and the generated clients
    Spec,
}

fn main() -> ExitCode {
    let outcome =
        std::env::set_current_dir(step::root()).map_err(Into::into).and_then(
            |()| match Cli::parse().command {
                Command::Run(options) => run::run(&options),
                Command::Test(options) => test::test(&options),
                Command::Bench => bench::bench(),
                Command::Soak(options) => soak::soak(&options),
                Command::Wasm => wasm::build(),
                Command::Spec => spec::write(),
            },
        );
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n✗ {error:#}");
            ExitCode::FAILURE
        }
    }
}
