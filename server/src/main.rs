//! `pli-server`: the command line.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use pli_server::{
    Clock, Server, Settings, StaffAction, document, in_force, mistake, reference, start, to_json,
    to_yaml, unknown,
};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Stores and delivers sealed messages and files that it cannot read
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    serve: Serve,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server (the default)
    Serve(Box<Serve>),
    /// Say who is staff
    Staff {
        #[command(subcommand)]
        action: StaffAction,

        #[command(flatten)]
        settings: Box<Settings>,
    },
    /// Print the settings that are in force, with passwords hidden
    Config(Box<Serve>),
    /// Print what can be set, in Markdown
    Settings,
    /// Print the OpenAPI document
    Spec {
        /// The form to print it in
        #[arg(long, default_value = "json")]
        format: Format,
    },
}

#[derive(clap::Args)]
struct Serve {
    #[command(flatten)]
    settings: Settings,

    /// What to log: error, warn, info, debug, trace, also per module
    #[arg(long, env = "PLI_LOG", default_value = "info", value_name = "FILTER")]
    log: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Json,
    Yaml,
}

fn main() -> ExitCode {
    // A missing `.env` is no error; what is set already wins over what stands in it.
    if let Err(error) = dotenvy::dotenv()
        && !error.not_found()
    {
        eprintln!("pli-server: .env can't be read: {}", reason(&error));
        return ExitCode::FAILURE;
    }
    let matches = CommandLine::command().try_get_matches().unwrap_or_else(|error| {
        match mistake(&settings(), &error) {
            Some(mistake) => {
                eprintln!("pli-server: {mistake}");
                std::process::exit(2)
            }
            None => error.exit(),
        }
    });
    let line = CommandLine::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let done = match line.command {
        Some(Command::Spec { format: Format::Json }) => print(&to_json(&document())),
        Some(Command::Spec { format: Format::Yaml }) => {
            to_yaml(&document()).map_err(Failure::from).and_then(|text| print(&text))
        }
        Some(Command::Config(_)) => print(&config(&matches)),
        Some(Command::Settings) => print(&reference(&settings())),
        Some(Command::Staff { action, settings }) => staff(action, &settings),
        Some(Command::Serve(serve)) => run(*serve),
        None => run(line.serve),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pli-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Says what is wrong with `.env`, without the line, which may hold a password.
fn reason(error: &dotenvy::Error) -> String {
    match error {
        dotenvy::Error::LineParse(..) => {
            "a line is not NAME=value; a value with spaces or quotes stands in single quotes"
                .to_owned()
        }
        error => error.to_string(),
    }
}

type Failure = Box<dyn std::error::Error>;

fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

/// Everything that can be set.
fn settings() -> clap::Command {
    <Serve as clap::Args>::augment_args(clap::Command::new("settings"))
}

fn config(matches: &ArgMatches) -> String {
    matches
        .subcommand_matches("config")
        .map_or_else(String::new, |matches| in_force(&settings(), matches))
}

fn staff(action: StaffAction, settings: &Settings) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    print(&runtime.block_on(action.run(settings))?)
}

fn run(serve: Serve) -> Result<(), Failure> {
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(&serve.log)?)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        log.compact().init();
    } else {
        log.json().flatten_event(true).init();
    }
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in unknown(&settings(), names) {
        tracing::warn!(name, "there is no setting of this name");
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(until_signalled(serve.settings))
}

async fn until_signalled(settings: Settings) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let server = start(settings, Clock::system()).await?;
    print(&format!("Pli is ready at {}\n", server.url()))?;
    signals.end(&server).await;
    tracing::info!("stopping");
    server.stop().await;
    Ok(())
}

/// What the system tells the process.
#[cfg(unix)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    /// Listened for so that it doesn't end the process: writing beyond a limit is then an error
    /// like that of a full disk.
    _file_size: Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listens for Ctrl-C, SIGTERM and SIGHUP from now on.
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            _file_size: signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?,
        })
    }

    /// Waits for Ctrl-C or SIGTERM. SIGHUP has the certificate read again.
    async fn end(&mut self, server: &Server) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return,
                _ = self.terminate.recv() => return,
                _ = self.hang_up.recv() => server.read_certificate(),
            }
        }
    }
}

/// What the system tells the process.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    /// Waits for Ctrl-C.
    async fn end(&mut self, _server: &Server) {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "can't listen for Ctrl-C");
        }
    }
}
