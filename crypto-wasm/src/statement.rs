//! Key statements: "these are my keys now", signed (FORMAT.md §3).

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::{
    base64url,
    error::{Error, Reason, Result},
    json,
    jws::{Purpose, Signature},
    key_draft::KeyPairs,
    private_key::PrivateKey,
    public_key::{KeyUse, PublicJwk, PublicKey, sha256},
    timestamp::Timestamp,
    username::Username,
};

/// One statement, well-formed; only a [`History`](crate::History) says that its signatures verify.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) username: Username,
    pub(crate) seq: u64,
    pub(crate) previous: Option<[u8; 32]>,
    pub(crate) encryption: PublicKey,
    pub(crate) signing: PublicKey,
    pub(crate) issued_at: Timestamp,
    pub(crate) payload: Vec<u8>,
    pub(crate) signatures: Vec<Signature>,
}

/// A JWS in general serialization (RFC 7515 §7.2.1), with exactly these members.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatementJws {
    payload: String,
    signatures: Vec<SignatureJws>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureJws {
    protected: String,
    signature: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    v: u64,
    sub: Username,
    seq: u64,
    prev: Prev,
    keys: [PublicJwk; 2],
    iat: u64,
}

/// The hash of the statement before, or null: present in either case.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Prev {
    Hash(String),
    First(()),
}

impl Statement {
    /// Makes the first statement, or the one after `last`, which the key of `last` signs too.
    pub(crate) fn make(
        username: &Username,
        last: Option<(&Self, &PrivateKey)>,
        keys: &KeyPairs,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let previous = last.map(|(last, _)| last.hash());
        let iat = last.map_or(now, |(last, _)| now.max(last.issued_at)).as_seconds();
        let payload = json::write(&Payload {
            v: 1,
            sub: username.clone(),
            seq: last.map_or(0, |(last, _)| last.seq + 1),
            prev: match previous {
                Some(hash) => Prev::Hash(base64url::encode(&hash)),
                None => Prev::First(()),
            },
            keys: [keys.encryption.public().members(), keys.signing.public().members()],
            iat,
        })?
        .into_bytes();
        let signers = [Some(&keys.signing), last.map(|(_, key)| key)];
        let signatures = signers
            .into_iter()
            .flatten()
            .map(|key| Signature::make(key, Purpose::Keys, &payload, rng))
            .collect::<Result<_>>()?;
        Self::read(payload, signatures).map_err(Error::Internal)
    }

    pub(crate) fn parse(jws: &StatementJws) -> Result<Self, Reason> {
        let signatures = jws
            .signatures
            .iter()
            .map(|jws| Signature::parse(&jws.protected, &jws.signature, Purpose::Keys))
            .collect::<Result<_, _>>()?;
        Self::read(base64url::decode(&jws.payload)?, signatures)
    }

    fn read(bytes: Vec<u8>, signatures: Vec<Signature>) -> Result<Self, Reason> {
        let payload: Payload = json::parse_bytes(&bytes)?;
        let [encryption, signing] = payload.keys;
        let encryption = PublicKey::from_members(&encryption)?;
        let signing = PublicKey::from_members(&signing)?;
        if payload.v != 1 {
            return Err("another version than 1".into());
        }
        if encryption.usage() != KeyUse::Encryption || signing.usage() != KeyUse::Signing {
            return Err("keys are not an encryption and a signing key, in this order".into());
        }
        Ok(Self {
            username: payload.sub,
            seq: payload.seq,
            previous: match payload.prev {
                Prev::Hash(hash) => Some(base64url::decode_array(&hash)?),
                Prev::First(()) => None,
            },
            encryption,
            signing,
            issued_at: Timestamp::from_seconds(payload.iat).map_err(|_| "iat is out of range")?,
            payload: bytes,
            signatures,
        })
    }

    /// Whether exactly these keys signed, in this order.
    pub(crate) fn is_signed_by(&self, keys: &[&PublicKey]) -> bool {
        self.signatures.len() == keys.len()
            && self
                .signatures
                .iter()
                .zip(keys)
                .all(|(signature, key)| signature.verifies(key, &self.payload))
    }

    /// What the next statement gives as `prev`.
    pub(crate) fn hash(&self) -> [u8; 32] {
        sha256(&self.payload)
    }

    pub(crate) fn jws(&self) -> StatementJws {
        let signature = |signature: &Signature| SignatureJws {
            protected: signature.protected.clone(),
            signature: base64url::encode(&signature.bytes),
        };
        StatementJws {
            payload: base64url::encode(&self.payload),
            signatures: self.signatures.iter().map(signature).collect(),
        }
    }
}
