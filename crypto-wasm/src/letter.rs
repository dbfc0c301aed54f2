//! Letters: what is signed and then sealed (FORMAT.md §6).

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    error::{Error, Reason, Result},
    file::{FileDescriptor, descriptor::DescriptorJson},
    history::Signer,
    json,
    kid::Kid,
    message_id::MessageId,
    padding::padme,
    timestamp::Timestamp,
    username::Username,
};

/// The longest letter, pad included, in bytes of UTF-8.
pub const MAX_LETTER: usize = 1024 * 1024;

/// The most recipients of a letter, its sender included.
pub const MAX_RECIPIENTS: usize = 256;

/// A person and the key by which the letter means them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Party {
    /// Who it is.
    pub sub: Username,
    /// The signing key of a sender, the encryption key of a recipient.
    pub kid: Kid,
}

/// What a letter carries; printed as `[redacted]`.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)]
pub enum Content {
    /// A text.
    Text(String),
    /// A file: where it lies is the server's business, what it is stands here.
    File(FileDescriptor),
}

/// A letter that has passed every check; it can only be had by
/// [`Identity::open`](crate::Identity::open).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Letter {
    /// Its identifier; remember it, and show no second letter that has the same.
    pub id: MessageId,
    /// When the sender says that it was sent.
    pub sent_at: Timestamp,
    /// The sender, with the signing key.
    pub from: Party,
    /// Everyone who can read it, the sender included.
    pub to: Vec<Party>,
    /// The text or the file.
    pub content: Content,
    /// Which of the sender's statements vouches for the signature.
    pub signer: Signer,
}

/// A letter before it is signed, or before its signature is checked.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) id: MessageId,
    pub(crate) sent_at: Timestamp,
    pub(crate) from: Party,
    pub(crate) to: Vec<Party>,
    pub(crate) content: Content,
}

/// A letter on the wire; members that are not here are ignored, the pad among them.
#[derive(Deserialize)]
struct LetterJson {
    v: u64,
    id: String,
    sent_at: String,
    from: Party,
    to: Vec<Party>,
    r#type: String,
    #[serde(default, deserialize_with = "json::present")]
    text: Option<String>,
    #[serde(default, deserialize_with = "json::present")]
    file: Option<DescriptorJson>,
}

#[derive(Serialize)]
struct NewLetter<'a> {
    v: u64,
    id: &'a MessageId,
    sent_at: Timestamp,
    from: &'a Party,
    to: &'a [Party],
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<DescriptorJson>,
    // The last member, so that its length can be changed from the end.
    pad: &'static str,
}

/// `{"text":…}` or `{"file":…}`: what an app hands in to be sealed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContentJson {
    #[serde(default, deserialize_with = "json::present")]
    text: Option<String>,
    #[serde(default, deserialize_with = "json::present")]
    file: Option<DescriptorJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OpenedJson<'a> {
    id: &'a MessageId,
    sent_at: Timestamp,
    from: &'a Party,
    to: &'a [Party],
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<DescriptorJson>,
    signer: Signer,
}

impl Content {
    /// Reads `{"text":…}` or `{"file":…}`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for anything else.
    pub fn from_json(content: &str) -> Result<Self> {
        let content: ContentJson = json::parse(content).map_err(Error::InvalidArgument)?;
        match (content.text, content.file) {
            (Some(text), None) => Ok(Self::Text(text)),
            (None, Some(file)) => {
                FileDescriptor::read(file).map(Self::File).map_err(Error::InvalidArgument)
            }
            _ => Err(Error::InvalidArgument("a letter carries a text or a file".into())),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::File(_) => "file",
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::File(_) => None,
        }
    }

    fn file(&self) -> Option<DescriptorJson> {
        match self {
            Self::Text(_) => None,
            Self::File(file) => Some(file.wire()),
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}([redacted])", self.kind())
    }
}

impl Draft {
    /// Writes the letter and pads it.
    pub(crate) fn to_json(&self) -> Result<Zeroizing<String>> {
        let letter = NewLetter {
            v: 1,
            id: &self.id,
            sent_at: self.sent_at,
            from: &self.from,
            to: &self.to,
            r#type: self.content.kind(),
            text: self.content.text(),
            file: self.content.file(),
            pad: "",
        };
        let mut text = Zeroizing::new(json::write(&letter)?);
        let padded = padme(text.len());
        if padded > MAX_LETTER {
            return Err(Error::InvalidArgument(
                format!("the letter has {padded} bytes with its pad; {MAX_LETTER} are allowed")
                    .into(),
            ));
        }
        let pad = "0".repeat(padded - text.len());
        let inside_the_quotes = text.len() - r#""}"#.len();
        text.insert_str(inside_the_quotes, &pad);
        Ok(text)
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Reason> {
        if bytes.len() > MAX_LETTER {
            return Err("longer than 1 MiB".into());
        }
        let letter: LetterJson = json::parse_bytes(bytes)?;
        if letter.v != 1 {
            return Err("another version than 1".into());
        }
        if letter.to.is_empty() || letter.to.len() > MAX_RECIPIENTS {
            return Err(format!("not 1 to {MAX_RECIPIENTS} recipients").into());
        }
        let content = match (letter.r#type.as_str(), letter.text, letter.file) {
            ("text", Some(text), None) => Content::Text(text),
            ("file", None, Some(file)) => Content::File(FileDescriptor::read(file)?),
            _ => return Err("type does not agree with text or file".into()),
        };
        Ok(Self {
            id: MessageId::parse(&letter.id).map_err(|_| "id is not a UUID in lower case")?,
            sent_at: Timestamp::parse(&letter.sent_at)?,
            from: letter.from,
            to: letter.to,
            content,
        })
    }

    pub(crate) fn verified(self, signer: Signer) -> Letter {
        let Self { id, sent_at, from, to, content } = self;
        Letter { id, sent_at, from, to, content, signer }
    }
}

impl Letter {
    /// Writes the letter for the host: id, sentAt, from, to, type, text or file, signer.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn to_json(&self) -> Result<String> {
        json::write(&OpenedJson {
            id: &self.id,
            sent_at: self.sent_at,
            from: &self.from,
            to: &self.to,
            r#type: self.content.kind(),
            text: self.content.text(),
            file: self.content.file(),
            signer: self.signer,
        })
    }
}
