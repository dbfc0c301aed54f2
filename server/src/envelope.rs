//! Envelopes: the shape of a sealed message, which is all that the server can check of it
//! (FORMAT.md §7).

use poem_openapi::Object;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    error::{Code, Error, Fault},
    jose,
    json::typed,
};

/// The most participants of a message, the sender included.
pub(crate) const MOST_PARTICIPANTS: usize = 256;

/// The most bytes that an envelope may have as JSON: what a letter of 1 MiB takes with 256
/// recipients. Clients read no more (FORMAT.md §15).
const LARGEST: usize = 2 * 1024 * 1024;

/// A sealed message: a JWE in general JSON serialization (RFC 7516, section 7.2.1).
#[derive(Debug, Clone, Serialize, Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct Envelope {
    /// The header in base64url: `alg` RSA-OAEP-256, `enc` A256GCM, `typ` pli-envelope+json, `kc`.
    #[oai(validator(max_length = 512))]
    protected: String,
    /// 12 bytes in base64url.
    #[oai(validator(min_length = 16, max_length = 16))]
    iv: String,
    /// The encrypted letter in base64url.
    #[oai(validator(min_length = 2, max_length = 2097152))]
    ciphertext: String,
    /// 16 bytes in base64url.
    #[oai(validator(min_length = 22, max_length = 22))]
    tag: String,
    /// One for every participant, the sender included, sorted by `kid`.
    #[oai(validator(min_items = 1, max_items = 256))]
    recipients: Vec<Recipient>,
}

/// The content key, wrapped for one participant.
#[derive(Debug, Clone, Serialize, Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recipient {
    /// Says which key opens it.
    header: RecipientHeader,
    /// The wrapped content key in base64url.
    #[oai(validator(max_length = 683))]
    encrypted_key: String,
}

/// The header of a recipient.
#[derive(Debug, Clone, Serialize, Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecipientHeader {
    /// Thumbprint of the recipient's encryption key.
    #[oai(validator(min_length = 43, max_length = 43))]
    kid: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProtectedHeader {
    alg: String,
    enc: String,
    typ: String,
    kc: String,
}

impl Envelope {
    /// Checks the shape of an envelope.
    ///
    /// # Errors
    /// `bad_envelope`, with a pointer to what is wrong.
    pub(crate) fn parse(value: Value) -> Result<Self, Error> {
        let envelope: Self = typed(value, Code::BadEnvelope, "/envelope")?;
        match envelope.fault() {
            None => Ok(envelope),
            Some((place, detail)) => {
                let fault = Fault::new(format!("/envelope{place}"), "invalid_value", detail);
                Err(Error::at(Code::BadEnvelope, vec![fault]))
            }
        }
    }

    /// Thumbprints of the keys that open it, sorted.
    pub(crate) fn kids(&self) -> impl Iterator<Item = &str> {
        self.recipients.iter().map(|recipient| recipient.header.kid.as_str())
    }

    fn fault(&self) -> Option<(String, &'static str)> {
        let at = |place: &str, detail| Some((place.to_owned(), detail));
        if serde_json::to_string(self).is_ok_and(|json| json.len() > LARGEST) {
            return at("", "must have at most 2 MiB");
        }
        let header = jose::header::<ProtectedHeader>(&self.protected);
        if !header.is_some_and(|header| header.is_sound()) {
            return at("/protected", "not the header of an envelope");
        }
        if jose::decode_exactly(&self.iv, 12).is_none() {
            return at("/iv", "must be 12 bytes in base64url");
        }
        if jose::decode(&self.ciphertext).is_none_or(|bytes| bytes.is_empty()) {
            return at("/ciphertext", "must be bytes in base64url");
        }
        if jose::decode_exactly(&self.tag, 16).is_none() {
            return at("/tag", "must be 16 bytes in base64url");
        }
        if self.recipients.is_empty() || self.recipients.len() > MOST_PARTICIPANTS {
            return at("/recipients", "must have 1 to 256 recipients");
        }
        if !self.kids().is_sorted_by(|one, next| one < next) {
            return at("/recipients", "must be sorted by `kid`, each once");
        }
        self.recipients.iter().enumerate().find_map(|(index, recipient)| {
            let kid = jose::decode_exactly(&recipient.header.kid, 32);
            let key = jose::decode(&recipient.encrypted_key).map(|bytes| bytes.len());
            if kid.is_none() {
                at(&format!("/recipients/{index}/header/kid"), "must be a SHA-256 thumbprint")
            } else if !matches!(key, Some(256 | 384 | 512)) {
                at(
                    &format!("/recipients/{index}/encrypted_key"),
                    "must be 256, 384 or 512 bytes in base64url",
                )
            } else {
                None
            }
        })
    }
}

impl ProtectedHeader {
    fn is_sound(&self) -> bool {
        self.alg == "RSA-OAEP-256"
            && self.enc == "A256GCM"
            && self.typ == "pli-envelope+json"
            && jose::decode_exactly(&self.kc, 32).is_some()
    }
}
