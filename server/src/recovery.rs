//! Recovery: a second way to the private keys, for who has forgotten the password.

use std::{fmt, str::FromStr, sync::Arc};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use poem::Request;
use poem_openapi::{Object, OpenApi, registry::MetaSchema};
use serde::Deserialize;

use crate::{
    app::{App, Part},
    caller::{CurrentAccount, RecoveryToken},
    confirm::confirm,
    database::column,
    done::Done,
    error::{Code, Error},
    jose,
    json::Json,
    key_histories::{key_history, latest_seq},
    limits::Subject,
    names::{AccountName, Password},
    networks::Network,
    new_session::{NewSession, TokenPair},
    statements::Statement,
    text::{Id, travels_as_text},
    tokens::Kind,
    wrapped_keys,
};

/// The routes of recovery.
pub(crate) struct Recoveries(pub(crate) Arc<App>);

/// What proves possession of a recovery code. Only its hash is kept.
#[derive(Clone)]
pub(crate) struct RecoverySecret {
    hash: String,
}

impl RecoverySecret {
    /// The SHA-256 of the secret, in base64url.
    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }

    fn schema() -> MetaSchema {
        MetaSchema {
            min_length: Some(43),
            max_length: Some(43),
            ..MetaSchema::new_with_format("string", "password")
        }
    }
}

impl FromStr for RecoverySecret {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let secret = jose::decode_exactly(text, 32).ok_or("must be 32 bytes in base64url")?;
        Ok(Self { hash: jose::hash(&secret) })
    }
}

impl fmt::Display for RecoverySecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

travels_as_text!(RecoverySecret);

/// A new recovery code, as the server sees it.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recovery {
    /// The account's password, which stays.
    current_password: Password,
    /// Proves possession of the recovery code: 32 bytes in base64url.
    recovery_secret: RecoverySecret,
    /// The private keys under the recovery code: a compact JWE.
    #[oai(validator(max_length = 1048576))]
    recovery_wrapped_keys: String,
    /// The private keys under the password, the recovery's wrapping key among them.
    #[oai(validator(max_length = 1048576))]
    wrapped_keys: String,
}

/// A name and what proves possession of its recovery code.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecoveryProof {
    /// E-mail address or username of the account.
    email: AccountName,
    /// Derived from the recovery code: 32 bytes in base64url.
    recovery_secret: RecoverySecret,
}

/// What the recovery code opens.
#[derive(Object)]
pub(crate) struct RecoveredKeys {
    /// The private keys under the recovery code: a compact JWE.
    #[oai(validator(max_length = 1048576))]
    recovery_wrapped_keys: String,
    /// The key history, oldest statement first.
    #[oai(validator(max_items = 64))]
    key_history: Vec<Statement>,
    /// JWT for `POST /auth/reset_password`. Good once, for ten minutes.
    #[oai(validator(max_length = 1024))]
    recovery_token: String,
}

/// A password in place of the forgotten one.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordReset {
    /// The password that holds from now on.
    new_password: Password,
    /// The private keys under the new password: a compact JWE.
    #[oai(validator(max_length = 1048576))]
    wrapped_keys: String,
}

#[OpenApi(tag = "Part::Auth")]
impl Recoveries {
    /// Set up a recovery code
    ///
    /// In place of the one that there may be. The server learns neither the code nor what it
    /// opens.
    #[oai(path = "/auth/recovery", method = "put", operation_id = "set_recovery")]
    async fn set_recovery(
        &self,
        caller: CurrentAccount,
        request: &Request,
        Json(recovery): Json<Recovery>,
    ) -> Result<Done, Error> {
        let (app, pointer) = (&self.0, "/recovery_wrapped_keys");
        let header = wrapped_keys::under_password(&recovery.wrapped_keys, "/wrapped_keys")?;
        let seq = wrapped_keys::under_recovery_code(&recovery.recovery_wrapped_keys, pointer)?;
        let confirmed = confirm(app, request, &caller.0, &recovery.current_password).await?;
        let stored = confirmed.wrapped_keys.as_deref().ok_or_else(|| {
            Error::because(Code::KeysChanged, "there are no keys to recover: none are published")
        })?;
        header.check_kdf(stored, "/wrapped_keys")?;
        app.database
            .write(async move |tx| {
                let changed = sqlx::query(
                    "UPDATE accounts SET wrapped_keys = $1, recovery_hash = $2,
                         recovery_wrapped = $3, recovery_grant = NULL
                     WHERE no = $4 AND password_hash = $5",
                )
                .bind(&recovery.wrapped_keys)
                .bind(recovery.recovery_secret.hash())
                .bind(&recovery.recovery_wrapped_keys)
                .bind(confirmed.no)
                .bind(&confirmed.password_hash)
                .execute(&mut *tx)
                .await?;
                if changed.rows_affected() == 0 {
                    return Err(Code::WrongPassword.into());
                }
                let latest = latest_seq(tx, confirmed.no).await?.ok_or(Code::KeysChanged)?;
                wrapped_keys::check_seq(header.seq, latest, "/wrapped_keys")?;
                wrapped_keys::check_seq(seq, latest, pointer)
            })
            .await?;
        Ok(Done::NoContent)
    }

    /// Get the keys under the recovery code
    ///
    /// An unknown name, an account without recovery and a wrong secret look the same.
    #[oai(path = "/auth/recovery_keys", method = "post", operation_id = "recovery_keys")]
    async fn recovery_keys(
        &self,
        request: &Request,
        Json(proof): Json<RecoveryProof>,
    ) -> Result<Json<RecoveredKeys>, Error> {
        let (app, now) = (&self.0, self.0.clock.now());
        let network = Network::of(request, &app.settings.trusted_proxies);
        let row = sqlx::query(
            "SELECT no, id, recovery_hash, recovery_wrapped,
                 (SELECT COUNT(*) FROM networks WHERE account = no AND network = $2) AS known
             FROM accounts WHERE (email = $1 OR username = $1) AND is_active = 1",
        )
        .bind(proof.email.as_str())
        .bind(network.tag(&app.mac_key))
        .fetch_optional(app.database.reader())
        .await?;
        let (subject, is_known) = match &row {
            Some(row) => (Subject::Account(column(row, "no")?), column::<i64>(row, "known")? == 1),
            None => (Subject::Unknown(proof.email.to_string()), false),
        };
        let attempt = app.limits.attempt(subject, network, is_known, now)?;
        let stored: Option<String> =
            row.as_ref().map(|row| column(row, "recovery_hash")).transpose()?.flatten();
        let presented = proof.recovery_secret.hash().to_owned();
        let proves = stored.is_some_and(|stored| {
            verify_slices_are_equal(stored.as_bytes(), presented.as_bytes()).is_ok()
        });
        let Some(row) = row.filter(|_| proves) else {
            attempt.failed();
            return Err(Code::WrongRecovery.into());
        };

        let (no, grant): (i64, Id) = (column(&row, "no")?, Id::new());
        app.database
            .write(async move |tx| {
                let granted = sqlx::query(
                    "UPDATE accounts SET recovery_grant = $1
                     WHERE no = $2 AND recovery_hash = $3 AND is_active = 1",
                )
                .bind(grant.to_string())
                .bind(no)
                .bind(&presented)
                .execute(tx)
                .await?;
                if granted.rows_affected() == 1 { Ok(()) } else { Err(Code::WrongRecovery.into()) }
            })
            .await?;
        let account = column::<String>(&row, "id")?.parse().map_err(Error::internal)?;
        Ok(Json(RecoveredKeys {
            recovery_wrapped_keys: column(&row, "recovery_wrapped")?,
            key_history: key_history(app, no).await?,
            recovery_token: app.tokens.issue(Kind::Recovery, account, grant, 0, now)?,
        }))
    }

    /// Set a new password after recovery
    ///
    /// Every older session and recovery token is dead.
    #[oai(path = "/auth/reset_password", method = "post", operation_id = "reset_password")]
    async fn reset_password(
        &self,
        token: RecoveryToken,
        request: &Request,
        Json(reset): Json<PasswordReset>,
    ) -> Result<Json<TokenPair>, Error> {
        let (app, claims) = (&self.0, token.0);
        let seq = wrapped_keys::under_password(&reset.wrapped_keys, "/wrapped_keys")?.seq;
        let password_hash = app.passwords.hash(&reset.new_password).await?;
        let session = NewSession::of(app, request);
        let tokens = session.tokens(app, claims.sub)?;
        let account = app
            .database
            .write(async move |tx| {
                let row = sqlx::query(
                    "UPDATE accounts SET password_hash = $1, wrapped_keys = $2,
                         recovery_grant = NULL
                     WHERE id = $3 AND recovery_grant = $4 AND is_active = 1 RETURNING no",
                )
                .bind(&password_hash)
                .bind(&reset.wrapped_keys)
                .bind(claims.sub.to_string())
                .bind(claims.sid.to_string())
                .fetch_optional(&mut *tx)
                .await?
                .ok_or_else(|| {
                    Error::because(Code::InvalidToken, "the recovery token is not good any more")
                })?;
                let account: i64 = column(&row, "no")?;
                let latest = latest_seq(tx, account).await?.ok_or(Code::KeysChanged)?;
                wrapped_keys::check_seq(seq, latest, "/wrapped_keys")?;
                session.replace_all(tx, account).await?;
                Ok(account)
            })
            .await?;
        app.listeners.notify(account);
        Ok(Json(tokens))
    }
}
