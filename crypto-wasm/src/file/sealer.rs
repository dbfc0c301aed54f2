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
    begun: u32,
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
        Ok(Self { label, size, layout, policy, key, segments, begun: 0, digests: vec![] })
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
        self.layout.text_length(self.begun)
    }

    /// Gives how many bytes of the file a segment takes; `None` after the last.
    #[must_use]
    pub fn segment_length(&self, segment: u32) -> Option<u64> {
        self.layout.text_length(segment)
    }

    /// Seals the next bytes, exactly as many as [`FileSealer::next_length`] says. The first
    /// segment comes with the header.
    ///
    /// # Errors
    /// [`Error::SizeMismatch`] for another number of bytes; [`Error::FileRefused`] when the first
    /// ones are not those of the type.
    pub fn seal_segment(&mut self, text: &[u8]) -> Result<Vec<u8>> {
        let nonce = self.next_nonce(text.len() as u64, text)?;
        let mut sealed = self.segments.seal(&nonce, text)?;
        if self.begun == 0 {
            sealed.splice(0..0, *self.segments.header());
        }
        self.begun += 1;
        self.digests.push(sha256(&sealed));
        Ok(sealed)
    }

    /// Gives the nonce of the next segment, for a host that encrypts it itself, with AES-256-GCM
    /// and no associated data. No nonce is given out twice.
    ///
    /// `start` is the segment's beginning, [`FileSealer::start_length`] bytes if it has as many;
    /// only that of the first is looked at.
    ///
    /// # Errors
    /// As [`FileSealer::seal_segment`].
    pub fn begin_segment(&mut self, length: u64, start: &[u8]) -> Result<[u8; 12]> {
        let nonce = self.next_nonce(length, start)?;
        self.begun += 1;
        Ok(nonce)
    }

    /// Checks what is known of the next segment before it is sealed.
    fn next_nonce(&self, length: u64, start: &[u8]) -> Result<[u8; 12]> {
        let Some(expected) = self.next_length() else {
            return Err(Error::SizeMismatch("the file is longer than was said".into()));
        };
        if length != expected {
            return Err(Error::SizeMismatch(
                format!("the next segment takes {expected} bytes").into(),
            ));
        }
        if self.begun == 0 {
            self.policy.check_start(&self.label, start)?;
        }
        Ok(self.segments.nonce(self.begun, self.layout.is_last(self.begun)))
    }

    /// Takes the SHA-256 of the next segment that the host has encrypted, the header counted to
    /// the first.
    ///
    /// # Errors
    /// [`Error::SizeMismatch`] when no such segment has begun.
    pub fn add_digest(&mut self, digest: [u8; 32]) -> Result<()> {
        if self.digests.len() as u64 >= u64::from(self.begun) {
            return Err(Error::SizeMismatch("no such segment has begun".into()));
        }
        self.digests.push(digest);
        Ok(())
    }

    /// Gives what the sealed file begins with.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        self.segments.header()
    }

    /// Gives the key that segments are encrypted with, for the host.
    #[must_use]
    pub fn reveal_key(&self) -> &[u8; 32] {
        self.segments.key()
    }

    /// Says how many of the first bytes the policy looks at.
    #[must_use]
    pub fn start_length(&self) -> usize {
        self.policy.start_length()
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
