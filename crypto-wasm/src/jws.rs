//! Signatures: JWS with PS256 and a stated purpose (RFC 7515; FORMAT.md §4).

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    base64url,
    error::{Error, Reason, Result},
    json,
    kid::Kid,
    private_key::PrivateKey,
    public_key::PublicKey,
};

/// What a signature is for; it stands in `typ`, so that none can pass for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Keys,
    Letter,
    Signature,
}

impl Purpose {
    fn typ(self) -> &'static str {
        match self {
            Self::Keys => "pli-keys+json",
            Self::Letter => "pli-letter+json",
            Self::Signature => "pli-signature",
        }
    }
}

/// A protected header: exactly these members, so that `crit`, `b64`, `jwk` and their like are
/// refused.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: Kid,
    typ: String,
}

/// One signature: its header, whose key it names, and the bytes.
#[derive(Debug, Clone)]
pub(crate) struct Signature {
    pub(crate) protected: String,
    pub(crate) kid: Kid,
    pub(crate) bytes: Vec<u8>,
}

/// A signature to be made, here or by the host: whose, and what for.
#[derive(Debug)]
pub(crate) struct Unsigned {
    key: PublicKey,
    protected: String,
}

impl Unsigned {
    pub(crate) fn new(key: &PublicKey, purpose: Purpose) -> Result<Self> {
        let (kid, typ) = (key.kid().clone(), purpose.typ().into());
        let header = json::write(&Header { alg: "PS256".into(), kid, typ })?;
        Ok(Self { key: key.clone(), protected: base64url::encode(header.as_bytes()) })
    }

    pub(crate) fn kid(&self) -> &Kid {
        self.key.kid()
    }

    /// Gives the hash of the signing input, for a key that is held here.
    pub(crate) fn hash(&self, payload: &[u8]) -> [u8; 32] {
        hash(&self.protected, payload)
    }

    /// Gives the signing input (RFC 7515 §5.1 step 8), for a host that hashes it itself.
    pub(crate) fn input(&self, payload: &[u8]) -> Zeroizing<String> {
        let payload = Zeroizing::new(base64url::encode(payload));
        Zeroizing::new(format!("{}.{}", self.protected, *payload))
    }

    /// Puts in what the key has made, whoever had it make that.
    ///
    /// # Errors
    /// [`Error::Internal`] when it is not a signature of the key over this.
    pub(crate) fn finish(&self, payload: &[u8], bytes: &[u8]) -> Result<Signature> {
        let (protected, kid) = (self.protected.clone(), self.key.kid().clone());
        let signature = Signature { protected, kid, bytes: bytes.to_vec() };
        if signature.verifies(&self.key, payload) {
            Ok(signature)
        } else {
            Err(Error::Internal("the signature that was made does not verify".into()))
        }
    }
}

impl Signature {
    pub(crate) fn make(
        key: &PrivateKey,
        purpose: Purpose,
        payload: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let unsigned = Unsigned::new(key.public(), purpose)?;
        let bytes = key.sign(&unsigned.hash(payload), rng)?;
        unsigned.finish(payload, &bytes)
    }

    /// Reads a protected header and a signature, each in base64url.
    pub(crate) fn parse(
        protected: &str,
        signature: &str,
        purpose: Purpose,
    ) -> Result<Self, Reason> {
        let header: Header = json::parse_bytes(&base64url::decode(protected)?)?;
        if header.alg != "PS256" || header.typ != purpose.typ() {
            return Err(format!("alg and typ are not PS256 and {}", purpose.typ()).into());
        }
        let bytes = base64url::decode(signature)?;
        Ok(Self { protected: protected.to_owned(), kid: header.kid, bytes })
    }

    pub(crate) fn verifies(&self, key: &PublicKey, payload: &[u8]) -> bool {
        *key.kid() == self.kid && key.verifies(&hash(&self.protected, payload), &self.bytes)
    }

    /// Writes the compact serialization (RFC 7515 §7.1).
    pub(crate) fn compact(&self, payload: &[u8]) -> String {
        let (payload, signature) = (base64url::encode(payload), base64url::encode(&self.bytes));
        format!("{}.{payload}.{signature}", self.protected)
    }

    /// Writes the compact serialization with its payload left out (RFC 7515 §F).
    pub(crate) fn detached(&self) -> String {
        format!("{}..{}", self.protected, base64url::encode(&self.bytes))
    }
}

/// Takes a compact serialization apart into its payload, still encoded, and its signature.
pub(crate) fn split_compact(text: &str, purpose: Purpose) -> Result<(&str, Signature), Reason> {
    let parts: Vec<&str> = text.split('.').collect();
    let [protected, payload, signature] = parts[..] else {
        return Err("not a compact JWS".into());
    };
    Ok((payload, Signature::parse(protected, signature, purpose)?))
}

/// Hashes the signing input, `protected.base64url(payload)` (RFC 7515 §5.1 step 8), without
/// holding it whole.
fn hash(protected: &str, payload: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(protected);
    hash.update(".");
    // A multiple of three bytes, so that the encoded pieces join without a seam.
    for piece in payload.chunks(48 * 1024) {
        hash.update(base64url::encode(piece));
    }
    hash.finalize().into()
}
