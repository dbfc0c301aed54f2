//! Public keys: what others encrypt to and verify with (FORMAT.md §2).

use std::fmt;

use rand_core::CryptoRng;
use rsa::{
    BoxedUint, Oaep, Pss, RsaPublicKey,
    traits::{PaddingScheme, PublicKeyParts, SignatureScheme},
};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use sha2::{Digest, Sha256};

use crate::{
    base64url,
    error::{Error, Reason, Result},
    json,
    kid::Kid,
    secret::Secret,
};

/// What a key may be used for; no key serves both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// RSA-OAEP with SHA-256 (`RSA-OAEP-256`, RFC 7518 §4.3).
    Encryption,
    /// RSASSA-PSS with SHA-256 and a salt of 32 bytes (`PS256`, RFC 7518 §3.5).
    Signing,
}

impl KeyUse {
    pub(crate) fn jwk_use(self) -> &'static str {
        match self {
            Self::Encryption => "enc",
            Self::Signing => "sig",
        }
    }

    pub(crate) fn jwk_alg(self) -> &'static str {
        match self {
            Self::Encryption => "RSA-OAEP-256",
            Self::Signing => "PS256",
        }
    }
}

/// A public key of 2048, 3072 or 4096 bits with exponent 65537, for one use.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    rsa: RsaPublicKey,
    usage: KeyUse,
    kid: Kid,
}

/// A public JWK as it stands in statements: exactly these members.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublicJwk {
    pub(crate) kty: String,
    pub(crate) n: String,
    pub(crate) e: String,
    pub(crate) r#use: String,
    pub(crate) alg: String,
    pub(crate) kid: String,
}

/// A public JWK as other software exports it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForeignJwk {
    kty: String,
    n: String,
    e: String,
    r#use: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    #[serde(rename = "key_ops")]
    _key_ops: Option<IgnoredAny>,
    #[serde(rename = "ext")]
    _ext: Option<IgnoredAny>,
}

impl PublicKey {
    /// Checks what this library asks of every key: its size and its exponent.
    pub(crate) fn new(rsa: RsaPublicKey, usage: KeyUse) -> Result<Self, Reason> {
        if !matches!(rsa.n().bits(), 2048 | 3072 | 4096) {
            return Err("the modulus has not 2048, 3072 or 4096 bits".into());
        }
        if *rsa.e_bytes() != [1, 0, 1] {
            return Err("the public exponent is not 65537".into());
        }
        let kid = Kid::of_modulus(&base64url::encode(&rsa.n_bytes()));
        Ok(Self { rsa, usage, kid })
    }

    /// Imports a JWK (RFC 7517) for the given use.
    ///
    /// `use`, `alg` and `kid` may be missing but not wrong; `key_ops` and `ext`, which WebCrypto
    /// adds, are ignored.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for anything else than such a key.
    pub fn from_jwk(jwk: &str, usage: KeyUse) -> Result<Self> {
        let jwk: ForeignJwk = json::parse(jwk).map_err(Error::InvalidKey)?;
        Self::from_members(&PublicJwk {
            kid: match jwk.kid {
                Some(kid) => kid,
                None => Kid::of_modulus(&jwk.n).as_str().to_owned(),
            },
            r#use: jwk.r#use.unwrap_or_else(|| usage.jwk_use().to_owned()),
            alg: jwk.alg.unwrap_or_else(|| usage.jwk_alg().to_owned()),
            kty: jwk.kty,
            n: jwk.n,
            e: jwk.e,
        })
        .and_then(|key| if key.usage == usage { Ok(key) } else { Err("wrong use".into()) })
        .map_err(Error::InvalidKey)
    }

    /// Exports the key as a JWK of exactly kty, n, e, use, alg and kid.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn to_jwk(&self) -> Result<String> {
        json::write(&self.members())
    }

    pub(crate) fn from_members(jwk: &PublicJwk) -> Result<Self, Reason> {
        let usage = [KeyUse::Encryption, KeyUse::Signing]
            .into_iter()
            .find(|usage| usage.jwk_use() == jwk.r#use && usage.jwk_alg() == jwk.alg)
            .ok_or("use and alg are not those of an encryption or a signing key")?;
        if jwk.kty != "RSA" || jwk.e != "AQAB" {
            return Err("not an RSA key with exponent AQAB".into());
        }
        let n = integer(&jwk.n)?;
        let rsa = RsaPublicKey::new(n, BoxedUint::from(65_537_u64))
            .map_err(|_| "the modulus is not one of an RSA key")?;
        let key = Self::new(rsa, usage)?;
        if key.kid.as_str() != jwk.kid {
            return Err("kid is not the thumbprint of the key".into());
        }
        Ok(key)
    }

    pub(crate) fn members(&self) -> PublicJwk {
        PublicJwk {
            kty: "RSA".to_owned(),
            n: base64url::encode(&self.rsa.n_bytes()),
            e: "AQAB".to_owned(),
            r#use: self.usage.jwk_use().to_owned(),
            alg: self.usage.jwk_alg().to_owned(),
            kid: self.kid.as_str().to_owned(),
        }
    }

    /// Gives the key's identifier, its RFC 7638 thumbprint.
    #[must_use]
    pub fn kid(&self) -> &Kid {
        &self.kid
    }

    /// Says what the key is for.
    #[must_use]
    pub fn usage(&self) -> KeyUse {
        self.usage
    }

    /// Gives the size of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.rsa.n().bits()
    }

    pub(crate) fn rsa(&self) -> &RsaPublicKey {
        &self.rsa
    }

    /// Encrypts a content key (RSAES-OAEP with SHA-256 twice and no label, RFC 8017 §7.1.1).
    pub(crate) fn wrap(&self, content_key: &Secret, rng: &mut impl CryptoRng) -> Result<Vec<u8>> {
        Oaep::<Sha256>::new()
            .encrypt(rng, &self.rsa, content_key.as_bytes())
            .map_err(|_| Error::Internal("RSA-OAEP refused to encrypt".into()))
    }

    /// Verifies a signature over a SHA-256 hash (RSASSA-PSS with a salt of 32 bytes, RFC 8017
    /// §8.1.2).
    pub(crate) fn verifies(&self, hash: &[u8; 32], signature: &[u8]) -> bool {
        Pss::<Sha256>::new().verify(&self.rsa, hash, signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "PublicKey({:?}, {} bits, {})", self.usage, self.bits(), self.kid)
    }
}

/// Reads a Base64urlUInt (RFC 7518 §2): big-endian, no leading zero bytes.
pub(crate) fn integer(text: &str) -> Result<BoxedUint, Reason> {
    let bytes = zeroize::Zeroizing::new(base64url::decode(text)?);
    if bytes.first().is_none_or(|&first| first == 0) || bytes.len() > 512 {
        return Err("an integer is empty, has leading zeros or is too long".into());
    }
    Ok(BoxedUint::from_be_slice_vartime(&bytes))
}

/// SHA-256, as an array.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
