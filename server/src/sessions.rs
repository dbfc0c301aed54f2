//! Sessions: signing in, staying signed in, signing out.

use std::sync::Arc;

use poem::Request;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use sqlx::AnyConnection;

use crate::{
    accounts::Account,
    app::{App, Part},
    caller::{AnyToken, CurrentAccount, RefreshToken},
    confirm::still_holds,
    database::column,
    error::{Code, Error},
    json::Json,
    key_histories::key_history,
    limits::Subject,
    names::{AccountName, Password},
    networks::Network,
    new_session::{NewSession, TokenPair},
    statements::Statement,
    text::Id,
    tokens::REFRESH_SECONDS,
};

/// How long the refresh token before the current one serves after the current one was first
/// used, for a client that lost the answer; in milliseconds.
const GRACE: i64 = 15_000;

/// The routes of sessions.
pub(crate) struct Sessions(pub(crate) Arc<App>);

/// A name and what proves it.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// E-mail address or username of the account.
    email: AccountName,
    /// What the account was registered with: for Pli's clients the login secret.
    password: Password,
}

/// What signing in gives.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct SignedIn {
    /// JWT for all other calls.
    #[oai(validator(max_length = 1024))]
    access_token: String,
    /// JWT for `GET /auth/refresh`. Each is good for one call.
    #[oai(validator(max_length = 1024))]
    refresh_token: String,
    /// Always `Bearer`.
    #[oai(validator(pattern = "^Bearer$"))]
    token_type: String,
    /// Seconds until the access token expires.
    expires_in: i64,
    /// The account.
    account: Account,
    /// The account's private keys under its password: a compact JWE. Absent without keys.
    #[oai(validator(max_length = 1048576))]
    wrapped_keys: Option<String>,
    /// The account's key history, oldest statement first. Absent without keys.
    #[oai(validator(max_items = 64))]
    key_history: Option<Vec<Statement>>,
}

/// The session that has ended.
#[derive(Object)]
pub(crate) struct SignedOut {
    /// The session.
    session_id: Id,
}

#[OpenApi(tag = "Part::Auth")]
impl Sessions {
    /// Sign in
    ///
    /// Starts a session. An unknown name and a wrong password look the same and take as long.
    /// Many failures slow down further ones, for the account and for the client's network.
    #[oai(path = "/auth/login", method = "post", operation_id = "login")]
    async fn login(
        &self,
        request: &Request,
        Json(credentials): Json<Credentials>,
    ) -> Result<Json<SignedIn>, Error> {
        let app = &self.0;
        let network = Network::of(request, &app.settings.trusted_proxies);
        let row = sqlx::query(
            "SELECT no, id, username, email, is_staff, created_at, password_hash, wrapped_keys,
                 (SELECT COUNT(*) FROM networks WHERE account = no AND network = $2) AS known
             FROM accounts WHERE (email = $1 OR username = $1) AND is_active = 1",
        )
        .bind(credentials.email.as_str())
        .bind(network.tag(&app.mac_key))
        .fetch_optional(app.database.reader())
        .await?;
        let hash = row.as_ref().map(|row| column(row, "password_hash")).transpose()?;
        let (subject, is_known) = match &row {
            Some(row) => (Subject::Account(column(row, "no")?), column::<i64>(row, "known")? == 1),
            None => (Subject::Unknown(credentials.email.to_string()), false),
        };
        let turn = app.passwords.turn().await?;
        let attempt = app.limits.attempt(subject, network, is_known, app.clock.now())?;
        let verified = turn.verify(&credentials.password, hash).await?;
        let Some(row) = row.filter(|_| verified) else {
            attempt.failed();
            return Err(Code::WrongCredentials.into());
        };
        drop(turn);

        let account = Account::from_row(&row)?;
        let no: i64 = column(&row, "no")?;
        let session = NewSession::of(app, request);
        let pair = session.tokens(app, account.id)?;
        let hash: String = column(&row, "password_hash")?;
        app.database
            .write(async move |tx| {
                // A new password ends all sessions, also those that were about to start.
                if !still_holds(tx, no, &hash).await? {
                    return Err(Code::WrongCredentials.into());
                }
                session.start(tx, no).await
            })
            .await?;

        let history = key_history(app, no).await?;
        Ok(Json(SignedIn {
            access_token: pair.access_token,
            refresh_token: pair.refresh_token,
            token_type: pair.token_type,
            expires_in: pair.expires_in,
            account,
            wrapped_keys: column(&row, "wrapped_keys")?,
            key_history: (!history.is_empty()).then_some(history),
        }))
    }

    /// The account of the token
    ///
    /// Also the cheapest way to find out whether a session is still alive.
    #[oai(path = "/auth/whoami", method = "get", operation_id = "whoami")]
    async fn whoami(&self, caller: CurrentAccount) -> Json<Account> {
        Json(caller.0.account)
    }

    /// New tokens for a refresh token
    ///
    /// Each refresh token is good once. The one before the current one gives the same successor
    /// again until 15 seconds after the successor or its access token was first used, for a
    /// client that lost the answer. Anything older ends the session: somebody else has it.
    #[oai(path = "/auth/refresh", method = "get", operation_id = "refresh")]
    async fn refresh(&self, token: RefreshToken) -> Result<Json<TokenPair>, Error> {
        let app = &self.0;
        let (claims, now) = (token.0, app.clock.now());
        let (session, presented) = (claims.sid, claims.generation);
        let generation = app
            .database
            .write(async move |tx| rotate(tx, session, presented, now).await)
            .await?
            .ok_or(Code::SessionEnded)?;
        Ok(Json(TokenPair::issue(app, claims.sub, session, generation, now)?))
    }

    /// Sign out
    ///
    /// Ends the session at once, with all its tokens and event streams.
    #[oai(path = "/auth/logout", method = "get", operation_id = "logout")]
    async fn logout(&self, token: AnyToken) -> Result<Json<SignedOut>, Error> {
        let (app, session) = (&self.0, token.0.sid);
        let account: Option<i64> = app
            .database
            .write(async move |tx| {
                let row = sqlx::query("DELETE FROM sessions WHERE id = $1 RETURNING account")
                    .bind(session.to_string())
                    .fetch_optional(tx)
                    .await?;
                Ok(row.map(|row| column(&row, "account")).transpose()?)
            })
            .await?;
        app.listeners.notify(account.ok_or(Code::SessionEnded)?);
        Ok(Json(SignedOut { session_id: session }))
    }
}

/// Says which generation the presented refresh token yields; none when the session has ended,
/// be it just now because the token was used before.
async fn rotate(
    tx: &mut AnyConnection,
    session: Id,
    presented: i64,
    now: i64,
) -> Result<Option<i64>, Error> {
    // Decides and writes in one statement: of two that come at once, one finds the token current.
    let rotated = sqlx::query(
        "UPDATE sessions SET generation = $1 + 1, rotated_at = $2, confirmed_at = NULL,
             used_at = $2, expires_at = $3
         WHERE id = $4 AND generation = $1 AND expires_at > $2
             AND EXISTS (SELECT 1 FROM accounts a WHERE a.no = sessions.account AND a.is_active = 1)",
    )
    .bind(presented)
    .bind(now)
    .bind(now + REFRESH_SECONDS * 1000)
    .bind(session.to_string())
    .execute(&mut *tx)
    .await?;
    if rotated.rows_affected() == 1 {
        return Ok(Some(presented + 1));
    }
    let row = sqlx::query(
        "SELECT s.generation, s.confirmed_at FROM sessions s JOIN accounts a ON a.no = s.account
         WHERE s.id = $1 AND s.expires_at > $2 AND a.is_active = 1",
    )
    .bind(session.to_string())
    .bind(now)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let current: i64 = column(&row, "generation")?;
    let confirmed_at: Option<i64> = column(&row, "confirmed_at")?;
    let lost_answer = presented == current - 1
        && confirmed_at.is_none_or(|confirmed_at| now <= confirmed_at + GRACE);
    if lost_answer {
        return Ok(Some(current));
    }
    tracing::warn!(%session, "a used refresh token came again; its session has ended");
    sqlx::query("DELETE FROM sessions WHERE id = $1").bind(session.to_string()).execute(tx).await?;
    Ok(None)
}
