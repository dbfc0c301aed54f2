//! Failures to order, for the tests of what the package does after one: only with the feature
//! `traps`, and so never in the package.

use std::{
    alloc::{Layout, handle_alloc_error},
    hint::black_box,
    sync::atomic::{AtomicU8, Ordering},
};

use wasm_bindgen::prelude::wasm_bindgen;

static NEXT: AtomicU8 = AtomicU8::new(0);

/// Lets the next call that handles secrets fail when its work is done: 1 by a panic, 2 by a stack
/// overflow, 3 for lack of memory.
#[wasm_bindgen(js_name = failNext)]
#[allow(unreachable_pub, reason = "JavaScript reaches it")]
pub fn fail_next(how: u8) {
    NEXT.store(how, Ordering::Relaxed);
}

/// Fails, if that was ordered.
#[allow(clippy::panic, reason = "it was ordered")]
pub(crate) fn spring() {
    match NEXT.swap(0, Ordering::Relaxed) {
        0 => {}
        1 => panic!("ordered"),
        2 => {
            black_box(overflow(1));
        }
        _ => handle_alloc_error(Layout::new::<u64>()),
    }
}

#[allow(unconditional_recursion, reason = "it was ordered")]
fn overflow(depth: u64) -> u64 {
    let frame = black_box([depth; 1024]);
    overflow(depth + 1) + black_box(frame)[0]
}
