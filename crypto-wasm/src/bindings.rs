//! The library as JavaScript sees it: every export converts, none decides.
//!
//! The hand-written TypeScript facade is their only caller. What throws is an `Error` whose
//! property `code` is the stable code of FORMAT.md §12.
//!
//! An export that handles secrets wipes the stack behind itself, and keeps what it makes of them on
//! the heap, where whatever is freed is overwritten.

pub mod contact;
pub mod device;
pub mod file;
pub mod host;
pub mod identity;
pub mod keys;

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use zeroizing_alloc::ZeroAlloc;

use crate::{Error, FilePolicy, MessageId};

/// Overwrites whatever is freed: keys and texts pass through memory that no type of ours owns.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

type Thrown<T> = Result<T, JsValue>;

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let thrown = js_sys::Error::new(&error.to_string());
        // Setting a property of a new plain Error cannot fail.
        let _ = Reflect::set(&thrown, &"code".into(), &error.code().into());
        thrown.into()
    }
}

/// Takes a JavaScript number that must be a whole one, from 0 to 2^53 − 1.
fn whole(number: f64) -> Result<u64, Error> {
    if number.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&number) {
        Ok(number as u64)
    } else {
        Err(Error::InvalidArgument("not a whole number from 0 to 2^53 - 1".into()))
    }
}

fn policy(policy: Option<String>) -> Result<FilePolicy, Error> {
    policy.map_or_else(|| Ok(FilePolicy::default()), |policy| FilePolicy::from_json(&policy))
}

fn message_id(id: Option<String>) -> Result<Option<MessageId>, Error> {
    id.map(|id| MessageId::parse(&id)).transpose()
}
