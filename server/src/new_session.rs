//! Starting a session: its row, its tokens, and the network that the account is now known from.

use poem::{Request, http::header};
use poem_openapi::Object;
use sqlx::AnyConnection;

use crate::{
    app::App,
    devices::label,
    error::Error,
    networks::Network,
    text::Id,
    tokens::{ACCESS_SECONDS, Kind, REFRESH_SECONDS},
};

/// How long a network stays known to an account that it is not used from, in milliseconds.
const KNOWN_FOR: i64 = 180 * 24 * 3_600_000;
/// The most sessions of an account. Another one ends the one that was not used for longest.
const MOST_SESSIONS: i64 = 100;
/// The most networks that an account is known from.
const MOST_NETWORKS: i64 = 1000;

/// A pair of tokens.
#[derive(Object)]
pub(crate) struct TokenPair {
    /// JWT for all other calls.
    #[oai(validator(max_length = 1024))]
    pub(crate) access_token: String,
    /// JWT for `GET /auth/refresh`. Each is good for one call.
    #[oai(validator(max_length = 1024))]
    pub(crate) refresh_token: String,
    /// Always `Bearer`.
    #[oai(validator(pattern = "^Bearer$"))]
    pub(crate) token_type: String,
    /// Seconds until the access token expires.
    pub(crate) expires_in: i64,
}

impl TokenPair {
    /// Issues the tokens of a session's generation.
    pub(crate) fn issue(
        app: &App,
        account: Id,
        session: Id,
        generation: i64,
        now: i64,
    ) -> Result<Self, Error> {
        Ok(Self {
            access_token: app.tokens.issue(Kind::Access, account, session, generation, now)?,
            refresh_token: app.tokens.issue(Kind::Refresh, account, session, generation, now)?,
            token_type: "Bearer".to_owned(),
            expires_in: ACCESS_SECONDS,
        })
    }
}

/// A session that is to start.
#[derive(Debug, Clone)]
pub(crate) struct NewSession {
    id: Id,
    label: String,
    network: String,
    now: i64,
}

impl NewSession {
    /// A session for whoever sent a request.
    pub(crate) fn of(app: &App, request: &Request) -> Self {
        let network = Network::of(request, &app.settings.trusted_proxies);
        Self {
            id: Id::new(),
            label: label(request.header(header::USER_AGENT).unwrap_or_default()),
            network: network.tag(&app.mac_key),
            now: app.clock.now(),
        }
    }

    /// Starts the session for an account.
    pub(crate) async fn start(&self, tx: &mut AnyConnection, account: i64) -> Result<(), Error> {
        sqlx::query(
            "DELETE FROM sessions WHERE account = $1 AND id NOT IN (
                 SELECT id FROM sessions WHERE account = $1 ORDER BY used_at DESC, id DESC LIMIT $2)",
        )
        .bind(account)
        .bind(MOST_SESSIONS - 1)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO sessions (id, account, generation, rotated_at, label, created_at,
                 used_at, expires_at) VALUES ($1, $2, 0, $3, $4, $3, $3, $5)",
        )
        .bind(self.id.to_string())
        .bind(account)
        .bind(self.now)
        .bind(&self.label)
        .bind(self.now + REFRESH_SECONDS * 1000)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO networks (account, network, used_at) VALUES ($1, $2, $3)
             ON CONFLICT (account, network) DO UPDATE SET used_at = excluded.used_at",
        )
        .bind(account)
        .bind(&self.network)
        .bind(self.now)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "DELETE FROM networks WHERE account = $1 AND network NOT IN (
                 SELECT network FROM networks WHERE account = $1 AND used_at >= $2
                 ORDER BY used_at DESC, network LIMIT $3)",
        )
        .bind(account)
        .bind(self.now - KNOWN_FOR)
        .bind(MOST_NETWORKS)
        .execute(tx)
        .await?;
        Ok(())
    }

    /// Ends all sessions of the account and starts this one.
    pub(crate) async fn replace_all(
        &self,
        tx: &mut AnyConnection,
        account: i64,
    ) -> Result<(), Error> {
        sqlx::query("DELETE FROM sessions WHERE account = $1")
            .bind(account)
            .execute(&mut *tx)
            .await?;
        self.start(tx, account).await
    }

    /// The session's first tokens.
    pub(crate) fn tokens(&self, app: &App, account: Id) -> Result<TokenPair, Error> {
        TokenPair::issue(app, account, self.id, 0, self.now)
    }
}
