//! Files: Tink's AES256_GCM_HKDF_1MB, with a digest of every segment in a signed letter
//! (FORMAT.md §13).

pub(crate) mod descriptor;
mod layout;
mod opener;
mod policy;
mod range;
mod sealer;
mod segment;

pub use descriptor::FileDescriptor;
pub use layout::{MAX_FILE, sealed_size};
pub use opener::FileOpener;
pub use policy::FilePolicy;
pub use range::FileRange;
pub use sealer::FileSealer;
