//! End-to-end encryption for messages and files.
//!
//! The formats are JOSE and Tink's; FORMAT.md, beside this crate's manifest, specifies them. The
//! crate is synchronous and knows no host: no clock, no network, no storage. Randomness is handed
//! in; [`random::system`] gives the host's.
//!
//! - Keys: [`KeyDraft`] makes them, [`PublicKey`] and [`PrivateKey`] import and export them.
//! - Trust: a [`History`] is a verified chain of key statements; a [`Contact`] is somebody's
//!   history held against what was seen before; [`safety_number`] is for people to compare.
//! - Letters: an [`Identity`] seals and opens them. A [`Letter`] can only be had by opening.
//! - Files: [`FileSealer`], [`FileOpener`] and [`FileRange`] work a segment at a time.
//! - Keeping: [`Stretched`] passwords and [`RecoveryCode`]s wrap an identity for a server.
//!
//! Keys and stretched passwords are wiped when they are dropped, in every program. The texts on the
//! way to them and to letters, JSON above all, are wiped in WebAssembly alone, by its allocator; a
//! native program that wants that sets one like it (`zeroizing_alloc`, say).
//!
//! ```
//! # fn main() -> Result<(), pli_crypto::Error> {
//! use pli_crypto::{Contact, Content, Identity, KeyDraft, Timestamp, Username, random};
//!
//! let mut rng = random::system()?;
//! let now = Timestamp::from_seconds(1_790_000_000)?;
//! let mut someone = |name: &str| {
//!     let mut keys = KeyDraft::new(2048)?;
//!     while keys.step(&mut rng)? < 4 {}
//!     Identity::create(&Username::parse(name)?, keys.finish()?, now, &mut random::system()?)
//! };
//! let (alice, bob) = (someone("alice")?, someone("bob")?);
//!
//! // Each gets the other's history from the server, and pins it.
//! let to_bob = Contact::from_history(&bob.history().to_json()?, bob.username(), None)?;
//! let from_alice = Contact::from_history(&alice.history().to_json()?, alice.username(), None)?;
//!
//! let hello = Content::Text("Hello, Bob".into());
//! let sealed = alice.seal(hello.clone(), &[&to_bob], now, None, &mut rng)?;
//! let letter = bob.open(&sealed.envelope, &from_alice, Some(&sealed.id))?;
//! assert_eq!(letter.content, hello);
//! # Ok(())
//! # }
//! ```

mod aead;
mod base64url;
#[cfg(target_arch = "wasm32")]
pub mod bindings;
mod contact;
mod device;
mod envelope;
mod error;
mod file;
mod history;
mod identity;
mod json;
mod jwe;
mod jws;
mod key_draft;
mod key_file;
mod kid;
#[cfg(test)]
mod known_answers;
mod letter;
mod message_id;
mod opening;
mod padding;
mod password;
mod private_key;
mod public_key;
pub mod random;
mod recovery;
mod safety_number;
mod sealing;
mod secret;
mod signature;
#[cfg(test)]
mod specification;
#[cfg(target_arch = "wasm32")]
mod stack;
mod statement;
mod timestamp;
#[cfg(all(target_arch = "wasm32", feature = "traps"))]
mod traps;
mod username;
mod wrapped_keys;

pub use contact::Contact;
pub use device::{DeviceCopy, DeviceLock};
pub use envelope::MAX_ENVELOPE;
pub use error::{Error, Result};
pub use file::{
    FileDescriptor, FileOpener, FilePolicy, FileRange, FileSealer, MAX_FILE, sealed_size,
};
pub use history::{History, MAX_STATEMENTS, Signer};
pub use identity::{Expected, Identity, RecoveryKit, Rotation};
pub use key_draft::{KeyDraft, KeyPairs};
pub use kid::Kid;
pub use letter::{Content, Letter, MAX_LETTER, MAX_RECIPIENTS, Party};
pub use message_id::MessageId;
pub use opening::Opening;
pub use password::{PasswordKdf, Stretched};
pub use private_key::PrivateKey;
pub use public_key::{KeyUse, PublicKey};
pub use recovery::RecoveryCode;
pub use safety_number::{SafetyHalf, safety_number};
pub use sealing::{Sealed, Sealing};
pub use signature::{Signing, verify};
pub use timestamp::Timestamp;
pub use username::Username;
