//! What people are called, and what proves that they are who they say.

use std::{fmt, str::FromStr};

use poem_openapi::registry::MetaSchema;
use unicode_normalization::UnicodeNormalization;

use crate::text::travels_as_text;

/// A handle: 3 to 32 of `a-z 0-9 . _ -`, beginning with a letter or digit, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Username(String);

impl Username {
    /// The handle itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn schema() -> MetaSchema {
        MetaSchema {
            min_length: Some(3),
            max_length: Some(32),
            pattern: Some("^[A-Za-z0-9][A-Za-z0-9._-]{2,31}$".to_owned()),
            example: Some("alice".into()),
            ..MetaSchema::new("string")
        }
    }
}

impl FromStr for Username {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if (3..=32).contains(&text.len())
            && text.bytes().all(allowed)
            && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err("must be 3 to 32 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit")
        }
    }
}

impl fmt::Display for Username {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

travels_as_text!(Username);

/// An e-mail address, in the one form that all its spellings share: NFKC, lower case, without
/// outer white space, the domain in Unicode (UTS #46).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Email(String);

impl Email {
    /// The address itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn schema() -> MetaSchema {
        MetaSchema {
            min_length: Some(3),
            max_length: Some(254),
            example: Some("alice@example.org".into()),
            ..MetaSchema::new_with_format("string", "email")
        }
    }
}

impl FromStr for Email {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "must be an e-mail address";
        let address = fold(text);
        let (local, domain) = address.split_once('@').ok_or(wrong)?;
        // `xn--` labels are another spelling of the same domain.
        let (domain, valid) = idna::domain_to_unicode(domain);
        let labels = || domain.split('.');
        let sound = valid.is_ok()
            && (1..=64).contains(&local.len())
            && labels().all(|label| (1..=63).contains(&label.len()))
            && local.len() + 1 + domain.len() <= 254
            && !local
                .chars()
                .chain(domain.chars())
                .any(|letter| invisible(letter) || special(letter));
        if sound { Ok(Self(format!("{local}@{domain}"))) } else { Err(wrong) }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

travels_as_text!(Email);

/// The name that someone goes by: an e-mail address or, just as well, a username.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AccountName {
    /// An e-mail address.
    Email(Email),
    /// A username.
    Username(Username),
}

impl AccountName {
    /// The name itself, in the form that all its spellings share.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Username(username) => username.as_str(),
        }
    }

    fn schema() -> MetaSchema {
        MetaSchema {
            min_length: Some(3),
            max_length: Some(254),
            example: Some("bob@example.org".into()),
            ..MetaSchema::new("string")
        }
    }
}

impl FromStr for AccountName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = fold(text);
        if name.contains('@') {
            name.parse().map(Self::Email)
        } else {
            name.parse().map(Self::Username).map_err(|_| "must be an e-mail address or a username")
        }
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(formatter)
    }
}

travels_as_text!(AccountName);

/// Brings every spelling of a name to one: NFKC, lower case, no outer white space.
fn fold(name: &str) -> String {
    let lower = name.nfkc().collect::<String>().to_lowercase();
    // The ideographic full stop separates labels of a domain like a dot (RFC 3490, section 3.1).
    lower.nfkc().collect::<String>().replace('\u{3002}', ".").trim().to_owned()
}

/// Whether a character can't be seen, or changes how others are seen.
fn invisible(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character has a meaning of its own around addresses (RFC 5322, section 3.2.3).
fn special(character: char) -> bool {
    "()<>[]:;@\\,\"".contains(character)
}

/// What a client sends to prove that it knows the password: 8 to 256 characters.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Password(String);

impl Password {
    /// The bytes to hash.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    fn schema() -> MetaSchema {
        MetaSchema {
            min_length: Some(8),
            max_length: Some(256),
            example: Some("Vpl4Wyk8nQ6QF0o3pZ1kqj0p2fT3m8cXbYbS0rZ8h5E".into()),
            ..MetaSchema::new_with_format("string", "password")
        }
    }
}

impl FromStr for Password {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // No character takes more than four bytes: what is longer need not be counted.
        if text.len() <= 4 * 256 && (8..=256).contains(&text.chars().count()) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must have 8 to 256 characters")
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password([redacted])")
    }
}

impl fmt::Display for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

travels_as_text!(Password);
