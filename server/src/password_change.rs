//! Changing the password.

use std::sync::Arc;

use poem::Request;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use sqlx::AnyConnection;

use crate::{
    app::{App, Part},
    caller::CurrentAccount,
    confirm::{Confirmed, confirm},
    error::{Code, Error, Fault},
    json::Json,
    key_histories::{latest_seq, publish},
    names::Password,
    new_keys::{NewKeys, VerifiedKeys},
    new_session::{NewSession, TokenPair},
    wrapped_keys,
};

/// The route of changing the password.
pub(crate) struct PasswordChanges(pub(crate) Arc<App>);

/// A new password.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The password that holds until now.
    current_password: Password,
    /// The one that holds from now on.
    new_password: Password,
    /// The private keys under the new password: a compact JWE. Required once there are keys.
    #[oai(validator(max_length = 1048576))]
    wrapped_keys: Option<String>,
    /// The first keys of an account that has none yet.
    keys: Option<NewKeys>,
}

/// What becomes of the account's keys.
enum Replacement {
    Nothing,
    Wrapped { jwe: String, seq: u64 },
    Keys(Box<VerifiedKeys>),
}

#[OpenApi(tag = "Part::Auth")]
impl PasswordChanges {
    /// Change the password
    ///
    /// Every session of the account ends; the new tokens are those of a new one. The keys come
    /// along, wrapped under the new password: of two devices that change them at once, one gets
    /// `keys_changed` or `wrong_password`.
    #[oai(path = "/auth/change_password", method = "post", operation_id = "change_password")]
    async fn change_password(
        &self,
        caller: CurrentAccount,
        request: &Request,
        Json(change): Json<PasswordChange>,
    ) -> Result<Json<TokenPair>, Error> {
        let (app, account) = (&self.0, &caller.0.account);
        let replacement = match (change.wrapped_keys, change.keys) {
            (None, None) => Replacement::Nothing,
            (Some(jwe), None) => {
                let seq = wrapped_keys::under_password(&jwe, "/wrapped_keys")?.seq;
                Replacement::Wrapped { jwe, seq }
            }
            (None, Some(keys)) => {
                Replacement::Keys(Box::new(keys.verify(account.username.clone()).await?))
            }
            (Some(_), Some(_)) => {
                let detail = "`wrapped_keys` or `keys`, not both";
                let fault = Fault::new("/keys", "invalid_value", detail);
                return Err(Error::at(Code::InvalidRequest, vec![fault]));
            }
        };
        let confirmed = confirm(app, request, &caller.0, &change.current_password).await?;
        let password_hash = app.passwords.hash(&change.new_password).await?;
        let session = NewSession::of(app, request);
        let tokens = session.tokens(app, account.id)?;
        app.database
            .write(async move |tx| {
                replacement.store(tx, &confirmed, &password_hash).await?;
                session.replace_all(tx, confirmed.no).await
            })
            .await?;
        app.listeners.notify(caller.0.no);
        Ok(Json(tokens))
    }
}

impl Replacement {
    async fn store(
        &self,
        tx: &mut AnyConnection,
        confirmed: &Confirmed,
        password_hash: &str,
    ) -> Result<(), Error> {
        let (wrapped, recovery) = match self {
            Self::Nothing => (None, None),
            Self::Wrapped { jwe, .. } => (Some(jwe), None),
            Self::Keys(keys) => (Some(&keys.wrapped_keys), keys.recovery.as_ref()),
        };
        let changed = sqlx::query(
            "UPDATE accounts SET password_hash = $1, wrapped_keys = COALESCE($2, wrapped_keys),
                 recovery_hash = COALESCE($3, recovery_hash),
                 recovery_wrapped = COALESCE($4, recovery_wrapped), recovery_grant = NULL
             WHERE no = $5 AND password_hash = $6",
        )
        .bind(password_hash)
        .bind(wrapped)
        .bind(recovery.map(|(secret, _)| secret.hash()))
        .bind(recovery.map(|(_, wrapped)| wrapped.as_str()))
        .bind(confirmed.no)
        .bind(&confirmed.password_hash)
        .execute(&mut *tx)
        .await?;
        if changed.rows_affected() == 0 {
            return Err(Code::WrongPassword.into());
        }
        match (latest_seq(tx, confirmed.no).await?, self) {
            (None, Self::Nothing) => Ok(()),
            (None, Self::Keys(keys)) => {
                let links = keys.history.links();
                sqlx::query(
                    "UPDATE mailboxes SET enc_kid = $1, version = version + 1 WHERE account = $2",
                )
                .bind(links.last().map(|link| link.enc_kid.as_str()))
                .bind(confirmed.no)
                .execute(&mut *tx)
                .await?;
                publish(tx, confirmed.no, 0, links).await
            }
            (Some(latest), Self::Wrapped { seq, .. }) => {
                wrapped_keys::check_seq(*seq, latest, "/wrapped_keys")
            }
            (Some(_), Self::Nothing) => {
                let detail = "this member is required: the account has keys";
                let fault = Fault::new("/wrapped_keys", "missing_member", detail);
                Err(Error::at(Code::InvalidRequest, vec![fault]))
            }
            (Some(_), Self::Keys(_)) => {
                Err(Error::because(Code::KeysChanged, "the account has keys already"))
            }
            (None, Self::Wrapped { .. }) => {
                Err(Error::because(Code::KeysChanged, "the account has no keys yet"))
            }
        }
    }
}
