//! Detached signatures over any bytes (FORMAT.md §4.2).

use crate::{
    contact::Contact,
    error::{Error, Result},
    history::Signer,
    jws::{self, Purpose},
};

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
