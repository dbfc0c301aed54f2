//! The identifier of a letter.

use std::fmt;

use rand_core::CryptoRng;
use serde::Serialize;

use crate::{
    error::{Error, Result},
    random,
};

/// A UUID (RFC 9562) of any version, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct MessageId(String);

impl MessageId {
    /// Makes a new one, of version 4: it says nothing about when.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let number = u128::from_be_bytes(random::bytes(rng));
        let version_4 = number & !(0xf << 76) | 4 << 76;
        let number = version_4 & !(0b11 << 62) | 0b10 << 62;
        let digits = format!("{number:032x}");
        let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| &digits[range]);
        Self(groups.join("-"))
    }

    /// Reads an identifier.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        let valid = text.len() == 36
            && text.bytes().enumerate().all(|(place, byte)| match place {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            });
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::InvalidArgument("an identifier is a UUID in lower case".into()))
        }
    }

    /// Gives the identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_identifiers_are_uuids_of_version_4_and_all_different() {
        let mut rng = crate::random::system().unwrap();
        let (one, other) = (MessageId::random(&mut rng), MessageId::random(&mut rng));
        assert_ne!(one, other);
        assert_eq!(MessageId::parse(one.as_str()).unwrap(), one);
        assert_eq!(&one.as_str()[14..15], "4");
        assert!("89ab".contains(&one.as_str()[19..20]));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "0191B2C3-0000-7000-8000-000000000000",
            "0191b2c300007000800000000000000",
            "0191b2c3-0000-7000-8000-00000000000g",
            "{0191b2c3-0000-7000-8000-00000000000}",
        ] {
            assert_eq!(MessageId::parse(text).unwrap_err().code(), "invalid_argument");
        }
    }
}
