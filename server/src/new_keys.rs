//! The first keys of an account.

use poem_openapi::Object;
use serde::Deserialize;

use crate::{
    error::Error,
    json::Unchecked,
    names::Username,
    recovery::RecoverySecret,
    statements::{History, Statement},
    wrapped_keys,
};

/// The keys of a new account.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKeys {
    /// The private keys under the password: a compact JWE.
    #[oai(validator(max_length = 1048576))]
    wrapped_keys: String,
    /// The key history, oldest statement first.
    #[oai(validator(min_items = 1, max_items = 64))]
    history: Unchecked<Vec<Statement>>,
    /// A second copy under a recovery code.
    recovery: Option<NewRecovery>,
}

/// A second copy of the private keys, under a recovery code.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRecovery {
    /// Proves possession of the recovery code: 32 bytes in base64url.
    recovery_secret: RecoverySecret,
    /// The private keys under the recovery code: a compact JWE.
    #[oai(validator(max_length = 1048576))]
    wrapped_keys: String,
}

/// Keys of a new account that have been verified.
pub(crate) struct VerifiedKeys {
    /// The verified history.
    pub(crate) history: History,
    /// The private keys under the password.
    pub(crate) wrapped_keys: String,
    /// The recovery secret, and the private keys under the recovery code.
    pub(crate) recovery: Option<(RecoverySecret, String)>,
}

impl NewKeys {
    /// Verifies the history and that the wrapped keys are those of its latest statement.
    ///
    /// # Errors
    /// `bad_history`, `wrong_subject`, `bad_wrapped_keys` or `keys_changed`.
    pub(crate) async fn verify(self, username: Username) -> Result<VerifiedKeys, Error> {
        let verify = move || self.verify_here(&username);
        tokio::task::spawn_blocking(verify).await.map_err(Error::internal)?
    }

    fn verify_here(self, username: &Username) -> Result<VerifiedKeys, Error> {
        let history = History::verify(self.history.value, username, "/keys/history")?;
        let pointer = "/keys/wrapped_keys";
        let header = wrapped_keys::under_password(&self.wrapped_keys, pointer)?;
        wrapped_keys::check_seq(header.seq, history.latest_seq(), pointer)?;
        if let Some(recovery) = &self.recovery {
            let pointer = "/keys/recovery/wrapped_keys";
            let seq = wrapped_keys::under_recovery_code(&recovery.wrapped_keys, pointer)?;
            wrapped_keys::check_seq(seq, history.latest_seq(), pointer)?;
        }
        let recovery = self.recovery.map(|given| (given.recovery_secret, given.wrapped_keys));
        Ok(VerifiedKeys { history, wrapped_keys: self.wrapped_keys, recovery })
    }
}
