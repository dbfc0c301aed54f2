//! The handle that ties keys to an account (FORMAT.md §3).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::error::{Error, Reason, Result};

const RULE: &str = "a username is 3 to 32 of a-z 0-9 . _ -, a letter or digit first";

/// A handle of 3 to 32 of `a-z 0-9 . _ -`, beginning with a letter or a digit.
///
/// Nothing is folded or trimmed here: the account's owner chose exactly these characters.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Username(String);

impl Username {
    /// Reads a handle.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for anything else than one.
    pub fn parse(text: &str) -> Result<Self> {
        Self::read(text).map_err(Error::InvalidArgument)
    }

    pub(crate) fn read(text: &str) -> Result<Self, Reason> {
        let allowed = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
        let valid = (3..=32).contains(&text.len())
            && text.bytes().all(allowed)
            && text.as_bytes()[0].is_ascii_alphanumeric();
        valid.then(|| Self(text.to_owned())).ok_or_else(|| RULE.into())
    }

    /// Gives the handle as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Username({})", self.0)
    }
}

impl<'de> Deserialize<'de> for Username {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_taken_as_they_are() {
        for text in ["bob", "alice", "0x1", "a.b_c-d", &"z".repeat(32)] {
            assert_eq!(Username::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let long = "z".repeat(33);
        for text in
            ["", "ab", "Alice", "-ab", ".ab", "_ab", "a b", "álice", "bob\0", "bob\n", &long]
        {
            assert_eq!(Username::parse(text).unwrap_err().code(), "invalid_argument", "{text:?}");
        }
    }
}
