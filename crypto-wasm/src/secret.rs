//! Bytes that must not outlive their use.

use std::fmt;

use hkdf::Hkdf;
use rand_core::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    base64url,
    error::{Error, Reason, Result},
    random,
};

/// 32 secret bytes: overwritten when dropped, printed as `[redacted]`, compared in constant time.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Secret([u8; 32]);

impl Secret {
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn random(rng: &mut impl CryptoRng) -> Self {
        Self(random::bytes(rng))
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) fn from_base64url(text: &str) -> Result<Self, Reason> {
        let bytes = Zeroizing::new(base64url::decode(text)?);
        Self::from_slice(&bytes).ok_or_else(|| "not 32 bytes in base64url".into())
    }

    pub(crate) fn to_base64url(&self) -> Zeroizing<String> {
        Zeroizing::new(base64url::encode(&self.0))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Derives another secret for the purpose that `info` names (RFC 5869, empty salt).
    pub(crate) fn derive(&self, info: &str) -> Result<Self> {
        derive(&self.0, &[], info.as_bytes())
    }
}

/// HKDF-SHA256 to 32 bytes (RFC 5869; FORMAT.md §1).
pub(crate) fn derive(input: &[u8], salt: &[u8], info: &[u8]) -> Result<Secret> {
    let mut output = Secret([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), input)
        .expand(info, &mut output.0)
        .map_err(|_| Error::Internal("HKDF refused 32 bytes".into()))?;
    Ok(output)
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64url())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        Self::from_base64url(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5869 §A.3: SHA-256 with empty salt and info, its first 32 bytes.
    #[test]
    fn derivation_is_hkdf_of_rfc_5869() {
        let output = derive(&[0x0b; 22], &[], b"").unwrap();
        assert_eq!(
            output.as_bytes()[..16],
            [
                0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f, 0x71, 0x5f, 0x80, 0x2a, 0x06, 0x3c,
                0x5a, 0x31
            ]
        );
    }

    #[test]
    fn a_secret_prints_nothing_of_itself() {
        assert_eq!(format!("{:?}", Secret::new([7; 32])), "[redacted]");
    }
}
