//! New keys, found one prime at a time so that progress can be shown (FORMAT.md §2).

use crypto_primes::{
    Flavor,
    fips::{self, FipsOptions},
    hazmat::{SetBits, SmallFactorsSieveFactory},
    is_prime, sieve_and_find,
};
use rand_core::CryptoRng;
use rsa::{BoxedUint, RsaPrivateKey, traits::PrivateKeyParts};
use zeroize::Zeroize;

use crate::{
    error::{Error, Result},
    private_key::PrivateKey,
    public_key::KeyUse,
};

/// The two key pairs of one statement: one to be written to with, one to sign with.
#[derive(Debug, Clone)]
pub struct KeyPairs {
    pub(crate) encryption: PrivateKey,
    pub(crate) signing: PrivateKey,
}

impl KeyPairs {
    /// Puts an encryption and a signing key together.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] when one is not for that use or both are the same.
    pub fn new(encryption: PrivateKey, signing: PrivateKey) -> Result<Self> {
        if encryption.public().usage() != KeyUse::Encryption
            || signing.public().usage() != KeyUse::Signing
        {
            return Err(Error::InvalidKey("not an encryption and a signing key".into()));
        }
        if encryption.public().kid() == signing.public().kid() {
            return Err(Error::InvalidKey("one key for both uses".into()));
        }
        Ok(Self { encryption, signing })
    }
}

/// Key pairs in the making.
pub struct KeyDraft {
    bits: u32,
    half_made: Option<BoxedUint>,
    encryption: Option<PrivateKey>,
    signing: Option<PrivateKey>,
}

impl KeyDraft {
    /// Starts on an encryption and a signing key of `bits` bits each.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for other sizes than 2048, 3072 and 4096.
    pub fn new(bits: u32) -> Result<Self> {
        if !matches!(bits, 2048 | 3072 | 4096) {
            return Err(Error::InvalidKey("keys have 2048, 3072 or 4096 bits".into()));
        }
        Ok(Self { bits, half_made: None, encryption: None, signing: None })
    }

    /// Says how many of the four primes are found.
    #[must_use]
    pub fn found(&self) -> u8 {
        2 * u8::from(self.encryption.is_some())
            + 2 * u8::from(self.signing.is_some())
            + u8::from(self.half_made.is_some())
    }

    /// Finds one prime, unless all four are found, and says how many there are now.
    ///
    /// It takes from a few milliseconds to several seconds, by luck and size.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn step(&mut self, rng: &mut impl CryptoRng) -> Result<u8> {
        if self.found() == 4 {
            return Ok(4);
        }
        let usage = self.next_use();
        match self.half_made.take() {
            None => self.half_made = Some(prime(self.bits / 2, rng)?),
            Some(p) => {
                let key = loop {
                    if let Some(key) = key_of(&p, prime(self.bits / 2, rng)?, self.bits, usage) {
                        break key;
                    }
                };
                self.keep(key);
            }
        }
        Ok(self.found())
    }

    /// Takes a key that the host has made, in PKCS#8, instead of finding primes; the encryption key
    /// first, then the signing key.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] when it is not such a key as [`KeyDraft::step`] makes.
    pub fn import(&mut self, pkcs8: &[u8]) -> Result<u8> {
        let key = PrivateKey::from_pkcs8_der(pkcs8, self.next_use())?;
        let distinct = match key.rsa().primes() {
            [p, q] => !too_near(p, q, self.bits),
            _ => false,
        };
        if key.public().bits() != self.bits || !distinct {
            return Err(Error::InvalidKey("not a key of the size that was asked for".into()));
        }
        self.keep(key);
        Ok(self.found())
    }

    fn next_use(&self) -> KeyUse {
        if self.encryption.is_none() { KeyUse::Encryption } else { KeyUse::Signing }
    }

    fn keep(&mut self, key: PrivateKey) {
        match key.public().usage() {
            KeyUse::Encryption => self.encryption = Some(key),
            KeyUse::Signing => self.signing = Some(key),
        }
    }

    /// Gives the key pairs.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] while primes are missing.
    pub fn finish(mut self) -> Result<KeyPairs> {
        match (self.encryption.take(), self.signing.take()) {
            (Some(encryption), Some(signing)) => KeyPairs::new(encryption, signing),
            _ => Err(Error::InvalidArgument("the keys are not complete".into())),
        }
    }
}

impl Drop for KeyDraft {
    fn drop(&mut self) {
        if let Some(prime) = &mut self.half_made {
            prime.zeroize();
        }
    }
}

/// Finds a random prime whose two highest bits are set, so that two of them make a modulus of
/// twice the bits and lie above √2·2^(bits−1) (FIPS 186-5 §A.1.3 steps 4.4 and 5.4).
///
/// It passes Baillie-PSW, and as many rounds of Miller-Rabin with random bases as bring the
/// probability of error under 2^−128 (FIPS 186-5 §B.3 and table B.1). p − 1 is coprime to the
/// exponent (step 4.5).
fn prime(bits: u32, rng: &mut impl CryptoRng) -> Result<BoxedUint> {
    let fault = || Error::Internal("the search for a prime failed".into());
    let rounds = FipsOptions::with_error_bound(bits, 128).ok_or_else(fault)?;
    let sieve = SmallFactorsSieveFactory::<BoxedUint>::new(Flavor::Any, bits, SetBits::TwoMsb)
        .map_err(|_| fault())?;
    sieve_and_find(rng, sieve, |rng, candidate| {
        candidate.bits() == bits
            && coprime_to_exponent(candidate)
            && is_prime(Flavor::Any, candidate)
            && fips::is_prime(rng, Flavor::Any, candidate, rounds)
    })
    .map_err(|_| fault())?
    .ok_or_else(fault)
}

/// Whether gcd(p − 1, 65537) is 1; 65537 is a prime, so: whether p is not 1 modulo it.
fn coprime_to_exponent(p: &BoxedUint) -> bool {
    p.to_be_bytes().iter().fold(0_u32, |rest, &byte| (rest * 256 + u32::from(byte)) % 65_537) != 1
}

/// Whether not even |p − q| > 2^(bits/2 − 100) (FIPS 186-5 §A.1.3 step 5.5).
fn too_near(p: &BoxedUint, q: &BoxedUint, bits: u32) -> bool {
    let distance = if p > q { p.wrapping_sub(q) } else { q.wrapping_sub(p) };
    distance.bits() <= bits / 2 - 100
}

/// Makes a key of two primes, unless they lie too near each other or the private exponent is too
/// small (FIPS 186-5 §A.1.1).
fn key_of(p: &BoxedUint, q: BoxedUint, bits: u32, usage: KeyUse) -> Option<PrivateKey> {
    if too_near(p, &q, bits) {
        return None;
    }
    let rsa = RsaPrivateKey::from_p_q(p.clone(), q, BoxedUint::from(65_537_u64)).ok()?;
    PrivateKey::new(rsa, usage).ok().filter(|key| key.public().bits() == bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_counts_its_four_primes_and_gives_two_keys() {
        let mut rng = crate::random::system().unwrap();
        let mut draft = KeyDraft::new(2048).unwrap();
        assert_eq!(draft.found(), 0);
        for expected in [1, 2, 3, 4, 4] {
            assert_eq!(draft.step(&mut rng).unwrap(), expected);
        }
        let keys = draft.finish().unwrap();
        for key in [&keys.encryption, &keys.signing] {
            assert_eq!(key.public().bits(), 2048);
            assert!(key.clone().imported(key.public().usage()).is_ok());
        }
    }

    #[test]
    fn an_unfinished_draft_gives_no_keys() {
        assert_eq!(KeyDraft::new(3072).unwrap().finish().unwrap_err().code(), "invalid_argument");
    }

    #[test]
    fn other_sizes_are_refused() {
        for bits in [0, 1024, 2047, 2056, 8192] {
            assert_eq!(KeyDraft::new(bits).err().map(|error| error.code()), Some("invalid_key"));
        }
    }

    #[test]
    fn primes_too_near_each_other_make_no_key() {
        let p = prime(1024, &mut crate::random::system().unwrap()).unwrap();
        let near = p.wrapping_add(BoxedUint::from(2_u64));
        assert!(key_of(&p, near, 2048, KeyUse::Signing).is_none());
        assert!(key_of(&p, p.clone(), 2048, KeyUse::Signing).is_none());
    }

    #[test]
    fn a_number_that_is_one_modulo_the_exponent_is_not_coprime_to_it() {
        assert!(!coprime_to_exponent(&BoxedUint::from(65_537_u64 * 10 + 1)));
        assert!(coprime_to_exponent(&BoxedUint::from(65_537_u64 * 10 + 2)));
    }
}
