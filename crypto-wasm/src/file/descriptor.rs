//! The descriptor: what a letter says of a file (FORMAT.md §13.2).

use serde::{Deserialize, Serialize};

use super::layout::Layout;
use crate::{
    base64url,
    error::{Error, Reason, Result},
    json,
    secret::Secret,
};

/// What is needed to open a sealed file and to know that it is the sender's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDescriptor {
    pub(crate) label: Label,
    pub(crate) layout: Layout,
    size: u64,
    pub(crate) key: Secret,
    pub(crate) digests: Vec<[u8; 32]>,
}

/// A file's name and media type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) name: String,
    pub(crate) media_type: String,
}

/// The descriptor on the wire.
#[derive(Serialize, Deserialize)]
pub(crate) struct DescriptorJson {
    name: String,
    media_type: String,
    size: u64,
    key: Secret,
    digests: Vec<String>,
}

impl FileDescriptor {
    pub(crate) fn new(
        label: Label,
        size: u64,
        key: Secret,
        digests: Vec<[u8; 32]>,
    ) -> Result<Self, Reason> {
        let layout = Layout::of(size).map_err(|_| "size is more than 16 GiB")?;
        if digests.len() as u64 != u64::from(layout.segments()) {
            return Err("size and the number of digests do not agree".into());
        }
        Ok(Self { label, layout, size, key, digests })
    }

    /// Reads a descriptor.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for anything else than one.
    pub fn from_json(descriptor: &str) -> Result<Self> {
        json::parse(descriptor).and_then(Self::read).map_err(Error::InvalidArgument)
    }

    pub(crate) fn read(json: DescriptorJson) -> Result<Self, Reason> {
        let label = Label::new(&json.name, &json.media_type)?;
        let digests = json
            .digests
            .iter()
            .map(|text| base64url::decode_array(text))
            .collect::<Result<_, _>>()?;
        Self::new(label, json.size, json.key, digests)
    }

    /// Writes the descriptor, the file's key included: it belongs into a letter and nowhere else.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn reveal_json(&self) -> Result<zeroize::Zeroizing<String>> {
        json::write(&self.wire()).map(zeroize::Zeroizing::new)
    }

    pub(crate) fn wire(&self) -> DescriptorJson {
        DescriptorJson {
            name: self.label.name.clone(),
            media_type: self.label.media_type.clone(),
            size: self.size,
            key: self.key.clone(),
            digests: self.digests.iter().map(|digest| base64url::encode(digest)).collect(),
        }
    }

    /// Gives the file's name, without any path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.label.name
    }

    /// Gives the media type, without parameters.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.label.media_type
    }

    /// Gives the length of the file before sealing, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Label {
    /// Refuses names that could mean another folder or show as another name, and media types that
    /// are not bare.
    pub(crate) fn new(name: &str, media_type: &str) -> Result<Self, Reason> {
        let misleading = |c: char| {
            c.is_control()
                || matches!(c, '/' | '\\' | '\u{61c}' | '\u{200e}' | '\u{200f}')
                || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        if name.is_empty() || name.len() > 255 {
            return Err("a file's name has 1 to 255 bytes".into());
        }
        if matches!(name, "." | "..") {
            return Err("a file's name is not that of a folder".into());
        }
        if name.contains(misleading) {
            return Err("a file's name holds a slash, a control or a bidirectional mark".into());
        }
        // RFC 6838 §4.2.
        let token = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && part.len() <= 127
                && part.bytes().all(|byte| {
                    byte.is_ascii_lowercase()
                        || byte.is_ascii_digit()
                        || b"!#$&-^_.+".contains(&byte)
                })
        };
        match media_type.split_once('/') {
            Some((kind, subtype)) if token(kind) && token(subtype) => {
                Ok(Self { name: name.to_owned(), media_type: media_type.to_owned() })
            }
            _ => Err("a media type is type/subtype in lower case, without parameters".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mislead_are_refused() {
        let long = "n".repeat(256);
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "a\\b",
            "a\0b",
            "a\nb",
            "photo\u{202e}gnp.exe",
            "\u{2066}a",
            "\u{61c}a",
            "a\u{200f}b",
            "a\u{2029}b",
            &long,
        ] {
            assert!(Label::new(name, "image/png").is_err(), "{name:?} was accepted");
        }
        for name in ["a", ".hidden", "naïve résumé.pdf", "照片.png", "👩‍👩‍👧.gif", &long[1..]]
        {
            assert!(Label::new(name, "image/png").is_ok(), "{name:?} was refused");
        }
    }

    #[test]
    fn media_types_are_bare() {
        for media_type in ["text/plain", "image/svg+xml", "application/vnd.ms-excel"] {
            assert!(Label::new("a", media_type).is_ok(), "{media_type} was refused");
        }
        for media_type in [
            "",
            "text",
            "text/",
            "/plain",
            "Text/plain",
            "text/plain;charset=utf-8",
            "a/b/c",
            "a b/c",
        ] {
            assert!(Label::new("a", media_type).is_err(), "{media_type:?} was accepted");
        }
    }
}
