//! The people of the tests, with the keys of `vectors/keys.json`.

use pli_crypto::{
    Contact, Content, Error, Identity, KeyPairs, KeyUse, Letter, MessageId, PrivateKey, Result,
    Rotation, Sealed, Timestamp, Username, random,
};
use rand_core::CryptoRng;
use serde_json::Value;

/// The hour at which every history begins and at which letters are sent unless said otherwise.
pub(crate) const DAWN: u64 = 1_790_000_000;
pub(crate) const HOUR: u64 = 3_600;

pub(crate) struct Person {
    pub(crate) identity: Identity,
    /// Whose entry of `vectors/keys.json` it now uses.
    pub(crate) keys: &'static str,
}

pub(crate) struct Sending<'a> {
    sender: &'a Person,
    content: Content,
    at: u64,
}

pub(crate) fn key_file(keys: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../../vectors/keys.json")).unwrap();
    all[keys].clone()
}

pub(crate) fn key_pairs(keys: &str) -> KeyPairs {
    let file = key_file(keys);
    KeyPairs::new(
        PrivateKey::from_jwk(&file["encryption"].to_string(), KeyUse::Encryption).unwrap(),
        PrivateKey::from_jwk(&file["signing"].to_string(), KeyUse::Signing).unwrap(),
    )
    .unwrap()
}

pub(crate) fn seconds(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

pub(crate) fn username(name: &str) -> Username {
    Username::parse(name).unwrap()
}

pub(crate) fn code<T>(result: Result<T>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(error) => error.code(),
    }
}

impl Person {
    pub(crate) fn named(name: &'static str) -> Self {
        Self::with_keys(name, name)
    }

    pub(crate) fn with_keys(name: &str, keys: &'static str) -> Self {
        Self::made_with(name, keys, &mut random::system().unwrap())
    }

    pub(crate) fn made_with(name: &str, keys: &'static str, rng: &mut impl CryptoRng) -> Self {
        let identity =
            Identity::create(&username(name), key_pairs(keys), seconds(DAWN), rng).unwrap();
        Self { identity, keys }
    }

    pub(crate) fn name(&self) -> &str {
        self.identity.username().as_str()
    }

    pub(crate) fn history(&self) -> String {
        self.identity.history().to_json().unwrap()
    }

    pub(crate) fn contact(&self) -> Contact {
        Contact::from_history(&self.history(), self.identity.username(), None).unwrap()
    }

    pub(crate) fn rotates(&mut self, keys: &'static str, at: u64) -> Result<Rotation> {
        self.rotates_with(keys, at, &mut random::system()?)
    }

    pub(crate) fn rotates_with(
        &mut self,
        keys: &'static str,
        at: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Rotation> {
        let rotation = self.identity.rotate(key_pairs(keys), seconds(at), rng)?;
        self.keys = keys;
        Ok(rotation)
    }

    pub(crate) fn sends(&self, text: &str) -> Sending<'_> {
        Sending { sender: self, content: Content::Text(text.to_owned()), at: DAWN + HOUR }
    }

    pub(crate) fn opens(&self, envelope: &str, from: &Self) -> Result<Letter> {
        self.identity.open(envelope, &from.contact(), None)
    }
}

impl Sending<'_> {
    pub(crate) fn at(mut self, at: u64) -> Self {
        self.at = at;
        self
    }

    pub(crate) fn to(self, recipient: &Person) -> Sealed {
        self.addressed_to(&[recipient.contact()], None).unwrap()
    }

    pub(crate) fn addressed_to(
        self,
        contacts: &[Contact],
        id: Option<MessageId>,
    ) -> Result<Sealed> {
        let contacts: Vec<&Contact> = contacts.iter().collect();
        let mut rng = random::system()?;
        let identity = &self.sender.identity;
        identity.seal(self.content, &contacts, seconds(self.at), id, &mut rng)
    }
}

pub(crate) fn text_of(letter: &Letter) -> &str {
    match &letter.content {
        Content::Text(text) => text,
        Content::File(_) => panic!("a file"),
    }
}

/// Explains a refusal, for messages of failing tests.
pub(crate) fn explain<T>(result: &Result<T>) -> String {
    result.as_ref().err().map_or_else(|| "accepted".into(), Error::to_string)
}
