//! What JOSE objects are made of: canonical base64url and strict protected headers
//! (FORMAT.md §1).

use aws_lc_rs::digest::{SHA256, digest};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde::de::DeserializeOwned;

use crate::{exact::Exact, strict::parse_strictly};

/// Decodes base64url that has no padding and no spare bits set.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// Decodes canonical base64url of exactly `size` bytes.
pub(crate) fn decode_exactly(text: &str, size: usize) -> Option<Vec<u8>> {
    decode(text).filter(|bytes| bytes.len() == size)
}

/// Encodes base64url without padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The SHA-256 of `bytes` in base64url.
pub(crate) fn hash(bytes: &[u8]) -> String {
    encode(digest(&SHA256, bytes).as_ref())
}

/// Reads a protected header that must have exactly the members of `T`.
pub(crate) fn header<T: DeserializeOwned>(protected: &str) -> Option<T> {
    T::deserialize(Exact(parse_strictly(&decode(protected)?).ok()?)).ok()
}
