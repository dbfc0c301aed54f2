//! Detached signatures over any bytes (FORMAT.md §4.2).

use std::fmt;

use zeroize::Zeroizing;

use crate::{
    contact::Contact,
    error::{Error, Result},
    history::Signer,
    jws::{self, Purpose, Unsigned},
    kid::Kid,
    public_key::PublicKey,
};

/// Bytes to be signed by a host that has the key.
pub struct Signing {
    unsigned: Unsigned,
    bytes: Zeroizing<Vec<u8>>,
}

impl Signing {
    pub(crate) fn new(key: &PublicKey, bytes: &[u8]) -> Result<Self> {
        let unsigned = Unsigned::new(key, Purpose::Signature)?;
        Ok(Self { unsigned, bytes: Zeroizing::new(bytes.to_vec()) })
    }

    /// Names the key that is to sign.
    #[must_use]
    pub fn kid(&self) -> &Kid {
        self.unsigned.kid()
    }

    /// Gives what is to be signed, with RSASSA-PSS, SHA-256 and a salt of 32 bytes.
    #[must_use]
    pub fn input(&self) -> Zeroizing<String> {
        self.unsigned.input(&self.bytes)
    }

    /// Makes the compact JWS with its payload detached of what the host has signed.
    ///
    /// # Errors
    /// [`Error::Internal`] when the host's signature does not verify.
    pub fn finish(&self, signature: &[u8]) -> Result<String> {
        self.unsigned.finish(&self.bytes, signature).map(|signature| signature.detached())
    }
}

impl fmt::Debug for Signing {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("Signing([redacted])")
    }
}

/// Verifies a detached signature, and says which statement's key made it; `None` if it is not a
/// signature of that contact over these bytes.
///
/// A signature carries no time: whether one by a former key counts is for the caller to judge.
///
/// # Errors
/// [`Error::InvalidArgument`] for what is not a signature of this kind at all.
pub fn verify(jws: &str, bytes: &[u8], from: &Contact) -> Result<Option<Signer>> {
    let (payload, signature) =
        jws::split_compact(jws, Purpose::Signature).map_err(Error::InvalidArgument)?;
    if !payload.is_empty() {
        return Err(Error::InvalidArgument("the payload is not detached".into()));
    }
    Ok(from
        .history()
        .signing_key(&signature.kid)
        .filter(|(key, _)| signature.verifies(key, bytes))
        .map(|(_, signer)| signer))
}
