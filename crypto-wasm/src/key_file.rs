//! Keys in the files of other software: SPKI and PKCS#8, in DER and in PEM (FORMAT.md §2).

use rsa::{
    BoxedUint, RsaPublicKey,
    pkcs8::{
        DecodePublicKey, Document, EncodePrivateKey, EncodePublicKey, LineEnding, SecretDocument,
        der::{self, Decode, SliceReader, asn1::AnyRef},
    },
};
use zeroize::Zeroizing;

use crate::{
    error::{Error, Result},
    private_key::PrivateKey,
    public_key::{KeyUse, PublicKey},
};

const PUBLIC: &str = "PUBLIC KEY";
const PRIVATE: &str = "PRIVATE KEY";

/// More than a key of 4,096 bits takes, in bytes.
const LONGEST_PKCS8: usize = 2_400;

impl PublicKey {
    /// Imports SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), of algorithm rsaEncryption.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for anything else, and for DER that is not the only one of its value.
    pub fn from_spki_der(der: &[u8], usage: KeyUse) -> Result<Self> {
        let rsa = RsaPublicKey::from_public_key_der(der).map_err(|_| not_a_key())?;
        let key = Self::new(rsa, usage).map_err(Error::InvalidKey)?;
        if key.to_spki_der()? == der { Ok(key) } else { Err(not_a_key()) }
    }

    /// Exports SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn to_spki_der(&self) -> Result<Vec<u8>> {
        self.rsa().to_public_key_der().map(Document::into_vec).map_err(|_| no_encoding())
    }

    /// Imports the PEM (RFC 7468 §13) of [`PublicKey::from_spki_der`].
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for anything else.
    pub fn from_spki_pem(pem: &str, usage: KeyUse) -> Result<Self> {
        match Document::from_pem(pem) {
            Ok((PUBLIC, der)) => Self::from_spki_der(der.as_bytes(), usage),
            _ => Err(not_a_key()),
        }
    }

    /// Exports SubjectPublicKeyInfo as PEM.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn to_spki_pem(&self) -> Result<String> {
        self.rsa().to_public_key_pem(LineEnding::LF).map_err(|_| no_encoding())
    }
}

impl PrivateKey {
    /// Imports PKCS#8 without encryption (RFC 5958), of algorithm rsaEncryption, all of whose
    /// numbers agree and whose factors are primes.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for anything else, and for DER that is not the only one of its value.
    pub fn from_pkcs8_der(der: &[u8], usage: KeyUse) -> Result<Self> {
        if der.len() > LONGEST_PKCS8 {
            return Err(not_a_key());
        }
        let [n, d, p, q] = numbers(der).map_err(|_| not_a_key())?;
        let key = Self::from_integers(usage, n, d, p, q).map_err(Error::InvalidKey)?;
        // What was not looked at is thereby seen to be right, too.
        if *key.to_pkcs8_der()? != der {
            return Err(not_a_key());
        }
        key.imported(usage)
    }

    /// Exports PKCS#8 without encryption.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>> {
        let document = self.rsa().to_pkcs8_der().map_err(|_| no_encoding())?;
        Ok(document.to_bytes())
    }

    /// Imports the PEM (RFC 7468 §10) of [`PrivateKey::from_pkcs8_der`].
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for anything else.
    pub fn from_pkcs8_pem(pem: &str, usage: KeyUse) -> Result<Self> {
        match SecretDocument::from_pem(pem) {
            Ok((PRIVATE, der)) => Self::from_pkcs8_der(der.as_bytes(), usage),
            _ => Err(not_a_key()),
        }
    }

    /// Exports PKCS#8 without encryption as PEM.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>> {
        self.rsa().to_pkcs8_pem(LineEnding::LF).map_err(|_| no_encoding())
    }
}

/// Finds n, d, p and q in PKCS#8 (RFC 5958 §2, RFC 8017 §A.1.2), and looks at nothing else.
fn numbers(der: &[u8]) -> der::Result<[BoxedUint; 4]> {
    let [_version, _algorithm, key] = elements(der)?;
    let [_version, n, _e, d, p, q] = elements(key)?;
    Ok([n, d, p, q].map(BoxedUint::from_be_slice_vartime))
}

/// Gives the contents of the first elements of a sequence.
fn elements<const N: usize>(sequence: &[u8]) -> der::Result<[&[u8]; N]> {
    let mut reader = SliceReader::new(AnyRef::from_der(sequence)?.value())?;
    let mut elements = [&[][..]; N];
    for element in &mut elements {
        *element = AnyRef::decode(&mut reader)?.value();
    }
    Ok(elements)
}

fn not_a_key() -> Error {
    Error::InvalidKey("not the canonical encoding of an RSA key".into())
}

fn no_encoding() -> Error {
    Error::Internal("a key has no encoding".into())
}
