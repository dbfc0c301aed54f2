//! Renames identifiers, also inside of tokens, which are signed again: what comes out is what the
//! server would have answered with these identifiers.

use std::collections::HashMap;

use aws_lc_rs::signature::Ed25519KeyPair;
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use serde_json::Value;
use uuid::{Uuid, Version};

/// The names given so far.
pub(crate) struct Renaming {
    start: i64,
    signer: Ed25519KeyPair,
    names: HashMap<String, String>,
}

impl Renaming {
    pub(crate) fn new(start: i64, signing_key: &str) -> Self {
        let key = Base64::decode_vec(signing_key).unwrap();
        let signer = Ed25519KeyPair::from_pkcs8(&key).unwrap();
        Self { start, signer, names: HashMap::new() }
    }

    /// Renames in all strings of a value.
    pub(crate) fn value(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.value(member)),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) -> String {
        let is_part = |character: char| {
            character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
        };
        let (mut renamed, mut rest) = (String::new(), text);
        while !rest.is_empty() {
            let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            renamed += &self.word(word);
            let gap = after.find(is_part).unwrap_or(after.len());
            renamed += &after[..gap];
            rest = &after[gap..];
        }
        renamed
    }

    fn word(&mut self, word: &str) -> String {
        // Those that the people brought along, and the key's, are fixed already.
        if let Ok(id) = Uuid::try_parse(word)
            && id.get_version() == Some(Version::SortRand)
            && !is_fixed(&id)
        {
            return self.name(word);
        }
        match word.split('.').collect::<Vec<_>>()[..] {
            [header, claims, signature] if !signature.is_empty() => {
                self.token(header, claims).unwrap_or_else(|| word.to_owned())
            }
            _ => word.to_owned(),
        }
    }

    fn name(&mut self, id: &str) -> String {
        let (number, start) = (self.names.len() + 1, self.start);
        let name = || format!("{:08x}-{:04x}-7000-8000-{number:012x}", start >> 16, start & 0xffff);
        self.names.entry(id.to_owned()).or_insert_with(name).clone()
    }

    fn token(&mut self, header: &str, claims: &str) -> Option<String> {
        let typ = String::from_utf8(Base64UrlUnpadded::decode_vec(header).ok()?).ok()?;
        if !typ.contains("+jwt") {
            return None;
        }
        let claims = String::from_utf8(Base64UrlUnpadded::decode_vec(claims).ok()?).ok()?;
        let claims = Base64UrlUnpadded::encode_string(self.text(&claims).as_bytes());
        let signed = format!("{header}.{claims}");
        let signature = self.signer.sign(signed.as_bytes());
        Some(format!("{signed}.{}", Base64UrlUnpadded::encode_string(signature.as_ref())))
    }
}

/// Whether an identifier has no random part.
fn is_fixed(id: &Uuid) -> bool {
    id.as_bytes()[9..14].iter().all(|byte| *byte == 0)
}
