//! Where the segments of a sealed file lie (FORMAT.md §13.1).

use std::ops::Range;

use crate::error::{Error, Result};

/// The header: its own length in one byte, 32 bytes of salt, 7 bytes of nonce prefix.
pub(crate) const HEADER: u64 = 40;

/// A segment of ciphertext; the first one includes the header.
pub(crate) const SEGMENT: u64 = 1024 * 1024;

/// What the tag adds to every segment.
pub(crate) const TAG: u64 = 16;

/// The longest file, in bytes before sealing.
pub const MAX_FILE: u64 = 16 * 1024 * 1024 * 1024;

const FIRST: u64 = SEGMENT - HEADER - TAG;
const OTHER: u64 = SEGMENT - TAG;

/// The segments of a file of a given size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    size: u64,
}

/// Computes how long a file is once it is sealed.
///
/// # Errors
/// [`Error::InvalidArgument`] for more than 16 GiB.
pub fn sealed_size(size: u64) -> Result<u64> {
    Layout::of(size).map(|layout| layout.sealed_size())
}

impl Layout {
    pub(crate) fn of(size: u64) -> Result<Self> {
        if size > MAX_FILE {
            return Err(Error::InvalidArgument("a file is longer than 16 GiB".into()));
        }
        Ok(Self { size })
    }

    /// How many segments there are: at least one, and the last one is empty only for the empty
    /// file.
    pub(crate) fn segments(self) -> u32 {
        let others = self.size.saturating_sub(FIRST).div_ceil(OTHER);
        // At most 16 GiB / 1 MiB and one.
        1 + u32::try_from(others).unwrap_or(u32::MAX - 1)
    }

    pub(crate) fn is_last(self, segment: u32) -> bool {
        segment + 1 == self.segments()
    }

    pub(crate) fn sealed_size(self) -> u64 {
        self.size + HEADER + u64::from(self.segments()) * TAG
    }

    /// Where a segment's text lies in the file.
    pub(crate) fn text(self, segment: u32) -> Range<u64> {
        let end = |segment: u32| (FIRST + u64::from(segment) * OTHER).min(self.size);
        let start = if segment == 0 { 0 } else { end(segment - 1) };
        start..end(segment)
    }

    /// How many bytes of the file a segment holds; `None` after the last.
    pub(crate) fn text_length(self, segment: u32) -> Option<u64> {
        let text = self.text(segment);
        (segment < self.segments()).then(|| text.end - text.start)
    }

    /// How long a segment is once it is sealed, the header counted to the first; `None` after the
    /// last.
    pub(crate) fn sealed_length(self, segment: u32) -> Option<u64> {
        let sealed = self.sealed(segment);
        (segment < self.segments()).then(|| sealed.end - sealed.start)
    }

    /// Where a segment lies in the sealed file, the header counted to the first.
    pub(crate) fn sealed(self, segment: u32) -> Range<u64> {
        let start = u64::from(segment) * SEGMENT;
        start..(start + SEGMENT).min(self.sealed_size())
    }

    /// Which segment a byte of the file is in.
    pub(crate) fn segment_of(self, byte: u64) -> u32 {
        // The first segment gives as many bytes to the header as it holds fewer of the file.
        u32::try_from((byte + HEADER) / OTHER).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes() -> impl Iterator<Item = u64> {
        [0, 1, FIRST, FIRST + OTHER, FIRST + 2 * OTHER, MAX_FILE]
            .into_iter()
            .flat_map(|size| [size.saturating_sub(1), size, (size + 1).min(MAX_FILE)])
    }

    #[test]
    fn segments_follow_each_other_without_a_gap_and_cover_all() {
        for layout in sizes().map(|size| Layout::of(size).unwrap()) {
            let (mut text, mut sealed) = (0, 0);
            for segment in 0..layout.segments() {
                assert_eq!(layout.text(segment).start, text);
                assert_eq!(layout.sealed(segment).start, sealed);
                text = layout.text(segment).end;
                sealed = layout.sealed(segment).end;
                let header = if segment == 0 { HEADER } else { 0 };
                let (text, sealed) = (layout.text(segment), layout.sealed(segment));
                assert_eq!(sealed.end - sealed.start, header + text.end - text.start + TAG);
                assert!(text.start < text.end || layout.size == 0, "an empty segment");
            }
            assert_eq!((text, sealed), (layout.size, layout.sealed_size()));
        }
    }

    #[test]
    fn every_byte_is_in_the_segment_that_holds_it() {
        let layout = Layout::of(MAX_FILE).unwrap();
        for segment in (0..layout.segments()).step_by(97).chain([0, 1, 2, layout.segments() - 1]) {
            let text = layout.text(segment);
            for byte in [text.start, (text.start + text.end) / 2, text.end - 1] {
                assert_eq!(layout.segment_of(byte), segment, "byte {byte}");
            }
        }
    }

    #[test]
    fn known_sizes_have_the_lengths_of_tink() {
        for (size, segments, sealed) in [
            (0, 1, 56),
            (1, 1, 57),
            (1_048_520, 1, 1_048_576),
            (1_048_521, 2, 1_048_593),
            (2_097_080, 2, 2_097_152),
            (2_097_081, 3, 2_097_169),
        ] {
            let layout = Layout::of(size).unwrap();
            assert_eq!((layout.segments(), layout.sealed_size()), (segments, sealed), "of {size}");
        }
        assert_eq!(sealed_size(MAX_FILE + 1).unwrap_err().code(), "invalid_argument");
    }
}
