//! Randomness that is the same in every run.

use std::{collections::BTreeMap, convert::Infallible};

use rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};

/// A source in which each draw depends on its length, and on how many of that length came before.
///
/// Blocks of SHA-256 over `seed/length/number/block` are joined and cut. Draws of one length do not
/// disturb those of another: where a private operation is blinded from the same source, as in
/// WebAssembly, the numbers it takes have other lengths than all that shows in the result.
pub(crate) struct Fixed {
    seed: String,
    drawn: BTreeMap<usize, u64>,
}

impl Fixed {
    pub(crate) fn of(seed: impl Into<String>) -> Self {
        Self { seed: seed.into(), drawn: BTreeMap::new() }
    }
}

impl TryRng for Fixed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Infallible> {
        let length = destination.len();
        let number = self.drawn.entry(length).or_default();
        for (block, bytes) in destination.chunks_mut(32).enumerate() {
            let hash = Sha256::digest(format!("{}/{length}/{number}/{block}", self.seed));
            bytes.copy_from_slice(&hash[..bytes.len()]);
        }
        *number += 1;
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}
