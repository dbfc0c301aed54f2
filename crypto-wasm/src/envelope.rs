//! Envelopes: a signed letter, encrypted to everyone who may read it (FORMAT.md §7).

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::{
    base64url,
    error::{Error, Reason, Result},
    json,
    jwe::Jwe,
    kid::Kid,
    letter::MAX_RECIPIENTS,
    public_key::PublicKey,
    random,
    secret::Secret,
};

/// The longest text of an envelope that is read, in bytes: the longest letter to the most
/// recipients, in two layers of base64url, is a little under it.
pub const MAX_ENVELOPE: usize = 2 * 1024 * 1024;

/// A well-formed envelope.
#[derive(Debug)]
pub(crate) struct Envelope {
    jwe: Jwe,
    commitment: Secret,
    recipients: Vec<Recipient>,
}

#[derive(Debug)]
struct Recipient {
    kid: Kid,
    encrypted_key: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    enc: String,
    typ: String,
    kc: Secret,
}

/// A JWE in general serialization (RFC 7516 §7.2.1), with exactly these members.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeJson {
    protected: String,
    iv: String,
    ciphertext: String,
    tag: String,
    recipients: Vec<RecipientJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipientJson {
    header: RecipientHeader,
    encrypted_key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipientHeader {
    kid: Kid,
}

/// Seals a text under a fresh content key, to keys that are in the order of their kids.
pub(crate) fn seal(text: &[u8], keys: &[PublicKey], rng: &mut impl CryptoRng) -> Result<String> {
    let content_key = Secret::random(rng);
    let header = json::write(&Header {
        alg: "RSA-OAEP-256".into(),
        enc: "A256GCM".into(),
        typ: "pli-envelope+json".into(),
        kc: commitment(&content_key)?,
    })?;
    let [protected, iv, ciphertext, tag] =
        Jwe::seal(&content_key, &header, text, rng)?.into_parts();
    let recipients = keys
        .iter()
        .map(|key| {
            Ok(RecipientJson {
                header: RecipientHeader { kid: key.kid().clone() },
                encrypted_key: base64url::encode(&key.wrap(&content_key, rng)?),
            })
        })
        .collect::<Result<_>>()?;
    json::write(&EnvelopeJson { protected, iv, ciphertext, tag, recipients })
}

impl Envelope {
    /// Reads an envelope: shape, sizes, algorithms and `typ`.
    ///
    /// # Errors
    /// [`Error::BadEnvelope`], before any decryption.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        Self::read(text).map_err(Error::BadEnvelope)
    }

    fn read(text: &str) -> Result<Self, Reason> {
        if text.len() > MAX_ENVELOPE {
            return Err("longer than 2 MiB".into());
        }
        let envelope: EnvelopeJson = json::parse(text)?;
        let EnvelopeJson { protected, iv, ciphertext, tag, recipients } = envelope;
        let jwe = Jwe::parse(&protected, &iv, &ciphertext, &tag)?;
        let header: Header = json::parse_bytes(&jwe.header()?)?;
        if header.alg != "RSA-OAEP-256" || header.enc != "A256GCM" {
            return Err("alg and enc are not RSA-OAEP-256 and A256GCM".into());
        }
        if header.typ != "pli-envelope+json" {
            return Err("typ is not pli-envelope+json".into());
        }
        if recipients.is_empty() || recipients.len() > MAX_RECIPIENTS {
            return Err(format!("not 1 to {MAX_RECIPIENTS} recipients").into());
        }
        if !recipients.is_sorted_by(|one, next| one.header.kid < next.header.kid) {
            return Err("the recipients are not in the order of their kids".into());
        }
        let recipients = recipients.into_iter().map(Recipient::read).collect::<Result<_, _>>()?;
        Ok(Self { jwe, commitment: header.kc, recipients })
    }

    /// Gives the recipients' kids, in order.
    pub(crate) fn kids(&self) -> impl Iterator<Item = &Kid> {
        self.recipients.iter().map(|recipient| &recipient.kid)
    }

    /// Decrypts with the content key that was unwrapped, `None` if that failed.
    ///
    /// All of it happens in any case, with a key of no use when the unwrapping failed: neither the
    /// error nor the time taken tells an attacker which step it was.
    ///
    /// # Errors
    /// [`Error::DecryptFailed`], whichever of the three it was.
    pub(crate) fn decrypt(&self, unwrapped: Option<&Secret>) -> Result<Vec<u8>> {
        let decoy = Secret::random(&mut random::system()?);
        self.finish(unwrapped.unwrap_or(&decoy))
    }

    /// Checks the commitment to a content key (FORMAT.md §7.2), and decrypts with it.
    fn finish(&self, content_key: &Secret) -> Result<Vec<u8>> {
        let committed = commitment(content_key)? == self.commitment;
        let text = self.jwe.open(content_key)?;
        if committed { Ok(text) } else { Err(Error::DecryptFailed) }
    }

    /// Finds the first recipient whose key is one's own, and gives their kid and encrypted key.
    pub(crate) fn recipient(&self, own: impl Fn(&Kid) -> bool) -> Result<(Kid, Vec<u8>)> {
        self.recipients
            .iter()
            .find(|recipient| own(&recipient.kid))
            .map(|recipient| (recipient.kid.clone(), recipient.encrypted_key.clone()))
            .ok_or(Error::NotARecipient)
    }
}

impl Recipient {
    fn read(recipient: RecipientJson) -> Result<Self, Reason> {
        let encrypted_key = base64url::decode(&recipient.encrypted_key)?;
        if !matches!(encrypted_key.len(), 256 | 384 | 512) {
            return Err("an encrypted_key has not the length of an allowed key".into());
        }
        Ok(Self { kid: recipient.header.kid, encrypted_key })
    }
}

pub(crate) fn commitment(content_key: &Secret) -> Result<Secret> {
    content_key.derive("pli key commitment v1")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything but the encrypted keys, with the content key at hand, since a private operation
    /// for each of many thousand bits would take minutes; tests/behaviour does those of the key.
    #[test]
    fn every_flipped_bit_of_an_envelope_is_refused() {
        let mut rng = random::system().unwrap();
        let content_key = Secret::random(&mut rng);
        let header = Header {
            alg: "RSA-OAEP-256".into(),
            enc: "A256GCM".into(),
            typ: "pli-envelope+json".into(),
            kc: commitment(&content_key).unwrap(),
        };
        let header = json::write(&header).unwrap();
        let [protected, iv, ciphertext, tag] =
            Jwe::seal(&content_key, &header, b"a signed letter", &mut rng).unwrap().into_parts();
        let kid = Kid::of_modulus("n");
        let recipient = RecipientJson {
            header: RecipientHeader { kid: kid.clone() },
            encrypted_key: base64url::encode(&[1; 256]),
        };
        let envelope = EnvelopeJson { protected, iv, ciphertext, tag, recipients: vec![recipient] };
        let envelope = json::write(&envelope).unwrap();
        let open = |text: &str| {
            let envelope = Envelope::parse(text)?;
            let addressed = envelope.kids().any(|recipient| *recipient == kid);
            if addressed { envelope.finish(&content_key) } else { Err(Error::NotARecipient) }
        };
        assert_eq!(open(&envelope).unwrap(), b"a signed letter");
        let own_key = envelope.find(r#""encrypted_key":""#).unwrap() + 17;
        for place in (0..own_key).chain(own_key + 342..envelope.len()) {
            for bit in 0..7 {
                let mut bytes = envelope.clone().into_bytes();
                bytes[place] ^= 1 << bit;
                let altered = String::from_utf8(bytes).unwrap();
                let code = open(&altered).map_or_else(|error| error.code(), |_| "ok");
                let in_place =
                    matches!(code, "bad_envelope" | "not_a_recipient" | "decrypt_failed");
                assert!(in_place, "bit {bit} of byte {place}: {code}");
            }
        }
    }
}
