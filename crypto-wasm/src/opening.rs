//! Opening: the one way from an envelope to a letter (FORMAT.md §8).

use zeroize::Zeroizing;

use crate::{
    contact::Contact,
    envelope::Envelope,
    error::{Error, Reason, Result},
    jws::{self, Purpose},
    kid::Kid,
    letter::{Draft, Letter, Party},
    message_id::MessageId,
    secret::Secret,
    username::Username,
    wrapped_keys::PrivateKeys,
};

/// How long after a rotation letters of the former key are still believed, in milliseconds: a
/// device that did not hear of it may have one in its queue.
const GRACE: u64 = 24 * 60 * 60 * 1000;

/// An envelope being opened, by these steps:
///
/// 1. Shape, sizes, algorithms and `typ` of the envelope: `bad_envelope`.
/// 2. One of one's own kids, current or former, among the recipients: `not_a_recipient`.
/// 3. Unwrapping, commitment, decryption: `decrypt_failed`.
/// 4. The signed letter inside is well-formed: `bad_letter`.
/// 5. The signature's kid is in the sender's history: `wrong_sender`.
/// 6. The signature: `bad_signature`.
/// 7. Its key had not been replaced a day before the letter was sent: `key_retired`.
/// 8. The names and keys in the letter are those of sender, reader and envelope:
///    `wrong_recipients`.
/// 9. The letter's identifier is the expected one: `wrong_id`.
///
/// Between steps 2 and 3 whoever has the private key unwraps the content key.
#[derive(Debug)]
pub struct Opening {
    envelope: Envelope,
    own_name: Username,
    own_kid: Kid,
    encrypted_key: Vec<u8>,
}

impl Opening {
    /// Steps 1 and 2.
    pub(crate) fn new(envelope: &str, keys: &PrivateKeys, own_name: &Username) -> Result<Self> {
        let envelope = Envelope::parse(envelope)?;
        let (own_kid, encrypted_key) =
            envelope.recipient(|kid| keys.encryption_key(kid).is_some())?;
        Ok(Self { envelope, own_name: own_name.clone(), own_kid, encrypted_key })
    }

    /// Says with which of the identity's keys the content key is encrypted.
    #[must_use]
    pub fn kid(&self) -> &Kid {
        &self.own_kid
    }

    /// Gives the encrypted content key, for RSAES-OAEP with SHA-256 twice and no label.
    #[must_use]
    pub fn encrypted_key(&self) -> &[u8] {
        &self.encrypted_key
    }

    /// Does the rest with the content key that a host has unwrapped; `None` if it could not.
    ///
    /// # Errors
    /// The codes of FORMAT.md §8 from step 3 on.
    pub fn finish(
        &self,
        content_key: Option<&[u8]>,
        from: &Contact,
        id: Option<&MessageId>,
    ) -> Result<Letter> {
        self.open(content_key.and_then(Secret::from_slice).as_ref(), from, id)
    }

    /// Steps 3 to 9.
    pub(crate) fn open(
        &self,
        content_key: Option<&Secret>,
        from: &Contact,
        id: Option<&MessageId>,
    ) -> Result<Letter> {
        let signed = Zeroizing::new(self.envelope.decrypt(content_key)?);

        let (signature, payload, letter) = parse_signed(&signed).map_err(Error::BadLetter)?;

        let (signing_key, signer) =
            from.history().signing_key(&signature.kid).ok_or(Error::WrongSender)?;
        if !signature.verifies(signing_key, &payload) {
            return Err(Error::BadSignature);
        }
        if let Some(replaced_at) = from.history().replaced_at(signer.seq)
            && letter.sent_at.as_millis() >= replaced_at.as_millis() + GRACE
        {
            return Err(Error::KeyRetired);
        }
        self.check_names(&letter, &signature.kid, from.username())
            .map_err(Error::WrongRecipients)?;
        if id.is_some_and(|id| *id != letter.id) {
            return Err(Error::WrongId);
        }
        Ok(letter.verified(signer))
    }

    /// A signature only says who wrote the letter. That it was written to this reader, and is no
    /// letter to somebody else put into a new envelope, these names say.
    fn check_names(&self, letter: &Draft, signer: &Kid, sender: &Username) -> Result<(), Reason> {
        if letter.from.sub != *sender || letter.from.kid != *signer {
            return Err("from is not the sender and their key".into());
        }
        if !letter.to.iter().map(|party| &party.kid).eq(self.envelope.kids()) {
            return Err("to is not the recipients of the envelope".into());
        }
        let mut names: Vec<&str> = letter.to.iter().map(|party| party.sub.as_str()).collect();
        names.sort_unstable();
        if !names.is_sorted_by(|one, next| one < next) {
            return Err("somebody is in to twice".into());
        }
        let own = |party: &Party| party.sub == self.own_name && party.kid == self.own_kid;
        if !letter.to.iter().any(own) {
            return Err("the reader is not in to with the key that opened the envelope".into());
        }
        if !names.contains(&sender.as_str()) {
            return Err("the sender is not in to".into());
        }
        Ok(())
    }
}

type Parsed = (jws::Signature, Zeroizing<Vec<u8>>, Draft);

fn parse_signed(signed: &[u8]) -> Result<Parsed, Reason> {
    let signed = std::str::from_utf8(signed).map_err(|_| "not UTF-8")?;
    let (payload, signature) = jws::split_compact(signed, Purpose::Letter)?;
    let payload = Zeroizing::new(crate::base64url::decode(payload)?);
    let letter = Draft::parse(&payload)?;
    Ok((signature, payload, letter))
}
