//! Opening a file from its beginning, a segment at a time.

use super::{
    descriptor::FileDescriptor,
    policy::FilePolicy,
    segment::{Segments, corrupted},
};
use crate::{error::Result, file::layout::HEADER, public_key::sha256};

/// A file being opened; it holds one segment at most.
#[derive(Debug)]
pub struct FileOpener {
    descriptor: FileDescriptor,
    policy: FilePolicy,
    segments: Option<Segments>,
    next: u32,
}

impl FileOpener {
    /// Begins with a file that a verified letter describes.
    ///
    /// # Errors
    /// [`Error::FileRefused`](crate::Error::FileRefused) when the policy has no such name and
    /// type.
    pub fn new(descriptor: FileDescriptor, policy: FilePolicy) -> Result<Self> {
        policy.check_label(&descriptor.label)?;
        Ok(Self { descriptor, policy, segments: None, next: 0 })
    }

    /// Gives how many sealed bytes the next segment has, the header counted to the first; `None`
    /// once all are opened, and then nothing may follow.
    #[must_use]
    pub fn next_length(&self) -> Option<u64> {
        self.segment_length(self.next)
    }

    /// Gives how many sealed bytes a segment has; `None` after the last.
    #[must_use]
    pub fn segment_length(&self, segment: u32) -> Option<u64> {
        self.descriptor.layout.sealed_length(segment)
    }

    /// Gives the length of the file, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.descriptor.size()
    }

    /// Opens the next segment, all of it.
    ///
    /// # Errors
    /// [`Error::FileCorrupted`](crate::Error::FileCorrupted) when it is not what the letter's
    /// sender sealed, or is cut short or too long; [`Error::FileRefused`](crate::Error::FileRefused)
    /// when the first bytes are not those of the type. Nothing of a refused segment is given out.
    pub fn open_segment(&mut self, sealed: &[u8]) -> Result<Vec<u8>> {
        let length = self.next_length().ok_or_else(|| corrupted("it goes on after its end"))?;
        if sealed.len() as u64 != length {
            return Err(corrupted("a segment is cut short or too long"));
        }
        if self.next == 0 {
            // Anew each time: only a first segment that opens proves its header right.
            self.read_header(sealed)?;
        }
        let text = open_segment(&self.descriptor, self.segments()?, self.next, sealed)?;
        if self.next == 0 {
            self.check_start(&text)?;
        }
        self.next += 1;
        Ok(text)
    }

    /// Takes the file's beginning, at least 40 bytes: for a host that decrypts the segments
    /// itself.
    ///
    /// # Errors
    /// [`Error::FileCorrupted`](crate::Error::FileCorrupted) for anything else than a header.
    pub fn read_header(&mut self, sealed: &[u8]) -> Result<()> {
        self.segments = Some(Segments::read(&self.descriptor.key, sealed)?);
        Ok(())
    }

    fn segments(&self) -> Result<&Segments> {
        self.segments.as_ref().ok_or_else(|| corrupted("no header"))
    }

    /// Gives the key that segments are decrypted with, once the header is read.
    ///
    /// # Errors
    /// [`Error::FileCorrupted`](crate::Error::FileCorrupted) before that.
    pub fn reveal_key(&self) -> Result<&[u8; 32]> {
        self.segments().map(Segments::key)
    }

    /// Gives the nonce of a segment, when its SHA-256, the header counted to the first, is the one
    /// that the sender signed. What the host decrypts with it, by AES-256-GCM without associated
    /// data, is the sender's; of the first segment, [`FileOpener::check_start`] comes before
    /// anything is given out.
    ///
    /// # Errors
    /// [`Error::FileCorrupted`](crate::Error::FileCorrupted) for another digest, and before the
    /// header.
    pub fn nonce(&self, segment: u32, digest: &[u8]) -> Result<[u8; 12]> {
        nonce(&self.descriptor, self.segments()?, segment, digest)
    }

    /// Holds the file's first bytes against the policy: [`FileOpener::start_length`] of them, if
    /// there are as many.
    ///
    /// # Errors
    /// [`Error::FileRefused`](crate::Error::FileRefused).
    pub fn check_start(&self, start: &[u8]) -> Result<()> {
        self.policy.check_start(&self.descriptor.label, start)
    }

    /// Says how many of the first bytes the policy looks at.
    #[must_use]
    pub fn start_length(&self) -> usize {
        self.policy.start_length()
    }
}

/// Opens one whole segment of a file: its digest, which the sender signed, then its encryption.
pub(crate) fn open_segment(
    descriptor: &FileDescriptor,
    segments: &Segments,
    segment: u32,
    sealed: &[u8],
) -> Result<Vec<u8>> {
    let nonce = nonce(descriptor, segments, segment, &sha256(sealed))?;
    let without_header = if segment == 0 { &sealed[HEADER as usize..] } else { sealed };
    segments.open(&nonce, without_header)
}

/// Gives the nonce of a segment whose digest is the one that was signed.
pub(crate) fn nonce(
    descriptor: &FileDescriptor,
    segments: &Segments,
    segment: u32,
    digest: &[u8],
) -> Result<[u8; 12]> {
    match descriptor.digests.get(segment as usize) {
        Some(signed) if signed == digest => {
            Ok(segments.nonce(segment, descriptor.layout.is_last(segment)))
        }
        _ => Err(corrupted("a segment is not the one that was signed")),
    }
}
