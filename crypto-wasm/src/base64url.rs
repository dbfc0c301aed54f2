//! Base64url without padding and in its one canonical spelling (FORMAT.md §1).

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::error::Reason;

pub(crate) fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Decodes canonical base64url: spare bits that are not zero are refused, so that no two texts
/// stand for the same bytes.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, Reason> {
    Base64UrlUnpadded::decode_vec(text).map_err(|_| "not canonical base64url".into())
}

/// Decodes exactly `N` bytes.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], Reason> {
    decode(text)?.try_into().map_err(|_| format!("not {N} bytes in base64url").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back() {
        for length in 0..70 {
            let bytes: Vec<u8> = (0..length).collect();
            assert_eq!(decode(&encode(&bytes)).unwrap(), bytes);
        }
    }

    #[test]
    fn spare_bits_padding_and_foreign_characters_are_refused() {
        assert_eq!(decode("AA").unwrap(), [0]);
        for text in ["AB", "AAB", "A", "AA==", "AA=", "A+", "A/", "AA\n", " AA", "AAAAA", "é"] {
            assert!(decode(text).is_err(), "{text:?} was accepted");
        }
    }
}
