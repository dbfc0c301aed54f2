//! Wrapped keys: everything private of an identity, encrypted for keeping on a server
//! (FORMAT.md §10).

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::{
    error::{Error, Reason, Result},
    history::History,
    json,
    jwe::Jwe,
    key_draft::KeyPairs,
    kid::Kid,
    private_key::{PrivateJwk, PrivateKey},
    public_key::KeyUse,
    secret::Secret,
    statement::StatementJws,
};

/// The longest text of wrapped keys that is read, in bytes.
const MAX_LENGTH: usize = 2 * 1024 * 1024;

/// The private keys of an identity: the pair in use, the encryption keys of former pairs, and the
/// key under which the recovery code's copy is wrapped.
///
/// Former signing keys are not kept: nothing is left for them to sign.
#[derive(Debug, Clone)]
pub(crate) struct PrivateKeys {
    pub(crate) current: KeyPairs,
    pub(crate) former: Vec<PrivateKey>,
    pub(crate) recovery: Option<Secret>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    enc: String,
    typ: String,
    // Compared with the one that was used, never acted on.
    kdf: Value,
    seq: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    keys: Vec<HeldKey>,
    history: Vec<StatementJws>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum HeldKey {
    Rsa(Box<PrivateJwk>),
    Recovery(OctJwk),
}

/// The recovery code's wrapping key as a JWK (RFC 7518 §6.4).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OctJwk {
    kty: String,
    k: Secret,
    kid: String,
}

/// A derivation without parameters: `{"name":…}` in the header.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct NamedKdf {
    name: &'static str,
}

impl NamedKdf {
    /// The wrapping key comes from a recovery code.
    pub(crate) const RECOVERY: Self = Self { name: "recovery" };
    /// The wrapping key is the host's.
    pub(crate) const DEVICE: Self = Self { name: "device" };
}

/// Writes the header and the text of wrapped keys.
pub(crate) fn write(
    keys: &PrivateKeys,
    history: &History,
    kdf: &impl Serialize,
) -> Result<(String, Zeroizing<String>)> {
    let header = json::write(&Header {
        alg: "dir".into(),
        enc: "A256GCM".into(),
        typ: "pli-wrapped-keys+jwe".into(),
        kdf: value(kdf)?,
        seq: history.seq(),
    })?;
    let contents =
        json::write(&Contents { keys: keys.to_jwks()?, history: history.statements_jws() })?;
    Ok((header, Zeroizing::new(contents)))
}

/// Wraps an identity under a key that the derivation `kdf` gives.
pub(crate) fn wrap(
    keys: &PrivateKeys,
    history: &History,
    wrapping_key: &Secret,
    kdf: &impl Serialize,
    rng: &mut impl CryptoRng,
) -> Result<String> {
    let (header, contents) = write(keys, history, kdf)?;
    Ok(Jwe::seal(wrapping_key, &header, contents.as_bytes(), rng)?.into_compact())
}

/// Unwraps an identity, whose history is verified and ends in keys that are held.
///
/// # Errors
/// Those of [`Wrapped::parse`] and [`Wrapped::finish`]; [`Error::DecryptFailed`] for a wrong key
/// and for anything that is damaged.
pub(crate) fn unwrap(
    text: &str,
    wrapping_key: &Secret,
    kdf: &impl Serialize,
) -> Result<(PrivateKeys, History)> {
    let wrapped = Wrapped::parse(text, kdf)?;
    let contents = Zeroizing::new(wrapped.jwe.open(wrapping_key)?);
    wrapped.finish(&contents)
}

/// Well-formed wrapped keys, for the derivation that was used.
#[derive(Debug)]
pub(crate) struct Wrapped {
    pub(crate) jwe: Jwe,
    seq: u64,
}

impl Wrapped {
    /// Reads wrapped keys up to what is encrypted.
    ///
    /// # Errors
    /// [`Error::KdfMismatch`] when the header names another derivation than `kdf`,
    /// [`Error::DecryptFailed`] for anything that is damaged.
    pub(crate) fn parse(text: &str, kdf: &impl Serialize) -> Result<Self> {
        let damaged = |_: Reason| Error::DecryptFailed;
        if text.len() > MAX_LENGTH {
            return Err(Error::DecryptFailed);
        }
        let jwe = Jwe::parse_compact(text).map_err(damaged)?;
        let header: Header = jwe.header().and_then(|h| json::parse_bytes(&h)).map_err(damaged)?;
        if header.alg != "dir" || header.enc != "A256GCM" || header.typ != "pli-wrapped-keys+jwe" {
            return Err(Error::DecryptFailed);
        }
        if header.kdf != value(kdf)? {
            return Err(Error::KdfMismatch);
        }
        Ok(Self { jwe, seq: header.seq })
    }

    /// Reads what has been decrypted.
    ///
    /// # Errors
    /// [`Error::DecryptFailed`] for what is damaged, [`Error::BadHistory`] and
    /// [`Error::InvalidKey`] for contents that do not hold together.
    pub(crate) fn finish(&self, contents: &[u8]) -> Result<(PrivateKeys, History)> {
        let contents: Contents =
            json::parse_bytes(contents).map_err(|_: Reason| Error::DecryptFailed)?;
        let history = History::verify_parsed(&contents.history)?;
        if self.seq != history.seq() {
            return Err(Error::BadHistory("seq of the wrapped keys is not the latest".into()));
        }
        let keys = PrivateKeys::from_jwks(contents.keys, &history).map_err(Error::InvalidKey)?;
        Ok((keys, history))
    }
}

impl PrivateKeys {
    fn to_jwks(&self) -> Result<Vec<HeldKey>> {
        let KeyPairs { encryption, signing } = &self.current;
        let mut jwks = [encryption, signing]
            .into_iter()
            .chain(&self.former)
            .map(|key| Ok(HeldKey::Rsa(Box::new(key.members()?))))
            .collect::<Result<Vec<_>>>()?;
        jwks.extend(
            self.recovery.clone().map(|k| {
                HeldKey::Recovery(OctJwk { kty: "oct".into(), k, kid: "recovery".into() })
            }),
        );
        Ok(jwks)
    }

    /// Sorts keys out by the history; one that it does not know is refused.
    fn from_jwks(jwks: Vec<HeldKey>, history: &History) -> Result<Self, Reason> {
        let (mut encryption, mut signing, mut former, mut recovery) = (None, None, vec![], None);
        for jwk in jwks {
            let jwk = match jwk {
                HeldKey::Rsa(jwk) => jwk,
                HeldKey::Recovery(jwk) => {
                    let known = jwk.kty == "oct" && jwk.kid == "recovery";
                    if !known || recovery.replace(jwk.k).is_some() {
                        return Err("an oct key is not the one recovery key".into());
                    }
                    continue;
                }
            };
            let key = PrivateKey::from_members(&jwk)?;
            let kid = key.public().kid();
            if kid == history.latest().encryption.kid() {
                encryption = Some(key);
            } else if kid == history.latest().signing.kid() {
                signing = Some(key);
            } else if key.public().usage() == KeyUse::Encryption && history.has_encryption_key(kid)
            {
                former.push(key);
            } else if history.signing_key(kid).is_none() {
                return Err("a key is not one of the history's".into());
            }
        }
        match (encryption, signing) {
            (Some(encryption), Some(signing)) => KeyPairs::new(encryption, signing)
                .map(|current| Self { current, former, recovery })
                .map_err(|_| "a key is for another use".into()),
            _ => Err("the keys of the latest statement are missing".into()),
        }
    }

    /// Finds the encryption key of that name, current or former.
    pub(crate) fn encryption_key(&self, kid: &Kid) -> Option<&PrivateKey> {
        self.all().skip(1).find(|key| key.public().kid() == kid)
    }

    /// The signing key, the encryption key, and the former encryption keys.
    pub(crate) fn all(&self) -> impl Iterator<Item = &PrivateKey> {
        let KeyPairs { encryption, signing } = &self.current;
        [signing, encryption].into_iter().chain(&self.former)
    }
}

fn value(kdf: &impl Serialize) -> Result<Value> {
    serde_json::to_value(kdf).map_err(|_| Error::Internal("a value has no JSON form".into()))
}
