//! The call stack in WebAssembly's memory, which nothing overwrites by itself (FORMAT.md §16).

use std::mem::MaybeUninit;

use zeroize::Zeroize;

/// What is wiped, in words of 8 bytes: all of the 1 MiB that the linker gives to the stack, but
/// for 64 KiB at its beginning, where the exports themselves and their callers stand.
const WORDS: usize = (1024 - 64) * 1024 / 8;

/// Does work that passes secrets over the stack, and overwrites there what it left.
///
/// What is returned leaves through the caller's frame, which stays: it must hold no secret but
/// behind a pointer.
pub(crate) fn wiping<T>(work: impl FnOnce() -> T) -> T {
    let result = apart(work);
    wipe();
    result
}

/// Frames that are not joined with the caller's lie below it, where [`wipe`] reaches them.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    let result = work();
    #[cfg(feature = "traps")]
    crate::traps::spring();
    result
}

#[inline(never)]
fn wipe() {
    let mut below = [MaybeUninit::<u64>::uninit(); WORDS];
    below.zeroize();
}
