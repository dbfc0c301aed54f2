//! The copy of an identity for one device, under a key that the host keeps and shows to nobody:
//! the host encrypts and decrypts, and all else is done here (FORMAT.md §10).

use std::fmt;

use zeroize::Zeroizing;

use crate::{
    aead::TAG_LENGTH,
    base64url,
    error::{Error, Result},
    identity::{Expected, Identity},
    jwe::Jwe,
    wrapped_keys::{NamedKdf, Wrapped},
};

/// An identity to be encrypted by the host, with AES-256-GCM.
pub struct DeviceLock {
    associated_data: String,
    contents: Zeroizing<String>,
}

impl DeviceLock {
    pub(crate) fn new(header: &str, contents: Zeroizing<String>) -> Self {
        Self { associated_data: base64url::encode(header.as_bytes()), contents }
    }

    /// Gives the associated data, in ASCII.
    #[must_use]
    pub fn associated_data(&self) -> &str {
        &self.associated_data
    }

    /// Gives what is to be encrypted: all private keys.
    #[must_use]
    pub fn contents(&self) -> &[u8] {
        self.contents.as_bytes()
    }

    /// Puts the wrapped keys together from a fresh iv of 12 bytes and what the host has encrypted,
    /// the tag of 16 bytes at its end.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for other lengths.
    pub fn finish(&self, iv: &[u8], sealed: &[u8]) -> Result<String> {
        let iv = iv.try_into().map_err(|_| Error::InvalidArgument("an iv has 12 bytes".into()))?;
        if sealed.len() != self.contents.len() + TAG_LENGTH {
            return Err(Error::InvalidArgument("not the contents and a tag".into()));
        }
        Ok(Jwe::assemble(self.associated_data.clone(), iv, sealed.to_vec()).into_compact())
    }
}

impl fmt::Debug for DeviceLock {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("DeviceLock([redacted])")
    }
}

/// Wrapped keys of this device, to be decrypted by the host.
#[derive(Debug)]
pub struct DeviceCopy(Wrapped);

impl DeviceCopy {
    /// Reads wrapped keys up to what is encrypted.
    ///
    /// # Errors
    /// [`Error::KdfMismatch`] for keys that are wrapped for something else than a device,
    /// [`Error::DecryptFailed`] for what is no wrapped keys at all.
    pub fn parse(text: &str) -> Result<Self> {
        Wrapped::parse(text, &NamedKdf::DEVICE).map(Self)
    }

    /// Gives the associated data, the iv, and the encrypted contents with their tag.
    #[must_use]
    pub fn for_host(&self) -> (&str, &[u8; 12], &[u8]) {
        self.0.jwe.for_host()
    }

    /// Opens the identity from what the host has decrypted and authenticated.
    ///
    /// # Errors
    /// As [`Identity::unlock`].
    pub fn unlock(&self, contents: &[u8], expected: Expected) -> Result<Identity> {
        let (keys, history) = self.0.finish(contents)?;
        Identity::expected(keys, history, expected)
    }
}
