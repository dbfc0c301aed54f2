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
        let layout = self.descriptor.layout;
        let sealed = layout.sealed(self.next);
        (self.next < layout.segments()).then(|| sealed.end - sealed.start)
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
            self.segments = Some(Segments::read(&self.descriptor.key, sealed)?);
        }
        let Some(segments) = &self.segments else { return Err(corrupted("no header")) };
        let text = open_segment(&self.descriptor, segments, self.next, sealed)?;
        if self.next == 0 {
            self.policy.check_start(&self.descriptor.label, &text)?;
        }
        self.next += 1;
        Ok(text)
    }
}

/// Opens one whole segment of a file: its digest, which the sender signed, then its encryption.
pub(crate) fn open_segment(
    descriptor: &FileDescriptor,
    segments: &Segments,
    segment: u32,
    sealed: &[u8],
) -> Result<Vec<u8>> {
    if descriptor.digests.get(segment as usize) != Some(&sha256(sealed)) {
        return Err(corrupted("a segment is not the one that was signed"));
    }
    let without_header = if segment == 0 { &sealed[HEADER as usize..] } else { sealed };
    segments.open(segment, descriptor.layout.is_last(segment), without_header)
}
