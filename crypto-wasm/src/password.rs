//! Passwords: stretched once, into a secret for the server and a key that it never learns
//! (FORMAT.md §9).

use argon2::{Algorithm, Argon2, Params, Version};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    base64url,
    error::{Error, Reason, Result},
    json, random,
    secret::Secret,
};

const KIB: std::ops::RangeInclusive<u32> = 64 * 1024..=256 * 1024;
const PASSES: std::ops::RangeInclusive<u32> = 3..=6;

/// How a password is stretched: Argon2id (RFC 9106), within bounds that no server can move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordKdf {
    kib: u32,
    passes: u32,
    salt: [u8; 16],
}

/// The same on the wire.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KdfJson {
    name: String,
    m: u32,
    t: u32,
    p: u32,
    salt: String,
}

impl PasswordKdf {
    /// Gives the default cost, 64 MiB and 3 passes, with a new salt.
    pub fn fresh(rng: &mut impl CryptoRng) -> Self {
        Self { kib: *KIB.start(), passes: *PASSES.start(), salt: random::bytes(rng) }
    }

    /// Reads parameters, which come from a server that may be hostile.
    ///
    /// # Errors
    /// [`Error::KdfRefused`] for anything outside of m 64 to 256 MiB, t 3 to 6, p 1 and a salt of
    /// 16 bytes.
    pub fn from_json(kdf: &str) -> Result<Self> {
        json::parse::<KdfJson>(kdf).and_then(|kdf| Self::read(&kdf)).map_err(Error::KdfRefused)
    }

    fn read(kdf: &KdfJson) -> Result<Self, Reason> {
        if kdf.name != "argon2id" || kdf.p != 1 {
            return Err("not argon2id with one lane".into());
        }
        if !KIB.contains(&kdf.m) || !PASSES.contains(&kdf.t) {
            return Err("not 64 to 256 MiB of memory and 3 to 6 passes".into());
        }
        Ok(Self { kib: kdf.m, passes: kdf.t, salt: base64url::decode_array(&kdf.salt)? })
    }

    /// Writes the parameters.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn to_json(&self) -> Result<String> {
        json::write(&self.wire())
    }

    pub(crate) fn wire(&self) -> KdfJson {
        KdfJson {
            name: "argon2id".into(),
            m: self.kib,
            t: self.passes,
            p: 1,
            salt: base64url::encode(&self.salt),
        }
    }
}

/// A stretched password: what it took long to compute, for logging in and for unlocking.
#[derive(Debug, Clone)]
pub struct Stretched {
    kdf: PasswordKdf,
    login: Secret,
    wrapping: Secret,
}

impl Stretched {
    /// Stretches a password, which the host has brought into Unicode form NFKC.
    ///
    /// It takes 64 MiB of memory or more, and some 0.2 s or more.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for an empty password; [`Error::Internal`] when there is not
    /// enough memory.
    pub fn new(password: &str, kdf: PasswordKdf) -> Result<Self> {
        if password.is_empty() {
            return Err(Error::InvalidArgument("the password is empty".into()));
        }
        let output = argon2id(password.as_bytes(), &kdf.salt, kdf.kib, kdf.passes)?;
        let (login, wrapping) = (output.derive("pli login v1")?, output.derive("pli key wrap v1")?);
        Ok(Self { kdf, login, wrapping })
    }

    /// Gives what the server gets to see as `password`.
    #[must_use]
    pub fn login_secret(&self) -> Zeroizing<String> {
        self.login.to_base64url()
    }

    /// Gives the parameters that were used.
    #[must_use]
    pub fn kdf(&self) -> &PasswordKdf {
        &self.kdf
    }

    pub(crate) fn wrapping_key(&self) -> &Secret {
        &self.wrapping
    }
}

/// Argon2id version 0x13 with one lane and 32 bytes out (RFC 9106 §3.1).
fn argon2id(password: &[u8], salt: &[u8], kib: u32, passes: u32) -> Result<Secret> {
    let fault = |_| Error::Internal("Argon2id could not run, for lack of memory perhaps".into());
    let params = Params::new(kib, passes, 1, Some(32)).map_err(fault)?;
    let mut output = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password, salt, &mut *output)
        .map_err(fault)?;
    Ok(Secret::new(*output))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the tests of the reference implementation (`src/test.c`, Argon2id version 0x13).
    #[test]
    fn stretching_is_argon2id_of_the_reference_implementation() {
        let output = argon2id(b"password", b"somesalt", 65_536, 2).unwrap();
        let hex: String = output.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
    }
}
