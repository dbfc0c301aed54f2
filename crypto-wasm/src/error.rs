//! The one error type, and its stable codes.

use std::borrow::Cow;

/// Why an input was refused, in words for a developer; never holds a secret or the input itself.
pub(crate) type Reason = Cow<'static, str>;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong, one variant for each code of FORMAT.md §12.
///
/// What is malformed is explained. What fails to decrypt is not: [`Error::DecryptFailed`] is the
/// same for a wrong key, a broken commitment and an altered ciphertext.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument is outside what the call takes.
    #[error("invalid argument: {0}")]
    InvalidArgument(Reason),
    /// A key is malformed, inconsistent, of a size that is not allowed, or missing.
    #[error("invalid key: {0}")]
    InvalidKey(Reason),
    /// A key history is not a valid chain of statements for its user.
    #[error("bad key history: {0}")]
    BadHistory(Reason),
    /// A key history is shorter than the one that was seen before.
    #[error("the key history is older than the one seen before")]
    HistoryRolledBack,
    /// A key history does not continue the one that was seen before.
    #[error("the key history does not continue the one seen before")]
    IdentityChanged,
    /// An envelope has not the shape of FORMAT.md §7.
    #[error("bad envelope: {0}")]
    BadEnvelope(Reason),
    /// None of the identity's keys is among the recipients of an envelope.
    #[error("the envelope is not addressed to this identity")]
    NotARecipient,
    /// Something sealed does not open: a wrong key or password, or altered bytes.
    #[error("decryption failed")]
    DecryptFailed,
    /// What was inside an envelope is not a signed letter of FORMAT.md §6.
    #[error("bad letter: {0}")]
    BadLetter(Reason),
    /// A letter is signed with a key that the given contact's history does not have.
    #[error("the letter is not signed with a key of the expected sender")]
    WrongSender,
    /// A letter's signature does not verify.
    #[error("the letter's signature does not verify")]
    BadSignature,
    /// A letter is signed with a key that had been replaced by then.
    #[error("the letter is signed with a key that had been replaced by then")]
    KeyRetired,
    /// The names and keys in a letter are not those of its envelope, sender and reader.
    #[error("wrong recipients: {0}")]
    WrongRecipients(Reason),
    /// A letter has another identifier than expected.
    #[error("the letter has another identifier than expected")]
    WrongId,
    /// Parameters of a password's stretching are outside the bounds of FORMAT.md §9.
    #[error("key derivation refused: {0}")]
    KdfRefused(Reason),
    /// Wrapped keys name another key derivation than the one used.
    #[error("the wrapped keys name another key derivation than the one used")]
    KdfMismatch,
    /// A recovery code is mistyped.
    #[error("bad recovery code: {0}")]
    BadRecoveryCode(Reason),
    /// A file's name, media type and leading bytes do not pass the policy.
    #[error("file refused: {0}")]
    FileRefused(Reason),
    /// The bytes of a sealed file are not those that its descriptor speaks of.
    #[error("file corrupted: {0}")]
    FileCorrupted(Reason),
    /// A file has another length than was said.
    #[error("size mismatch: {0}")]
    SizeMismatch(Reason),
    /// The host lacks something that the library cannot do without.
    #[error("not supported: {0}")]
    NotSupported(Reason),
    /// A fault of the library or of the machine.
    #[error("internal error: {0}")]
    Internal(Reason),
}

impl Error {
    /// Gives the code that stays the same over versions and languages (FORMAT.md §12).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidArgument(_) => "invalid_argument",
            Self::InvalidKey(_) => "invalid_key",
            Self::BadHistory(_) => "bad_history",
            Self::HistoryRolledBack => "history_rolled_back",
            Self::IdentityChanged => "identity_changed",
            Self::BadEnvelope(_) => "bad_envelope",
            Self::NotARecipient => "not_a_recipient",
            Self::DecryptFailed => "decrypt_failed",
            Self::BadLetter(_) => "bad_letter",
            Self::WrongSender => "wrong_sender",
            Self::BadSignature => "bad_signature",
            Self::KeyRetired => "key_retired",
            Self::WrongRecipients(_) => "wrong_recipients",
            Self::WrongId => "wrong_id",
            Self::KdfRefused(_) => "kdf_refused",
            Self::KdfMismatch => "kdf_mismatch",
            Self::BadRecoveryCode(_) => "bad_recovery_code",
            Self::FileRefused(_) => "file_refused",
            Self::FileCorrupted(_) => "file_corrupted",
            Self::SizeMismatch(_) => "size_mismatch",
            Self::NotSupported(_) => "not_supported",
            Self::Internal(_) => "internal",
        }
    }
}
