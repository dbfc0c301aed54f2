//! The keys that ride along with a registration.

use poem_openapi::Object;
use serde::Deserialize;

use crate::{
    error::{Code, Error, Fault},
    jose,
    json::Unchecked,
    names::Username,
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
    #[oai(validator(min_length = 43, max_length = 43))]
    recovery_secret: String,
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
    /// Hash of the recovery secret, and the private keys under the recovery code.
    pub(crate) recovery: Option<(String, String)>,
}

impl NewKeys {
    /// Verifies the history and that the wrapped keys are those of its latest statement.
    ///
    /// # Errors
    /// `bad_history`, `wrong_subject`, `bad_wrapped_keys`, `keys_changed` or `invalid_request`.
    pub(crate) fn verify(self, username: &Username) -> Result<VerifiedKeys, Error> {
        let history = History::verify(self.history.value, username, "/keys/history")?;
        let pointer = "/keys/wrapped_keys";
        let mut seqs =
            vec![(pointer, wrapped_keys::under_password(&self.wrapped_keys, pointer)?.seq)];
        let recovery = match self.recovery {
            None => None,
            Some(recovery) => {
                let pointer = "/keys/recovery/wrapped_keys";
                let seq = wrapped_keys::under_recovery_code(&recovery.wrapped_keys, pointer)?;
                seqs.push((pointer, seq));
                let secret =
                    jose::decode_exactly(&recovery.recovery_secret, 32).ok_or_else(|| {
                        let detail = "must be 32 bytes in base64url";
                        let pointer = "/keys/recovery/recovery_secret";
                        let fault = Fault::new(pointer, "invalid_value", detail);
                        Error::at(Code::InvalidRequest, vec![fault])
                    })?;
                Some((jose::hash(&secret), recovery.wrapped_keys))
            }
        };
        for (pointer, seq) in seqs {
            if seq != history.latest_seq() {
                let detail = "`seq` is not that of the history's latest statement";
                let fault = Fault::new(pointer, "invalid_value", detail);
                return Err(Error::at(Code::KeysChanged, vec![fault]));
            }
        }
        Ok(VerifiedKeys { history, wrapped_keys: self.wrapped_keys, recovery })
    }
}
