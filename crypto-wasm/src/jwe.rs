//! Authenticated encryption in the form of a JWE (RFC 7516).

use rand_core::CryptoRng;

use crate::{
    aead::{self, TAG_LENGTH},
    base64url,
    error::{Reason, Result},
    random,
    secret::Secret,
};

/// The part of a JWE that the content key opens: A256GCM over the text, with the encoded
/// protected header as its associated data (RFC 7516 §5.1 steps 14 and 15).
#[derive(Debug, Clone)]
pub(crate) struct Jwe {
    protected: String,
    iv: [u8; 12],
    sealed: Vec<u8>,
}

impl Jwe {
    pub(crate) fn seal(
        key: &Secret,
        header: &str,
        text: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let protected = base64url::encode(header.as_bytes());
        let iv = random::bytes(rng);
        let sealed = aead::seal(key, &iv, protected.as_bytes(), text)?;
        Ok(Self::assemble(protected, iv, sealed))
    }

    /// Puts together what was sealed elsewhere: the encoded header, and the text with its tag.
    pub(crate) fn assemble(protected: String, iv: [u8; 12], sealed: Vec<u8>) -> Self {
        Self { protected, iv, sealed }
    }

    pub(crate) fn parse(
        protected: &str,
        iv: &str,
        ciphertext: &str,
        tag: &str,
    ) -> Result<Self, Reason> {
        let mut sealed = base64url::decode(ciphertext)?;
        sealed.extend(base64url::decode_array::<TAG_LENGTH>(tag)?);
        Ok(Self { protected: protected.to_owned(), iv: base64url::decode_array(iv)?, sealed })
    }

    /// Reads the compact serialization of a JWE whose key is agreed (`dir`, RFC 7518 §4.5).
    pub(crate) fn parse_compact(text: &str) -> Result<Self, Reason> {
        let parts: Vec<&str> = text.split('.').collect();
        let [protected, "", iv, ciphertext, tag] = parts[..] else {
            return Err("not a compact JWE with a direct key".into());
        };
        Self::parse(protected, iv, ciphertext, tag)
    }

    pub(crate) fn open(&self, key: &Secret) -> Result<Vec<u8>> {
        aead::open(key, &self.iv, self.protected.as_bytes(), &self.sealed)
    }

    /// Gives what whoever opens it elsewhere needs: associated data, iv, and the text with its tag.
    pub(crate) fn for_host(&self) -> (&str, &[u8; 12], &[u8]) {
        (&self.protected, &self.iv, &self.sealed)
    }

    /// Decodes the protected header.
    pub(crate) fn header(&self) -> Result<Vec<u8>, Reason> {
        base64url::decode(&self.protected)
    }

    /// Gives protected, iv, ciphertext and tag, encoded.
    pub(crate) fn into_parts(self) -> [String; 4] {
        let (ciphertext, tag) = self.sealed.split_at(self.sealed.len() - TAG_LENGTH);
        let [iv, ciphertext, tag] = [&self.iv, ciphertext, tag].map(base64url::encode);
        [self.protected, iv, ciphertext, tag]
    }

    pub(crate) fn into_compact(self) -> String {
        let [protected, iv, ciphertext, tag] = self.into_parts();
        format!("{protected}..{iv}.{ciphertext}.{tag}")
    }
}
