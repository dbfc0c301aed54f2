//! Key statements and the chain that they form (FORMAT.md §3).

use std::collections::HashSet;

use jsonwebtoken::{Algorithm, DecodingKey};
use poem_openapi::Object;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    error::{Code, Error, Fault},
    exact::Exact,
    jose,
    json::typed,
    names::Username,
    strict::parse_with_null,
};

/// The last second of the year 9999 (FORMAT.md §1).
const LATEST: u64 = 253_402_300_799;

/// The most statements that a history may have.
const LONGEST: usize = 64;

const TOO_LONG: &str = "a history has 1 to 64 statements";

/// A key statement: a JWS in general JSON serialization (RFC 7515, section 7.2.1) that publishes
/// an account's encryption key and signing key.
#[derive(Debug, Clone, Serialize, Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct Statement {
    /// The statement in base64url: `v`, `sub`, `seq`, `prev`, `keys`, `iat`.
    #[oai(validator(max_length = 4096))]
    payload: String,
    /// One signature by the statement's own signing key and then, but for the first statement, one
    /// by that of the statement before.
    #[oai(validator(min_items = 1, max_items = 2))]
    signatures: Vec<Signature>,
}

/// A signature of a key statement.
#[derive(Debug, Clone, Serialize, Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signature {
    /// The header in base64url: `alg` PS256, `kid`, `typ` pli-keys+json.
    #[oai(validator(max_length = 512))]
    protected: String,
    /// The RSASSA-PSS signature in base64url.
    #[oai(validator(max_length = 683))]
    signature: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    v: u64,
    sub: String,
    seq: usize,
    // Null in the first statement, but never absent.
    #[serde(deserialize_with = "Option::deserialize")]
    prev: Option<String>,
    keys: [Jwk; 2],
    iat: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Jwk {
    kty: String,
    n: String,
    e: String,
    r#use: String,
    alg: String,
    kid: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProtectedHeader {
    alg: String,
    kid: String,
    typ: String,
}

/// A key history: statements that have been verified to form a chain for one username.
#[derive(Debug)]
pub(crate) struct History {
    links: Vec<Link>,
}

/// A verified statement and the keys that it publishes.
#[derive(Debug)]
pub(crate) struct Link {
    /// The statement as it came.
    pub(crate) statement: Statement,
    /// Thumbprint of the encryption key.
    pub(crate) enc_kid: String,
    /// Thumbprint of the signing key.
    pub(crate) sig_kid: String,
    sig_key: DecodingKey,
    payload: Vec<u8>,
    iat: u64,
}

impl History {
    /// Verifies a history from its first statement to its last; `pointer` says where it stands
    /// in the request.
    ///
    /// # Errors
    /// `wrong_subject` when it is another username's, `bad_history` for everything else.
    pub(crate) fn verify(value: Value, subject: &Username, pointer: &str) -> Result<Self, Error> {
        let statements: Vec<Statement> = typed(value, Code::BadHistory, pointer)?;
        if statements.is_empty() || statements.len() > LONGEST {
            return Err(refuse(Code::BadHistory, pointer, TOO_LONG));
        }
        let mut history = Self { links: Vec::with_capacity(statements.len()) };
        for (seq, statement) in statements.into_iter().enumerate() {
            history.append(statement, subject, &format!("{pointer}/{seq}"))?;
        }
        Ok(history)
    }

    /// Verifies that a statement, `/statement` of a request, extends a history that was verified
    /// when it was stored.
    ///
    /// # Errors
    /// `stale_history` when the history has gone on since, `wrong_subject` or `bad_history`.
    pub(crate) fn extend(
        stored: Vec<Statement>,
        value: Value,
        subject: &Username,
    ) -> Result<Self, Error> {
        let pointer = "/statement";
        let statement: Statement = typed(value, Code::BadHistory, pointer)?;
        let seq = statement.claims().map(|(_, claims)| claims.seq);
        if seq.is_ok_and(|seq| seq < stored.len()) {
            return Err(refuse(Code::StaleHistory, pointer, "`seq` is taken already"));
        }
        if stored.len() >= LONGEST {
            return Err(refuse(Code::BadHistory, pointer, TOO_LONG));
        }
        let mut history = Self { links: Vec::with_capacity(stored.len() + 1) };
        for statement in stored {
            history.append(statement, subject, "").map_err(Error::internal)?;
        }
        history.append(statement, subject, pointer)?;
        Ok(history)
    }

    fn append(
        &mut self,
        statement: Statement,
        subject: &Username,
        pointer: &str,
    ) -> Result<(), Error> {
        let (link, sub) = Link::follow(statement, self.links.len(), self.links.last())
            .map_err(|detail| refuse(Code::BadHistory, pointer, detail))?;
        if sub != subject.as_str() {
            return Err(refuse(Code::WrongSubject, pointer, "`sub` is not the username"));
        }
        let kids = |link: &Link| [link.enc_kid.clone(), link.sig_kid.clone()];
        let known: HashSet<String> = self.links.iter().flat_map(kids).collect();
        if link.enc_kid == link.sig_kid || kids(&link).iter().any(|kid| known.contains(kid)) {
            return Err(refuse(Code::BadHistory, pointer, "a key stands in it twice"));
        }
        self.links.push(link);
        Ok(())
    }

    /// The verified statements, oldest first.
    pub(crate) fn links(&self) -> &[Link] {
        &self.links
    }

    /// The number of the latest statement.
    pub(crate) fn latest_seq(&self) -> u64 {
        self.links.len().saturating_sub(1) as u64
    }
}

impl Link {
    /// Verifies that a statement follows `previous`; also says whose it is.
    fn follow(
        statement: Statement,
        seq: usize,
        previous: Option<&Self>,
    ) -> Result<(Self, String), &'static str> {
        let (payload, claims) = statement.claims()?;
        if claims.v != 1 {
            return Err("the version is not 1");
        }
        if claims.seq != seq {
            return Err("`seq` does not count 0, 1, 2 …");
        }
        if claims.prev != previous.map(|previous| jose::hash(&previous.payload)) {
            return Err("`prev` is not the hash of the statement before");
        }
        if previous.is_some_and(|previous| claims.iat < previous.iat) {
            return Err("`iat` is earlier than that of the statement before");
        }
        if claims.iat > LATEST {
            return Err("`iat` is after the year 9999");
        }
        let [enc, sig] = &claims.keys;
        enc.check("enc", "RSA-OAEP-256")?;
        let sig_key = sig.check("sig", "PS256")?;

        let mut signers = vec![(sig.kid.as_str(), &sig_key)];
        signers.extend(previous.map(|previous| (previous.sig_kid.as_str(), &previous.sig_key)));
        check_signatures(&statement, &signers)?;

        let (enc_kid, sig_kid) = (enc.kid.clone(), sig.kid.clone());
        Ok((Self { statement, enc_kid, sig_kid, sig_key, payload, iat: claims.iat }, claims.sub))
    }
}

fn refuse(code: Code, pointer: &str, detail: &'static str) -> Error {
    Error::at(code, vec![Fault::new(pointer, "invalid_value", detail)])
}

/// Exactly the signers have signed, in their order.
fn check_signatures(
    statement: &Statement,
    signers: &[(&str, &DecodingKey)],
) -> Result<(), &'static str> {
    if statement.signatures.len() != signers.len() {
        return Err("it has not one signature by each key that must sign it");
    }
    let valid = statement.signatures.iter().zip(signers).all(|(signature, (kid, key))| {
        signature.signer().as_deref() == Some(kid) && signature.verifies(&statement.payload, key)
    });
    if valid { Ok(()) } else { Err("a signature is missing, out of order or not valid") }
}

impl Statement {
    /// Reads the payload, of which nothing has been verified.
    fn claims(&self) -> Result<(Vec<u8>, Payload), &'static str> {
        let payload = jose::decode(&self.payload).ok_or("the payload is not base64url")?;
        let claims = parse_with_null(&payload)
            .ok()
            .and_then(|value| Payload::deserialize(Exact(value)).ok())
            .ok_or("the payload is not a key statement")?;
        Ok((payload, claims))
    }
}

impl Signature {
    fn signer(&self) -> Option<String> {
        let header: ProtectedHeader = jose::header(&self.protected)?;
        (header.alg == "PS256" && header.typ == "pli-keys+json").then_some(header.kid)
    }

    fn verifies(&self, payload: &str, key: &DecodingKey) -> bool {
        let input = format!("{}.{payload}", self.protected);
        jose::decode(&self.signature).is_some()
            && jsonwebtoken::crypto::verify(
                &self.signature,
                input.as_bytes(),
                key,
                Algorithm::PS256,
            )
            .unwrap_or(false)
    }
}

impl Jwk {
    /// Checks a public key and its thumbprint (RFC 7638).
    fn check(&self, purpose: &str, alg: &str) -> Result<DecodingKey, &'static str> {
        if self.kty != "RSA" || self.r#use != purpose || self.alg != alg || self.e != "AQAB" {
            return Err("`keys` is not an encryption key and a signing key");
        }
        let modulus = jose::decode(&self.n).ok_or("a modulus is not base64url")?;
        let sound = matches!(modulus.len(), 256 | 384 | 512)
            && modulus.first().is_some_and(|first| first & 0x80 != 0)
            && modulus.last().is_some_and(|last| last & 1 == 1);
        if !sound {
            return Err("a key has not 2048, 3072 or 4096 bits");
        }
        let canonical = format!(r#"{{"e":"AQAB","kty":"RSA","n":"{}"}}"#, self.n);
        if self.kid != jose::hash(canonical.as_bytes()) {
            return Err("a `kid` is not the key's thumbprint");
        }
        DecodingKey::from_rsa_components(&self.n, &self.e).map_err(|_| "a key can't be read")
    }
}
