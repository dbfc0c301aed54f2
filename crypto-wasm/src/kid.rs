//! The name of a key: the RFC 7638 thumbprint of its public part.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use sha2::{Digest, Sha256};

use crate::{base64url, error::Reason};

/// A key's identifier: 43 characters of base64url, ordered as text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Kid(String);

impl Kid {
    /// Computes the SHA-256 thumbprint of an RSA key with exponent `AQAB` (RFC 7638 §3).
    ///
    /// Its input is the JWK of the required members alone, in the order of their names and without
    /// white space.
    pub(crate) fn of_modulus(n: &str) -> Self {
        let required = format!(r#"{{"e":"AQAB","kty":"RSA","n":"{n}"}}"#);
        Self(base64url::encode(&Sha256::digest(required)))
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        base64url::decode_array::<32>(text)?;
        Ok(Self(text.to_owned()))
    }

    /// Gives the identifier as it stands in JWKs and headers.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kid {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Kid {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Kid({})", self.0)
    }
}

impl<'de> Deserialize<'de> for Kid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
