//! A server with a clock and secrets that are the same in every run.

use std::{
    collections::BTreeMap,
    fs,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use clap::{Args, Command, FromArgMatches};
use pli_server::{Clock, Server, Settings, StaffAction, start};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    call::{Call, Exchange},
    renaming::Renaming,
};

/// 2 November 2026, 09:30 UTC, in milliseconds.
const START: i64 = 1_793_611_800_000;

/// The key that signs tokens here, PKCS#8 in DER: known to everybody, so good for nothing else.
const SIGNING_KEY: &str = "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const KEY_ID: &str = "019a4c3e-5e40-7000-8000-00000000ffff";
/// The key of the keyed hashes, 32 bytes in base64url: known as well.
const MAC_KEY: &str = "YSBNQUMga2V5IHRoYXQgZXZlcnlib2R5IGtub3dzICE";

/// A server that runs, and what has been recorded of it.
pub(crate) struct Run {
    pub(crate) document: Value,
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) recorded: Vec<(String, Exchange)>,
    clock: Arc<AtomicI64>,
    server: Server,
    settings: Settings,
    _folder: TempDir,
}

impl Run {
    pub(crate) async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let secrets = json!({
            "signing_keys": [{ "kid": KEY_ID, "private_key": SIGNING_KEY }],
            "mac_key": MAC_KEY,
        });
        fs::write(folder.path().join("secrets.json"), secrets.to_string()).unwrap();
        let data_dir = folder.path().to_str().unwrap();
        let line = ["record", "--listen", "127.0.0.1:0", "--data-dir", data_dir];
        let matches = Settings::augment_args(Command::new("record")).get_matches_from(line);
        let settings = Settings::from_arg_matches(&matches).unwrap();
        let clock = Arc::new(AtomicI64::new(START));
        let time = Arc::clone(&clock);
        let server = start(settings.clone(), Clock::new(move || time.load(Ordering::SeqCst))).await;
        let server = server.unwrap();
        Self {
            document: pli_server::document(),
            http: reqwest::Client::new(),
            url: format!("http://{}", server.address()),
            recorded: Vec::new(),
            clock,
            server,
            settings,
            _folder: folder,
        }
    }

    /// Begins a call of the operation with this identifier. A second passes with each.
    pub(crate) fn call(&mut self, operation: &'static str) -> Call<'_> {
        self.clock.fetch_add(1000, Ordering::SeqCst);
        Call::of(self, operation)
    }

    /// Makes somebody staff, as on the command line.
    pub(crate) async fn grant_staff(&self, name: &str) {
        let action = StaffAction::Grant { name: name.to_owned() };
        action.run(&self.settings).await.unwrap();
    }

    /// Stops the server, and gives what has been recorded of each operation.
    pub(crate) async fn end(self) -> BTreeMap<String, Vec<Exchange>> {
        self.server.stop().await;
        let mut renaming = Renaming::new(START, SIGNING_KEY);
        let mut operations: BTreeMap<String, Vec<Exchange>> = BTreeMap::new();
        for (operation, mut exchange) in self.recorded {
            exchange.rename(&mut renaming);
            operations.entry(operation).or_default().push(exchange);
        }
        operations
    }
}
