//! Safety numbers: 60 digits that two people compare to know that no one stands between them
//! (FORMAT.md §5).

use std::fmt;

use sha2::{Digest, Sha512};

use crate::{
    error::{Error, Result},
    history::History,
};

const ROUNDS: usize = 5_200;

/// One person's half of a safety number: 30 digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SafetyHalf(String);

impl SafetyHalf {
    /// Hashes the latest statement, which commits to all before it, 5,201 times.
    pub(crate) fn of(history: &History) -> Self {
        let message = Sha512::digest(&history.latest().payload);
        let mut hash = Sha512::new().chain_update("pli safety number v1").chain_update(message);
        for _ in 0..ROUNDS {
            let last = hash.finalize();
            hash = Sha512::new().chain_update(last).chain_update(message);
        }
        let digits = |five: &[u8]| {
            let number = five.iter().fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
            format!("{:05}", number % 100_000)
        };
        Self(hash.finalize()[..30].chunks(5).map(digits).collect())
    }

    /// Reads 30 digits.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for anything else.
    pub fn parse(digits: &str) -> Result<Self> {
        if digits.len() == 30 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(digits.to_owned()))
        } else {
            Err(Error::InvalidArgument("half of a safety number is 30 digits".into()))
        }
    }
}

impl fmt::Display for SafetyHalf {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for SafetyHalf {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "SafetyHalf({})", self.0)
    }
}

/// Joins two halves into 12 groups of 5 digits; both people get the same.
#[must_use]
pub fn safety_number(one: &SafetyHalf, other: &SafetyHalf) -> String {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    let digits: Vec<char> = format!("{first}{second}").chars().collect();
    digits.chunks(5).map(String::from_iter).collect::<Vec<_>>().join(" ")
}
