//! Private keys: what letters are opened and signed with (FORMAT.md §2).

use std::{convert::Infallible, fmt, mem::take};

use rand_core::{CryptoRng, TryCryptoRng, TryRng};
use rsa::{
    BoxedUint, Oaep, Pss, RsaPrivateKey,
    traits::{PaddingScheme, PrivateKeyParts, SignatureScheme},
};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    base64url,
    error::{Error, Reason, Result},
    json,
    kid::Kid,
    public_key::{KeyUse, PublicJwk, PublicKey, integer},
    random,
    secret::Secret,
};

/// A private key with its public half; overwritten when dropped, printed as `[redacted]`.
#[derive(Clone)]
pub struct PrivateKey {
    rsa: RsaPrivateKey,
    public: PublicKey,
}

/// A private JWK: exactly the members of a public one and the seven secret ones of RFC 7518 §6.3.2.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrivateJwk {
    kty: String,
    n: String,
    e: String,
    d: String,
    p: String,
    q: String,
    dp: String,
    dq: String,
    qi: String,
    r#use: String,
    alg: String,
    kid: String,
}

/// A private JWK as other software exports it.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct ForeignPrivateJwk {
    kty: String,
    n: String,
    e: String,
    d: String,
    p: String,
    q: String,
    dp: String,
    dq: String,
    qi: String,
    r#use: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    #[zeroize(skip)]
    #[serde(rename = "key_ops")]
    _key_ops: Option<IgnoredAny>,
    #[zeroize(skip)]
    #[serde(rename = "ext")]
    _ext: Option<IgnoredAny>,
}

impl PrivateKey {
    /// Checks what this library asks of a private key beyond what its arithmetic needs.
    pub(crate) fn new(rsa: RsaPrivateKey, usage: KeyUse) -> Result<Self, Reason> {
        let public = PublicKey::new(rsa.to_public_key(), usage)?;
        // FIPS 186-5 §A.1.1: a small private exponent gives the key away.
        if rsa.primes().len() != 2 || rsa.d().bits() <= public.bits() / 2 {
            return Err("the private exponent or the primes are out of range".into());
        }
        Ok(Self { rsa, public })
    }

    /// Imports a private JWK with all its members, for the given use.
    ///
    /// `use`, `alg` and `kid` may be missing but not wrong; `key_ops` and `ext`, which WebCrypto
    /// adds, are ignored. The factors are tested for primality.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for anything else than such a key.
    pub fn from_jwk(jwk: &str, usage: KeyUse) -> Result<Self> {
        let mut jwk: ForeignPrivateJwk = json::parse(jwk).map_err(Error::InvalidKey)?;
        let jwk = PrivateJwk {
            kid: jwk.kid.take().unwrap_or_else(|| Kid::of_modulus(&jwk.n).as_str().to_owned()),
            r#use: jwk.r#use.take().unwrap_or_else(|| usage.jwk_use().to_owned()),
            alg: jwk.alg.take().unwrap_or_else(|| usage.jwk_alg().to_owned()),
            kty: take(&mut jwk.kty),
            n: take(&mut jwk.n),
            e: take(&mut jwk.e),
            d: take(&mut jwk.d),
            p: take(&mut jwk.p),
            q: take(&mut jwk.q),
            dp: take(&mut jwk.dp),
            dq: take(&mut jwk.dq),
            qi: take(&mut jwk.qi),
        };
        let key = Self::from_members(&jwk).map_err(Error::InvalidKey)?;
        key.imported(usage)
    }

    /// Exports the key as a private JWK.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn to_jwk(&self) -> Result<Zeroizing<String>> {
        json::write(&self.members()?).map(Zeroizing::new)
    }

    /// Refuses an imported key that is of another use or whose factors are not primes.
    pub(crate) fn imported(self, usage: KeyUse) -> Result<Self> {
        if self.public.usage() != usage {
            return Err(Error::InvalidKey("wrong use".into()));
        }
        let prime = |factor| crypto_primes::is_prime(crypto_primes::Flavor::Any, factor);
        if !self.rsa.primes().iter().all(|factor| prime(factor.as_ref())) {
            return Err(Error::InvalidKey("a factor of the modulus is not a prime".into()));
        }
        Ok(self)
    }

    /// Reads a private JWK whose numbers must all agree; their primality is taken on trust.
    pub(crate) fn from_members(jwk: &PrivateJwk) -> Result<Self, Reason> {
        let public = PublicKey::from_members(&PublicJwk::of(jwk))?;
        let [n, d, p, q] = [&jwk.n, &jwk.d, &jwk.p, &jwk.q].map(|text| integer(text));
        let key = Self::from_integers(public.usage(), n?, d?, p?, q?)?;
        let expected = key.members().map_err(|_| "the factors have no coefficient")?;
        let agrees = |given: &str, expected: &str| given.as_bytes().ct_eq(expected.as_bytes());
        let all = agrees(&jwk.dp, &expected.dp)
            & agrees(&jwk.dq, &expected.dq)
            & agrees(&jwk.qi, &expected.qi);
        if bool::from(all) { Ok(key) } else { Err("dp, dq or qi do not agree with d, p, q".into()) }
    }

    /// Puts the numbers of a key together; their primality is taken on trust.
    pub(crate) fn from_integers(
        usage: KeyUse,
        n: BoxedUint,
        d: BoxedUint,
        p: BoxedUint,
        q: BoxedUint,
    ) -> Result<Self, Reason> {
        let e = BoxedUint::from(65_537_u64);
        let rsa = RsaPrivateKey::from_components(n, e, d, vec![p, q])
            .map_err(|_| "the private numbers are not those of the modulus")?;
        Self::new(rsa, usage)
    }

    pub(crate) fn members(&self) -> Result<PrivateJwk> {
        let encode = |integer: &BoxedUint| {
            base64url::encode(&Zeroizing::new(integer.to_be_bytes_trimmed_vartime()))
        };
        let missing = || Error::Internal("a private key without its factors".into());
        let public = self.public.members();
        let [p, q] = self.rsa.primes() else { return Err(missing()) };
        let qi = self.rsa.crt_coefficient().ok_or_else(missing)?;
        Ok(PrivateJwk {
            kty: public.kty,
            n: public.n,
            e: public.e,
            d: encode(self.rsa.d()),
            p: encode(p),
            q: encode(q),
            dp: encode(self.rsa.dp().ok_or_else(missing)?),
            dq: encode(self.rsa.dq().ok_or_else(missing)?),
            qi: encode(&qi),
            r#use: public.r#use,
            alg: public.alg,
            kid: public.kid,
        })
    }

    /// Gives the public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(crate) fn rsa(&self) -> &RsaPrivateKey {
        &self.rsa
    }

    /// Decrypts a content key (RSAES-OAEP, RFC 8017 §7.1.2), blinded.
    ///
    /// `None` stands for every way in which it can fail; the caller must not show the difference
    /// between that and a later failure.
    pub(crate) fn unwrap(&self, encrypted_key: &[u8]) -> Result<Option<Secret>> {
        let content_key = self.decrypt(encrypted_key)?;
        Ok(content_key.and_then(|bytes| Secret::from_slice(&bytes)))
    }

    /// Decrypts what need not be a content key.
    pub(crate) fn decrypt(&self, encrypted: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let decrypted =
            Oaep::<Sha256>::new().decrypt(Some(&mut random::system()?), &self.rsa, encrypted);
        Ok(decrypted.ok().map(Zeroizing::new))
    }

    /// Signs a SHA-256 hash (RSASSA-PSS with a salt of 32 bytes, RFC 8017 §8.1.1), blinded.
    pub(crate) fn sign(&self, hash: &[u8; 32], rng: &mut impl CryptoRng) -> Result<Vec<u8>> {
        let mut salt_then_blinding =
            SaltThenBlinding { salt: Some(random::bytes(rng)), blinding: random::system()? };
        Pss::<Sha256>::new()
            .sign(Some(&mut salt_then_blinding), &self.rsa, hash)
            .map_err(|_| Error::Internal("RSA-PSS refused to sign".into()))
    }
}

impl PublicJwk {
    fn of(jwk: &PrivateJwk) -> Self {
        Self {
            kty: jwk.kty.clone(),
            n: jwk.n.clone(),
            e: jwk.e.clone(),
            r#use: jwk.r#use.clone(),
            alg: jwk.alg.clone(),
            kid: jwk.kid.clone(),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "PrivateKey([redacted], {:?})", self.public)
    }
}

/// Gives the salt where PSS asks for it first, and the host's randomness to blind with.
///
/// So the signature depends on the caller's randomness alone, and blinding never does.
struct SaltThenBlinding<R> {
    salt: Option<[u8; 32]>,
    blinding: R,
}

impl<R: CryptoRng> TryRng for SaltThenBlinding<R> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.blinding.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.blinding.next_u64())
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Infallible> {
        match self.salt.take() {
            Some(salt) if destination.len() == salt.len() => destination.copy_from_slice(&salt),
            _ => self.blinding.fill_bytes(destination),
        }
        Ok(())
    }
}

impl<R: CryptoRng> TryCryptoRng for SaltThenBlinding<R> {}
