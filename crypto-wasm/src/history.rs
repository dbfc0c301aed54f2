//! Key histories: all the statements of one user, each vouched for by the one before
//! (FORMAT.md §3).

use std::collections::BTreeSet;

use rand_core::CryptoRng;
use serde::Serialize;

use crate::{
    error::{Error, Reason, Result},
    json,
    key_draft::KeyPairs,
    kid::Kid,
    private_key::PrivateKey,
    public_key::PublicKey,
    statement::{Statement, StatementJws},
    timestamp::Timestamp,
    username::Username,
};

/// How many statements a history can hold.
pub const MAX_STATEMENTS: usize = 64;

/// The longest text of a history that is read, in bytes.
const MAX_LENGTH: usize = 1024 * 1024;

/// A verified chain of key statements; it can only be had by making or verifying one.
#[derive(Debug, Clone)]
pub struct History {
    // Never empty.
    statements: Vec<Statement>,
}

/// Which statement's key made a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Signer {
    /// The statement's number, from 0.
    pub seq: u64,
    /// Whether it is the latest that is known.
    pub current: bool,
}

impl History {
    /// Begins a history with its first statement.
    pub(crate) fn begin(
        username: &Username,
        keys: &KeyPairs,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        Ok(Self { statements: vec![Statement::make(username, None, keys, now, rng)?] })
    }

    /// Gives the history that continues this one with new keys.
    pub(crate) fn extended(
        &self,
        signing: &PrivateKey,
        keys: &KeyPairs,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        if self.statements.len() == MAX_STATEMENTS {
            return Err(Error::InvalidArgument("the history is full".into()));
        }
        let last = Some((self.latest(), signing));
        let next = Statement::make(self.username(), last, keys, now, rng)?;
        let mut statements = self.statements.clone();
        statements.push(next);
        check_chain(&statements).map_err(Error::InvalidArgument)?;
        Ok(Self { statements })
    }

    /// Reads a history and verifies all of it, for the user that it must be about.
    ///
    /// # Errors
    /// [`Error::BadHistory`] when it is not a valid chain, or is another user's.
    pub fn verify(history: &str, username: &Username) -> Result<Self> {
        read(history).and_then(Self::verified).map_err(Error::BadHistory)?.belonging_to(username)
    }

    /// Verifies a history that stood inside of another value, whoever it is about.
    pub(crate) fn verify_parsed(statements: &[StatementJws]) -> Result<Self> {
        parse_all(statements).and_then(Self::verified).map_err(Error::BadHistory)
    }

    pub(crate) fn belonging_to(self, username: &Username) -> Result<Self> {
        if self.username() == username {
            Ok(self)
        } else {
            Err(Error::BadHistory("it is another user's".into()))
        }
    }

    fn verified(statements: Vec<Statement>) -> Result<Self, Reason> {
        check_chain(&statements)?;
        for (n, statement) in statements.iter().enumerate() {
            let mut signers = vec![&statement.signing];
            if let Some(before) = n.checked_sub(1) {
                signers.push(&statements[before].signing);
            }
            if !statement.is_signed_by(&signers) {
                return Err(format!("the signatures of statement {n} do not verify").into());
            }
        }
        Ok(Self { statements })
    }

    /// Sees that this history continues the one that was seen before (FORMAT.md §3.3).
    ///
    /// # Errors
    /// [`Error::HistoryRolledBack`] when it is only a part of the pin, [`Error::IdentityChanged`]
    /// when it departs from it, [`Error::InvalidArgument`] when the pin is no history at all.
    pub fn check_pin(&self, pin: &str) -> Result<()> {
        let pinned = read(pin).map_err(Error::InvalidArgument)?;
        let same = |(known, seen): (&Statement, &Statement)| known.payload == seen.payload;
        if !pinned.iter().zip(&self.statements).all(same) {
            return Err(Error::IdentityChanged);
        }
        if pinned.len() > self.statements.len() {
            return Err(Error::HistoryRolledBack);
        }
        Ok(())
    }

    /// Writes the history as JSON, an array of general JWS.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn to_json(&self) -> Result<String> {
        json::write(&self.statements_jws())
    }

    /// Writes the latest statement as JSON.
    pub(crate) fn latest_json(&self) -> Result<String> {
        json::write(&self.latest().jws())
    }

    /// Says whose history it is.
    #[must_use]
    pub fn username(&self) -> &Username {
        &self.latest().username
    }

    /// Gives the number of the latest statement.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.latest().seq
    }

    pub(crate) fn latest(&self) -> &Statement {
        &self.statements[self.statements.len() - 1]
    }

    /// Finds the signing key of that name, whichever statement it is of.
    pub(crate) fn signing_key(&self, kid: &Kid) -> Option<(&PublicKey, Signer)> {
        let statement = self.statements.iter().find(|statement| statement.signing.kid() == kid)?;
        let signer = Signer { seq: statement.seq, current: statement.seq == self.seq() };
        Some((&statement.signing, signer))
    }

    /// Says since when the keys of a statement have been replaced.
    pub(crate) fn replaced_at(&self, seq: u64) -> Option<Timestamp> {
        self.statements.iter().find(|next| next.seq == seq + 1).map(|next| next.issued_at)
    }

    pub(crate) fn has_encryption_key(&self, kid: &Kid) -> bool {
        self.statements.iter().any(|statement| statement.encryption.kid() == kid)
    }

    pub(crate) fn statements_jws(&self) -> Vec<StatementJws> {
        self.statements.iter().map(Statement::jws).collect()
    }
}

fn read(history: &str) -> Result<Vec<Statement>, Reason> {
    if history.len() > MAX_LENGTH {
        return Err("longer than 1 MiB".into());
    }
    parse_all(&json::parse::<Vec<StatementJws>>(history)?)
}

fn parse_all(statements: &[StatementJws]) -> Result<Vec<Statement>, Reason> {
    if statements.is_empty() || statements.len() > MAX_STATEMENTS {
        return Err(format!("not 1 to {MAX_STATEMENTS} statements").into());
    }
    let parse = |(n, statement)| {
        Statement::parse(statement).map_err(|reason| format!("statement {n}: {reason}").into())
    };
    statements.iter().enumerate().map(parse).collect()
}

/// Checks everything about a chain but its signatures.
fn check_chain(statements: &[Statement]) -> Result<(), Reason> {
    let mut kids = BTreeSet::new();
    for (n, statement) in statements.iter().enumerate() {
        let before = n.checked_sub(1).map(|before| &statements[before]);
        let fault = if statement.seq != n as u64 {
            "seq does not count from 0"
        } else if statement.previous != before.map(Statement::hash) {
            "prev is not the hash of the statement before"
        } else if before.is_some_and(|before| before.username != statement.username) {
            "sub changes"
        } else if before.is_some_and(|before| before.issued_at > statement.issued_at) {
            "iat decreases"
        } else if !kids.insert(statement.encryption.kid()) || !kids.insert(statement.signing.kid())
        {
            "a key is used twice"
        } else {
            continue;
        };
        return Err(format!("statement {n}: {fault}").into());
    }
    Ok(())
}
