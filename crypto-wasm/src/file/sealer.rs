//! Sealing a file, a segment at a time.

use rand_core::CryptoRng;

use super::{
    descriptor::{FileDescriptor, Label},
    layout::Layout,
    policy::FilePolicy,
    segment::Segments,
};
use crate::{
    error::{Error, Result},
    public_key::sha256,
    secret::Secret,
};

/// A file being sealed; it holds one segment at most.
#[derive(Debug)]
pub struct FileSealer {
    label: Label,
    size: u64,
    layout: Layout,
    policy: FilePolicy,
    key: Secret,
    segments: Segments,
    digests: Vec<[u8; 32]>,
}

impl FileSealer {
    /// Begins, under a fresh key, with a file whose size is known.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a name or media type that cannot stand in a descriptor and
    /// for more than 16 GiB; [`Error::FileRefused`] when the policy has no such name and type.
    pub fn new(
        name: &str,
        media_type: &str,
        size: u64,
        policy: FilePolicy,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let label = Label::new(name, media_type).map_err(Error::InvalidArgument)?;
        let layout = Layout::of(size)?;
        policy.check_label(&label)?;
        let key = Secret::random(rng);
        let segments = Segments::new(&key, rng)?;
        Ok(Self { label, size, layout, policy, key, segments, digests: vec![] })
    }

    /// Gives the length of the whole sealed file.
    #[must_use]
    pub fn sealed_size(&self) -> u64 {
        self.layout.sealed_size()
    }

    /// Gives how many bytes of the file the next segment takes; `None` once all are sealed. The
    /// one segment of an empty file takes 0.
    #[must_use]
    pub fn next_length(&self) -> Option<u64> {
        let text = self.layout.text(self.next()?);
        Some(text.end - text.start)
    }

    fn next(&self) -> Option<u32> {
        // There are never more digests than segments.
        let next = u32::try_from(self.digests.len()).ok()?;
        (next < self.layout.segments()).then_some(next)
    }

    /// Seals the next bytes, exactly as many as [`FileSealer::next_length`] says. The first
    /// segment comes with the header.
    ///
    /// # Errors
    /// [`Error::SizeMismatch`] for another number of bytes; [`Error::FileRefused`] when the first
    /// ones are not those of the type.
    pub fn seal_segment(&mut self, text: &[u8]) -> Result<Vec<u8>> {
        let (Some(segment), Some(length)) = (self.next(), self.next_length()) else {
            return Err(Error::SizeMismatch("the file is longer than was said".into()));
        };
        if text.len() as u64 != length {
            return Err(Error::SizeMismatch(
                format!("the next segment takes {length} bytes").into(),
            ));
        }
        if segment == 0 {
            self.policy.check_start(&self.label, text)?;
        }
        let mut sealed = self.segments.seal(segment, self.layout.is_last(segment), text)?;
        if segment == 0 {
            sealed.splice(0..0, *self.segments.header());
        }
        self.digests.push(sha256(&sealed));
        Ok(sealed)
    }

    /// Gives the descriptor, once all segments are sealed.
    ///
    /// # Errors
    /// [`Error::SizeMismatch`] before that.
    pub fn finish(&self) -> Result<FileDescriptor> {
        let (label, key, digests) = (self.label.clone(), self.key.clone(), self.digests.clone());
        FileDescriptor::new(label, self.size, key, digests)
            .map_err(|_| Error::SizeMismatch("the file is shorter than was said".into()))
    }
}
