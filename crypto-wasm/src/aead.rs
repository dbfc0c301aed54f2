//! AES-256-GCM with a 96-bit nonce and a 128-bit tag (NIST SP 800-38D).

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};

use crate::{
    error::{Error, Result},
    secret::Secret,
};

pub(crate) const TAG_LENGTH: usize = 16;

/// Encrypts, and appends the tag.
pub(crate) fn seal(key: &Secret, nonce: &[u8; 12], aad: &[u8], text: &[u8]) -> Result<Vec<u8>> {
    Aes256Gcm::new(key.as_bytes().into())
        .encrypt(nonce.into(), Payload { msg: text, aad })
        .map_err(|_| Error::Internal("AES-GCM refused to encrypt".into()))
}

/// Decrypts what ends in its tag.
///
/// # Errors
/// [`Error::DecryptFailed`] for a wrong key, nonce or associated data and for altered bytes alike.
pub(crate) fn open(key: &Secret, nonce: &[u8; 12], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
    Aes256Gcm::new(key.as_bytes().into())
        .decrypt(nonce.into(), Payload { msg: sealed, aad })
        .map_err(|_| Error::DecryptFailed)
}
