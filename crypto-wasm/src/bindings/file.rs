//! Files, whole or in ranges.

use wasm_bindgen::prelude::*;

use super::{Thrown, policy, whole};
use crate::{Error, FileDescriptor, FileOpener, FileRange, FileSealer, random, stack::wiping};

/// A file being sealed.
#[wasm_bindgen(js_name = FileSealer)]
pub struct JsFileSealer(Box<FileSealer>);

#[wasm_bindgen(js_class = FileSealer)]
impl JsFileSealer {
    /// See [`FileSealer::new`].
    #[wasm_bindgen(constructor)]
    pub fn new(name: &str, media_type: &str, size: f64, policy: Option<String>) -> Thrown<Self> {
        let (policy, size) = (self::policy(policy)?, whole(size)?);
        wiping(|| {
            let mut rng = random::system()?;
            Ok(Self(Box::new(FileSealer::new(name, media_type, size, policy, &mut rng)?)))
        })
    }

    /// See [`FileSealer::seal_segment`].
    #[wasm_bindgen(js_name = sealSegment)]
    pub fn seal_segment(&mut self, text: &[u8]) -> Thrown<Vec<u8>> {
        wiping(|| Ok(self.0.seal_segment(text)?))
    }

    /// See [`FileSealer::segment_length`].
    #[wasm_bindgen(js_name = segmentLength)]
    pub fn segment_length(&self, segment: u32) -> Option<f64> {
        self.0.segment_length(segment).map(|length| length as f64)
    }

    /// See [`FileSealer::header`].
    #[wasm_bindgen(getter)]
    pub fn header(&self) -> Vec<u8> {
        self.0.header().to_vec()
    }

    /// See [`FileSealer::reveal_key`].
    #[wasm_bindgen(getter)]
    pub fn key(&self) -> Vec<u8> {
        self.0.reveal_key().to_vec()
    }

    /// See [`FileSealer::start_length`].
    #[wasm_bindgen(getter, js_name = startLength)]
    pub fn start_length(&self) -> usize {
        self.0.start_length()
    }

    /// See [`FileSealer::begin_segment`].
    #[wasm_bindgen(js_name = beginSegment)]
    pub fn begin_segment(&mut self, length: f64, start: &[u8]) -> Thrown<Vec<u8>> {
        let length = whole(length)?;
        wiping(|| Ok(self.0.begin_segment(length, start)?.to_vec()))
    }

    /// See [`FileSealer::add_digest`].
    #[wasm_bindgen(js_name = addDigest)]
    pub fn add_digest(&mut self, digest: &[u8]) -> Thrown<()> {
        let digest = digest.try_into();
        let digest = digest.map_err(|_| Error::Internal("no SHA-256 digest".into()))?;
        Ok(self.0.add_digest(digest)?)
    }

    /// See [`FileSealer::finish`]; the descriptor as JSON.
    pub fn finish(&self) -> Thrown<String> {
        wiping(|| Ok(self.0.finish()?.reveal_json()?.to_string()))
    }
}

/// A file being opened.
#[wasm_bindgen(js_name = FileOpener)]
pub struct JsFileOpener(Box<FileOpener>);

#[wasm_bindgen(js_class = FileOpener)]
impl JsFileOpener {
    /// See [`FileOpener::new`].
    #[wasm_bindgen(constructor)]
    pub fn new(descriptor: &str, policy: Option<String>) -> Thrown<Self> {
        let policy = self::policy(policy)?;
        wiping(|| {
            let descriptor = FileDescriptor::from_json(descriptor)?;
            Ok(Self(Box::new(FileOpener::new(descriptor, policy)?)))
        })
    }

    /// See [`FileOpener::segment_length`].
    #[wasm_bindgen(js_name = segmentLength)]
    pub fn segment_length(&self, segment: u32) -> Option<f64> {
        self.0.segment_length(segment).map(|length| length as f64)
    }

    /// See [`FileOpener::size`].
    #[wasm_bindgen(getter)]
    pub fn size(&self) -> f64 {
        self.0.size() as f64
    }

    /// See [`FileOpener::read_header`].
    #[wasm_bindgen(js_name = readHeader)]
    pub fn read_header(&mut self, sealed: &[u8]) -> Thrown<()> {
        wiping(|| Ok(self.0.read_header(sealed)?))
    }

    /// See [`FileOpener::reveal_key`].
    #[wasm_bindgen(getter)]
    pub fn key(&self) -> Thrown<Vec<u8>> {
        Ok(self.0.reveal_key()?.to_vec())
    }

    /// See [`FileOpener::nonce`].
    pub fn nonce(&self, segment: u32, digest: &[u8]) -> Thrown<Vec<u8>> {
        Ok(self.0.nonce(segment, digest)?.to_vec())
    }

    /// See [`FileOpener::start_length`].
    #[wasm_bindgen(getter, js_name = startLength)]
    pub fn start_length(&self) -> usize {
        self.0.start_length()
    }

    /// See [`FileOpener::check_start`].
    #[wasm_bindgen(js_name = checkStart)]
    pub fn check_start(&self, start: &[u8]) -> Thrown<()> {
        wiping(|| Ok(self.0.check_start(start)?))
    }

    /// See [`FileOpener::open_segment`].
    #[wasm_bindgen(js_name = openSegment)]
    pub fn open_segment(&mut self, sealed: &[u8]) -> Thrown<Vec<u8>> {
        wiping(|| Ok(self.0.open_segment(sealed)?))
    }
}

/// A range of a file being opened.
#[wasm_bindgen(js_name = FileRange)]
pub struct JsFileRange(Box<FileRange>);

#[wasm_bindgen(js_class = FileRange)]
impl JsFileRange {
    /// See [`FileRange::new`].
    #[wasm_bindgen(constructor)]
    pub fn new(descriptor: &str, start: f64, end: f64) -> Thrown<Self> {
        let (start, end) = (whole(start)?, whole(end)?);
        wiping(|| {
            let descriptor = FileDescriptor::from_json(descriptor)?;
            Ok(Self(Box::new(FileRange::new(descriptor, start, end)?)))
        })
    }

    /// The beginning of [`FileRange::sealed`].
    #[wasm_bindgen(getter, js_name = sealedStart)]
    pub fn sealed_start(&self) -> f64 {
        self.0.sealed().start as f64
    }

    /// The end of [`FileRange::sealed`].
    #[wasm_bindgen(getter, js_name = sealedEnd)]
    pub fn sealed_end(&self) -> f64 {
        self.0.sealed().end as f64
    }

    /// See [`FileRange::read_header`].
    #[wasm_bindgen(js_name = readHeader)]
    pub fn read_header(&mut self, header: &[u8]) -> Thrown<()> {
        wiping(|| Ok(self.0.read_header(header)?))
    }

    /// The beginning of [`FileRange::left`].
    #[wasm_bindgen(getter, js_name = firstSegment)]
    pub fn first_segment(&self) -> u32 {
        self.0.left().start
    }

    /// The end of [`FileRange::left`].
    #[wasm_bindgen(getter, js_name = endSegment)]
    pub fn end_segment(&self) -> u32 {
        self.0.left().end
    }

    /// See [`FileRange::segment_length`].
    #[wasm_bindgen(js_name = segmentLength)]
    pub fn segment_length(&self, segment: u32) -> Option<f64> {
        self.0.segment_length(segment).map(|length| length as f64)
    }

    /// See [`FileRange::reveal_key`].
    #[wasm_bindgen(getter)]
    pub fn key(&self) -> Thrown<Vec<u8>> {
        Ok(self.0.reveal_key()?.to_vec())
    }

    /// See [`FileRange::nonce`].
    pub fn nonce(&self, segment: u32, digest: &[u8]) -> Thrown<Vec<u8>> {
        Ok(self.0.nonce(segment, digest)?.to_vec())
    }

    /// The beginning of [`FileRange::wanted_of`].
    #[wasm_bindgen(js_name = wantedStart)]
    pub fn wanted_start(&self, segment: u32) -> usize {
        self.0.wanted_of(segment).start
    }

    /// The end of [`FileRange::wanted_of`].
    #[wasm_bindgen(js_name = wantedEnd)]
    pub fn wanted_end(&self, segment: u32) -> usize {
        self.0.wanted_of(segment).end
    }

    /// See [`FileRange::open_segment`].
    #[wasm_bindgen(js_name = openSegment)]
    pub fn open_segment(&mut self, sealed: &[u8]) -> Thrown<Vec<u8>> {
        wiping(|| Ok(self.0.open_segment(sealed)?))
    }
}
