//! Contacts: other people's keys, verified and held against what was seen before (FORMAT.md §3.3).

use crate::{
    error::Result, history::History, public_key::PublicKey, safety_number::SafetyHalf,
    username::Username,
};

/// Somebody to write to and hear from; it can only be had by verifying a history.
#[derive(Debug, Clone)]
pub struct Contact {
    history: History,
}

impl Contact {
    /// Verifies a history for the user whom the caller means, against the pin if there is one.
    ///
    /// The pin is the history last seen, kept by the caller; keep [`Contact::pin`] afterwards.
    ///
    /// # Errors
    /// [`Error::BadHistory`](crate::Error::BadHistory) for an invalid one or another user's,
    /// [`Error::HistoryRolledBack`](crate::Error::HistoryRolledBack) when the pin is longer: go on
    /// with the pin; [`Error::IdentityChanged`](crate::Error::IdentityChanged) when it departs
    /// from the pin: seal nothing to it until the user has accepted the new keys.
    pub fn from_history(history: &str, username: &Username, pin: Option<&str>) -> Result<Self> {
        let history = History::verify(history, username)?;
        if let Some(pin) = pin {
            history.check_pin(pin)?;
        }
        Ok(Self { history })
    }

    /// Gives what to keep for the next time.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) only.
    pub fn pin(&self) -> Result<String> {
        self.history.to_json()
    }

    /// Says who it is.
    #[must_use]
    pub fn username(&self) -> &Username {
        self.history.username()
    }

    /// Gives the verified history.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Gives the key that letters to this contact are encrypted to.
    #[must_use]
    pub fn encryption_key(&self) -> &PublicKey {
        &self.history.latest().encryption
    }

    /// Gives this contact's half of a safety number.
    #[must_use]
    pub fn safety_half(&self) -> SafetyHalf {
        SafetyHalf::of(&self.history)
    }
}
