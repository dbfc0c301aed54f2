//! Opening a part of a file without the rest.

use std::ops::Range;

use super::{
    descriptor::FileDescriptor,
    layout::HEADER,
    opener::{nonce, open_segment},
    segment::{Segments, corrupted},
};
use crate::error::{Error, Result};

/// A range of a file being opened; it holds one segment at most.
#[derive(Debug)]
pub struct FileRange {
    descriptor: FileDescriptor,
    wanted: Range<u64>,
    segments: Option<Segments>,
    // Of segments.
    left: Range<u32>,
}

impl FileRange {
    /// Begins with the bytes from `start` up to, not including, `end`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the file has no such range.
    pub fn new(descriptor: FileDescriptor, start: u64, end: u64) -> Result<Self> {
        if start > end || end > descriptor.size() {
            return Err(Error::InvalidArgument("the file has no such range".into()));
        }
        let layout = descriptor.layout;
        let left = if start == end {
            0..0
        } else {
            layout.segment_of(start)..layout.segment_of(end - 1) + 1
        };
        Ok(Self { descriptor, wanted: start..end, segments: None, left })
    }

    /// Gives the length of the header, which every range needs, in bytes from the sealed file's
    /// beginning.
    #[must_use]
    pub fn header_length(&self) -> u64 {
        HEADER
    }

    /// Says which bytes of the sealed file are still to be handed in.
    #[must_use]
    pub fn sealed(&self) -> Range<u64> {
        if self.left.is_empty() {
            return 0..0;
        }
        let layout = self.descriptor.layout;
        layout.sealed(self.left.start).start..layout.sealed(self.left.end - 1).end
    }

    /// Takes the sealed file's first 40 bytes; before the first segment.
    ///
    /// They are proved right by the segments that open with them.
    ///
    /// # Errors
    /// [`Error::FileCorrupted`] for anything else than a header.
    pub fn read_header(&mut self, header: &[u8]) -> Result<()> {
        if header.len() as u64 != HEADER {
            return Err(corrupted("the header is cut short or too long"));
        }
        self.segments = Some(Segments::read(&self.descriptor.key, header)?);
        Ok(())
    }

    /// Gives how many sealed bytes the next segment has; `None` once the range is opened.
    #[must_use]
    pub fn next_length(&self) -> Option<u64> {
        let sealed = self.descriptor.layout.sealed(self.left.start);
        (!self.left.is_empty()).then(|| sealed.end - sealed.start)
    }

    /// Opens the next segment, all of it, and gives the part that lies in the range.
    ///
    /// # Errors
    /// [`Error::FileCorrupted`] when it is not what the letter's sender sealed;
    /// [`Error::InvalidArgument`] before the header.
    pub fn open_segment(&mut self, sealed: &[u8]) -> Result<Vec<u8>> {
        let segments = self.segments()?;
        let length = self.next_length().ok_or_else(|| corrupted("it goes on after its end"))?;
        if sealed.len() as u64 != length {
            return Err(corrupted("a segment is cut short or too long"));
        }
        let segment = self.left.start;
        let mut text = open_segment(&self.descriptor, segments, segment, sealed)?;
        let wanted = self.wanted_of(segment);
        text.truncate(wanted.end);
        text.drain(..wanted.start);
        self.left.start += 1;
        Ok(text)
    }

    fn segments(&self) -> Result<&Segments> {
        self.segments
            .as_ref()
            .ok_or_else(|| Error::InvalidArgument("the header comes first".into()))
    }

    /// Says which of a segment's bytes are in the range.
    #[must_use]
    pub fn wanted_of(&self, segment: u32) -> Range<usize> {
        let place = self.descriptor.layout.text(segment);
        // It fits: no segment has more than a mebibyte.
        let within = |byte: u64| (byte.clamp(place.start, place.end) - place.start) as usize;
        within(self.wanted.start)..within(self.wanted.end)
    }

    /// Says which segments are still to be opened.
    #[must_use]
    pub fn left(&self) -> Range<u32> {
        self.left.clone()
    }

    /// Gives how many sealed bytes a segment has; `None` after the last of the file.
    #[must_use]
    pub fn segment_length(&self, segment: u32) -> Option<u64> {
        self.descriptor.layout.sealed_length(segment)
    }

    /// Gives the key that segments are decrypted with, for a host that does so itself.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] before the header.
    pub fn reveal_key(&self) -> Result<&[u8; 32]> {
        self.segments().map(Segments::key)
    }

    /// Gives the nonce of a segment, when its SHA-256 is the one that the sender signed.
    ///
    /// # Errors
    /// [`Error::FileCorrupted`] for another, [`Error::InvalidArgument`] before the header.
    pub fn nonce(&self, segment: u32, digest: &[u8]) -> Result<[u8; 12]> {
        nonce(&self.descriptor, self.segments()?, segment, digest)
    }
}
