//! Recovery codes: the way back in when the password is forgotten (FORMAT.md §11).

use std::fmt;

use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    error::{Error, Reason, Result},
    random,
    secret::{Secret, derive},
};

/// Crockford's 32 symbols, and the five more that only a check symbol can be.
const SYMBOLS: &[u8; 37] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";

/// A recovery code: 160 random bits, shown once and kept on paper.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct RecoveryCode([u8; 20]);

impl RecoveryCode {
    /// Makes a new code.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        Self(random::bytes(rng))
    }

    /// Reads a code as a person types it: in either case, with hyphens and white space anywhere,
    /// I and L for 1, O for 0.
    ///
    /// # Errors
    /// [`Error::BadRecoveryCode`] when its length, a symbol or the check symbol is wrong.
    pub fn parse(code: &str) -> Result<Self> {
        Self::read(code).map_err(Error::BadRecoveryCode)
    }

    fn read(code: &str) -> Result<Self, Reason> {
        let mut values = Zeroizing::new(Vec::with_capacity(64));
        for symbol in code.chars().filter(|symbol| !symbol.is_whitespace() && *symbol != '-') {
            let symbol = match symbol.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                symbol => symbol,
            };
            let value = SYMBOLS.iter().position(|&known| char::from(known) == symbol);
            values.push(value.ok_or("a symbol is not one of a recovery code")?);
            if values.len() > 33 {
                break;
            }
        }
        let [data @ .., check] = &values[..] else { return Err("it is empty".into()) };
        if data.len() != 32 {
            return Err("it has not 33 symbols".into());
        }
        if data.iter().any(|&value| value >= 32) {
            return Err("a check symbol stands before the end".into());
        }
        let mut bytes = Zeroizing::new([0; 20]);
        // Eight symbols of five bits are five bytes.
        for (five, eight) in bytes.chunks_mut(5).zip(data.chunks(8)) {
            let bits = eight.iter().fold(0_u64, |bits, &value| bits << 5 | value as u64);
            five.copy_from_slice(&bits.to_be_bytes()[3..]);
        }
        if remainder(&bytes) != *check {
            return Err("the check symbol does not fit: it is mistyped".into());
        }
        Ok(Self(*bytes))
    }

    /// Writes the code: 32 symbols and the check symbol, in groups of four.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut code = Zeroizing::new(String::with_capacity(48));
        for five in self.0.chunks(5) {
            let bits = five.iter().fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
            for place in (0..8).rev() {
                code.push(char::from(SYMBOLS[(bits >> (place * 5) & 31) as usize]));
                if place % 4 == 0 {
                    code.push('-');
                }
            }
        }
        code.push(char::from(SYMBOLS[remainder(&self.0)]));
        code
    }

    /// Gives what proves possession of the code to the server.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn recovery_secret(&self) -> Result<Zeroizing<String>> {
        Ok(derive(&self.0, &[], b"pli recovery login v1")?.to_base64url())
    }

    pub(crate) fn wrapping_key(&self) -> Result<Secret> {
        derive(&self.0, &[], b"pli recovery wrap v1")
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// The big-endian integer modulo 37, Crockford's check.
fn remainder(bytes: &[u8; 20]) -> usize {
    bytes.iter().fold(0, |rest, &byte| (rest * 256 + usize::from(byte)) % 37)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_nine_groups_and_comes_back() {
        let code = RecoveryCode([0xff; 20]);
        // 2^160 − 1 modulo 37 is 8.
        let text = code.reveal();
        assert_eq!(*text, "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-8");
        assert_eq!(RecoveryCode::parse(&text).unwrap(), code);
    }

    #[test]
    fn it_is_read_as_people_type_it() {
        let code = RecoveryCode([0; 20]);
        assert_eq!(*code.reveal(), "0000-0000-0000-0000-0000-0000-0000-0000-0");
        assert_eq!(
            RecoveryCode::parse(" oO00 00000000--0000-0000\t0000 00000000 o\n").unwrap(),
            code
        );
        let one = RecoveryCode({
            let mut bytes = [0; 20];
            bytes[19] = 1;
            bytes
        });
        assert_eq!(RecoveryCode::parse("0000-0000-0000-0000-0000-0000-0000-000i-L").unwrap(), one);
    }

    #[test]
    fn every_single_mistyped_symbol_is_noticed() {
        let code = RecoveryCode(*b"twenty random bytes!").reveal();
        for (place, right) in code.char_indices().filter(|(_, symbol)| *symbol != '-') {
            for &wrong in SYMBOLS.iter().filter(|&&symbol| char::from(symbol) != right) {
                let mut typed = code.to_string();
                typed.replace_range(place..=place, &char::from(wrong).to_string());
                assert_eq!(RecoveryCode::parse(&typed).unwrap_err().code(), "bad_recovery_code");
            }
        }
    }

    #[test]
    fn other_lengths_and_symbols_are_refused() {
        for code in ["", "-", "0", &"0".repeat(32), &"0".repeat(34), &"0".repeat(10_000), "é", "!"]
        {
            assert_eq!(RecoveryCode::parse(code).unwrap_err().code(), "bad_recovery_code");
        }
    }

    #[test]
    fn a_code_does_not_print_itself() {
        assert_eq!(format!("{:?}", RecoveryCode([1; 20])), "[redacted]");
    }
}
