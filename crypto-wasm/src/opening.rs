//! Opening: the one way from an envelope to a letter (FORMAT.md §8).

use crate::{
    contact::Contact,
    envelope::Envelope,
    error::{Error, Reason, Result},
    jws::{self, Purpose},
    kid::Kid,
    letter::{Draft, Letter},
    message_id::MessageId,
    username::Username,
    wrapped_keys::PrivateKeys,
};

/// How long after a rotation letters of the former key are still believed, in milliseconds: a
/// device that did not hear of it may have one in its queue.
const GRACE: u64 = 24 * 60 * 60 * 1000;

/// Opens an envelope.
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
pub(crate) fn open(
    envelope: &str,
    keys: &PrivateKeys,
    own_name: &Username,
    from: &Contact,
    id: Option<&MessageId>,
) -> Result<Letter> {
    let envelope = Envelope::parse(envelope)?;
    let (recipient, key) = envelope.recipient(|kid| keys.encryption_key(kid))?;
    let signed = zeroize::Zeroizing::new(envelope.decrypt(recipient, key)?);

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
    check_names(&letter, &signature.kid, &envelope, &recipient.kid, own_name, from.username())
        .map_err(Error::WrongRecipients)?;
    if id.is_some_and(|id| *id != letter.id) {
        return Err(Error::WrongId);
    }
    Ok(letter.verified(signer))
}

type Parsed = (jws::Signature, zeroize::Zeroizing<Vec<u8>>, Draft);

fn parse_signed(signed: &[u8]) -> Result<Parsed, Reason> {
    let signed = std::str::from_utf8(signed).map_err(|_| "not UTF-8")?;
    let (payload, signature) = jws::split_compact(signed, Purpose::Letter)?;
    let payload = zeroize::Zeroizing::new(crate::base64url::decode(payload)?);
    let letter = Draft::parse(&payload)?;
    Ok((signature, payload, letter))
}

/// A signature only says who wrote the letter. That it was written to this reader, and is no
/// letter to somebody else put into a new envelope, these names say.
fn check_names(
    letter: &Draft,
    signer: &Kid,
    envelope: &Envelope,
    own_kid: &Kid,
    own_name: &Username,
    sender: &Username,
) -> Result<(), Reason> {
    if letter.from.sub != *sender || letter.from.kid != *signer {
        return Err("from is not the sender and their key".into());
    }
    if !letter.to.iter().map(|party| &party.kid).eq(envelope.kids()) {
        return Err("to is not the recipients of the envelope".into());
    }
    let mut names: Vec<&str> = letter.to.iter().map(|party| party.sub.as_str()).collect();
    names.sort_unstable();
    if !names.is_sorted_by(|one, next| one < next) {
        return Err("somebody is in to twice".into());
    }
    if !letter.to.iter().any(|party| party.sub == *own_name && party.kid == *own_kid) {
        return Err("the reader is not in to with the key that opened the envelope".into());
    }
    if !names.contains(&sender.as_str()) {
        return Err("the sender is not in to".into());
    }
    Ok(())
}
