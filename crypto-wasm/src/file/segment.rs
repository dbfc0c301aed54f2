//! One segment: its key, its nonce, its encryption (FORMAT.md §13.1).

use rand_core::CryptoRng;

use super::layout::HEADER;
use crate::{
    aead,
    error::{Error, Reason, Result},
    random,
    secret::{Secret, derive},
};

const ASSOCIATED_DATA: &[u8] = b"pli file v1";

/// The header of a sealed file, and the key that its salt gives.
#[derive(Debug)]
pub(crate) struct Segments {
    header: [u8; HEADER as usize],
    key: Secret,
}

impl Segments {
    pub(crate) fn new(file_key: &Secret, rng: &mut impl CryptoRng) -> Result<Self> {
        let mut header: [u8; HEADER as usize] = random::bytes(rng);
        header[0] = HEADER as u8;
        Self::from_header(file_key, header)
    }

    pub(crate) fn read(file_key: &Secret, sealed: &[u8]) -> Result<Self> {
        match sealed.first_chunk() {
            Some(header) if u64::from(header[0]) == HEADER => Self::from_header(file_key, *header),
            _ => Err(corrupted("the header is not 40 bytes that begin with their number")),
        }
    }

    fn from_header(file_key: &Secret, header: [u8; HEADER as usize]) -> Result<Self> {
        let key = derive(file_key.as_bytes(), &header[1..33], ASSOCIATED_DATA)?;
        Ok(Self { header, key })
    }

    pub(crate) fn header(&self) -> &[u8; HEADER as usize] {
        &self.header
    }

    /// Gives the key, for a host that seals or opens the segments itself.
    pub(crate) fn key(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    pub(crate) fn seal(&self, nonce: &[u8; 12], text: &[u8]) -> Result<Vec<u8>> {
        aead::seal(&self.key, nonce, &[], text)
    }

    /// Opens a segment, given without the header.
    pub(crate) fn open(&self, nonce: &[u8; 12], sealed: &[u8]) -> Result<Vec<u8>> {
        aead::open(&self.key, nonce, &[], sealed)
            .map_err(|_| corrupted("a segment does not decrypt"))
    }

    /// The prefix, the segment's number, and whether it is the last: so none can be reordered,
    /// and nothing can be cut off or added.
    pub(crate) fn nonce(&self, segment: u32, last: bool) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[..7].copy_from_slice(&self.header[33..]);
        nonce[7..11].copy_from_slice(&segment.to_be_bytes());
        nonce[11] = u8::from(last);
        nonce
    }
}

pub(crate) fn corrupted(reason: impl Into<Reason>) -> Error {
    Error::FileCorrupted(reason.into())
}
