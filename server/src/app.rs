//! What the handlers share.

use poem_openapi::Tags;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock, database::Database, events::Listeners, limits::Limits, metrics::Metrics,
    passwords::Passwords, receiving::Uploads, secrets::MacKey, settings::Settings,
    storage::Storage, tokens::Tokens,
};

/// The parts of a running server.
pub(crate) struct App {
    /// What was set.
    pub(crate) settings: Settings,
    /// The time.
    pub(crate) clock: Clock,
    /// Accounts, messages and what belongs to them.
    pub(crate) database: Database,
    /// The bytes of files.
    pub(crate) storage: Storage,
    /// The uploads that bytes are coming for.
    pub(crate) uploads: Uploads,
    /// Issues and verifies tokens.
    pub(crate) tokens: Tokens,
    /// Hashes passwords.
    pub(crate) passwords: Passwords,
    /// Slows down guessing.
    pub(crate) limits: Limits,
    /// Makes decoys for unknown names, and names for networks.
    pub(crate) mac_key: MacKey,
    /// The event streams that are open.
    pub(crate) listeners: Listeners,
    /// What is counted.
    pub(crate) metrics: Metrics,
    /// Cancelled when the server is to stop.
    pub(crate) stopping: CancellationToken,
}

impl App {
    /// When an upload goes whose last bytes come now.
    pub(crate) fn upload_expiry(&self) -> i64 {
        self.clock.now() + self.settings.upload_hours * 3_600_000
    }
}

/// The parts of the API.
#[derive(Tags)]
pub(crate) enum Part {
    /// Accounts, their sessions and their keys.
    #[oai(rename = "auth")]
    Auth,
    /// The people here and their public keys.
    #[oai(rename = "users")]
    Users,
    /// Sealed messages: sending, mailboxes, conversations, live events.
    #[oai(rename = "messaging")]
    Messaging,
    /// Sealed files.
    #[oai(rename = "files")]
    Files,
    /// For whoever runs the server.
    #[oai(rename = "operations")]
    Operations,
}
