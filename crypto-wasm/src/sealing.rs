//! Sealing: the one way from a letter to an envelope (FORMAT.md §6, §7).

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    envelope,
    error::Result,
    jws::{Purpose, Unsigned},
    kid::Kid,
    letter::Draft,
    message_id::MessageId,
    public_key::PublicKey,
};

/// A sealed letter.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sealed {
    /// The letter's identifier, which the server gets to know as `message_id`.
    pub id: MessageId,
    /// The envelope, as JSON.
    pub envelope: String,
}

/// A letter to be signed, by whoever has the key, and then encrypted.
pub struct Sealing {
    id: MessageId,
    letter: Zeroizing<String>,
    unsigned: Unsigned,
    recipients: Vec<PublicKey>,
}

impl Sealing {
    /// Writes a letter that is from `signer` and to `recipients`, whose keys are in the order of
    /// its `to`.
    pub(crate) fn new(
        draft: Draft,
        signer: &PublicKey,
        recipients: Vec<PublicKey>,
    ) -> Result<Self> {
        let (letter, unsigned) = (draft.to_json()?, Unsigned::new(signer, Purpose::Letter)?);
        Ok(Self { id: draft.id, letter, unsigned, recipients })
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        self.unsigned.hash(self.letter.as_bytes())
    }

    /// Names the key that is to sign.
    #[must_use]
    pub fn kid(&self) -> &Kid {
        self.unsigned.kid()
    }

    /// Gives what is to be signed, with RSASSA-PSS, SHA-256 and a salt of 32 bytes.
    #[must_use]
    pub fn signing_input(&self) -> Zeroizing<String> {
        self.unsigned.input(self.letter.as_bytes())
    }

    /// Encrypts the letter with its signature to everyone.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) when the signature does not verify.
    pub fn finish(&self, signature: &[u8], rng: &mut impl CryptoRng) -> Result<Sealed> {
        let letter = self.letter.as_bytes();
        let signature = self.unsigned.finish(letter, signature)?;
        let signed = Zeroizing::new(signature.compact(letter));
        let envelope = envelope::seal(signed.as_bytes(), &self.recipients, rng)?;
        Ok(Sealed { id: self.id.clone(), envelope })
    }
}

impl fmt::Debug for Sealing {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Sealing({}, [redacted])", self.id)
    }
}
