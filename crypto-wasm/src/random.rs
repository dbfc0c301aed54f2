//! Randomness: from the operating system or the browser, and from nowhere else.
//!
//! What makes secrets takes its source as an argument, so that tests can fix it. The numbers that
//! blind private operations never come from that argument.

use getrandom::SysRng;
use rand_core::{CryptoRng, UnwrapErr};

use crate::error::{Error, Result};

/// Gives the host's source of randomness, having tried it.
///
/// # Errors
/// [`Error::NotSupported`] when the host has none.
pub fn system() -> Result<impl CryptoRng> {
    getrandom::fill(&mut [0; 1])
        .map_err(|_| Error::NotSupported("the host has no secure source of randomness".into()))?;
    Ok(UnwrapErr(SysRng))
}

pub(crate) fn bytes<const N: usize>(rng: &mut impl CryptoRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}
