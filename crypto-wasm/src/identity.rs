//! Identities: one's own keys, and everything that is done with them.

use std::fmt;

use crate::{
    contact::Contact,
    device::DeviceLock,
    error::{Error, Result},
    history::History,
    jws::{Purpose, Signature},
    key_draft::KeyPairs,
    kid::Kid,
    letter::{Content, Draft, Letter, MAX_RECIPIENTS, Party},
    message_id::MessageId,
    opening::Opening,
    password::Stretched,
    private_key::PrivateKey,
    public_key::PublicKey,
    recovery::RecoveryCode,
    safety_number::SafetyHalf,
    sealing::{Sealed, Sealing},
    secret::Secret,
    signature::Signing,
    timestamp::Timestamp,
    username::Username,
    wrapped_keys::{self, NamedKdf, PrivateKeys},
};
use rand_core::CryptoRng;

/// A user's keys, private ones included, and the history that vouches for them.
pub struct Identity {
    keys: PrivateKeys,
    history: History,
}

/// What an identity must be to be unlocked, as far as the caller knows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected<'a> {
    /// Whose it must be.
    pub username: Option<&'a Username>,
    /// The history last seen, which it must continue.
    pub pin: Option<&'a str>,
}

/// A recovery code, and what belongs to it.
#[derive(Debug)]
#[non_exhaustive]
pub struct RecoveryKit {
    /// The code, for the user to keep.
    pub code: RecoveryCode,
    /// The copy of the wrapped keys that the code opens, for the server to keep.
    pub wrapped_keys: String,
}

/// What a rotation leaves to be published.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Rotation {
    /// The new statement, as JSON.
    pub statement: String,
    /// The remade copy under the recovery code, if the identity has one.
    pub recovery_wrapped_keys: Option<String>,
}

impl Identity {
    /// Begins an identity, with its first statement.
    ///
    /// # Errors
    /// [`Error::Internal`] and [`Error::NotSupported`] only.
    pub fn create(
        username: &Username,
        keys: KeyPairs,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let history = History::begin(username, &keys, now, rng)?;
        Ok(Self { keys: PrivateKeys { current: keys, former: vec![], recovery: None }, history })
    }

    /// Opens wrapped keys with a stretched password.
    ///
    /// # Errors
    /// [`Error::KdfMismatch`] when they are wrapped for another derivation: the password counts as
    /// exposed. [`Error::DecryptFailed`] for a wrong password and for damage alike.
    /// [`Error::BadHistory`], [`Error::InvalidKey`], [`Error::HistoryRolledBack`] and
    /// [`Error::IdentityChanged`] when what is inside does not hold together or is not what was
    /// expected.
    pub fn unlock(text: &str, stretched: &Stretched, expected: Expected) -> Result<Self> {
        Self::unwrap(text, stretched.wrapping_key(), &stretched.kdf().wire(), expected)
    }

    /// Opens the copy under a recovery code.
    ///
    /// # Errors
    /// As [`Identity::unlock`].
    pub fn recover(text: &str, code: &RecoveryCode, expected: Expected) -> Result<Self> {
        Self::unwrap(text, &code.wrapping_key()?, &NamedKdf::RECOVERY, expected)
    }

    fn unwrap(
        text: &str,
        wrapping_key: &Secret,
        kdf: &impl serde::Serialize,
        expected: Expected,
    ) -> Result<Self> {
        let (keys, history) = wrapped_keys::unwrap(text, wrapping_key, kdf)?;
        Self::expected(keys, history, expected)
    }

    /// Sees that what was unwrapped is what the caller expects.
    pub(crate) fn expected(
        keys: PrivateKeys,
        mut history: History,
        expected: Expected,
    ) -> Result<Self> {
        if let Some(username) = expected.username {
            history = history.belonging_to(username)?;
        }
        if let Some(pin) = expected.pin {
            history.check_pin(pin)?;
        }
        Ok(Self { keys, history })
    }

    /// Wraps the keys under a stretched password.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn lock(&self, stretched: &Stretched, rng: &mut impl CryptoRng) -> Result<String> {
        let kdf = stretched.kdf().wire();
        wrapped_keys::wrap(&self.keys, &self.history, stretched.wrapping_key(), &kdf, rng)
    }

    /// Begins to wrap the keys for this device, under a key that the host keeps.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn device_lock(&self) -> Result<DeviceLock> {
        let (header, contents) = wrapped_keys::write(&self.keys, &self.history, &NamedKdf::DEVICE)?;
        Ok(DeviceLock::new(&header, contents))
    }

    /// Makes a new recovery code and the copy under it; an older code is forgotten.
    ///
    /// Lock the identity again afterwards: its keys now include the code's wrapping key, so that
    /// a rotation can remake the copy.
    ///
    /// # Errors
    /// [`Error::Internal`] only; the identity is then as before.
    pub fn recovery_kit(&mut self, rng: &mut impl CryptoRng) -> Result<RecoveryKit> {
        let code = RecoveryCode::random(rng);
        let key = code.wrapping_key()?;
        let keys = PrivateKeys { recovery: Some(key.clone()), ..self.keys.clone() };
        let wrapped_keys =
            wrapped_keys::wrap(&keys, &self.history, &key, &NamedKdf::RECOVERY, rng)?;
        self.keys = keys;
        Ok(RecoveryKit { code, wrapped_keys })
    }

    /// Replaces both keys, with a statement that the former signing key vouches for.
    ///
    /// Lock the identity again afterwards, and publish the statement together with what locking
    /// gives. The former signing key is dropped; the former encryption key stays, to read with.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for keys that were used before and when the history is full; the
    /// identity is then as before.
    pub fn rotate(
        &mut self,
        keys: KeyPairs,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Rotation> {
        let history = self.history.extended(&self.keys.current.signing, &keys, now, rng)?;
        let mut former = vec![self.keys.current.encryption.clone()];
        former.extend_from_slice(&self.keys.former);
        let recovery = self.keys.recovery.clone();
        let keys = PrivateKeys { current: keys, former, recovery };
        let remake = |key| wrapped_keys::wrap(&keys, &history, key, &NamedKdf::RECOVERY, rng);
        let rotation = Rotation {
            statement: history.latest_json()?,
            recovery_wrapped_keys: keys.recovery.as_ref().map(remake).transpose()?,
        };
        *self = Self { keys, history };
        Ok(rotation)
    }

    /// Seals a letter to contacts and to oneself.
    ///
    /// One's own contact may be among them, and nobody else twice.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a letter of more than 1 MiB, more than 256 recipients, and
    /// two contacts of the same name or key.
    pub fn seal(
        &self,
        content: Content,
        to: &[&Contact],
        now: Timestamp,
        id: Option<MessageId>,
        rng: &mut impl CryptoRng,
    ) -> Result<Sealed> {
        let sealing = self.begin_sealing(content, to, now, id, rng)?;
        let signature = self.keys.current.signing.sign(&sealing.hash(), rng)?;
        sealing.finish(&signature, rng)
    }

    /// Begins to seal a letter that a host will sign, with the key of [`Identity::signing_kid`].
    ///
    /// # Errors
    /// As [`Identity::seal`].
    pub fn begin_sealing(
        &self,
        content: Content,
        to: &[&Contact],
        now: Timestamp,
        id: Option<MessageId>,
        rng: &mut impl CryptoRng,
    ) -> Result<Sealing> {
        let recipients = self.recipients(to)?;
        let signer = self.keys.current.signing.public();
        let party =
            |sub: &Username, key: &PublicKey| Party { sub: sub.clone(), kid: key.kid().clone() };
        let draft = Draft {
            id: id.unwrap_or_else(|| MessageId::random(rng)),
            sent_at: now,
            from: party(self.username(), signer),
            to: recipients.iter().map(|(username, key)| party(username, key)).collect(),
            content,
        };
        let keys = recipients.into_iter().map(|(_, key)| key.clone()).collect();
        Sealing::new(draft, signer, keys)
    }

    /// Everyone who gets a letter, oneself included, in the order of the kids.
    fn recipients<'a>(&'a self, to: &[&'a Contact]) -> Result<Vec<(&'a Username, &'a PublicKey)>> {
        let own = (self.username(), self.keys.current.encryption.public());
        let mut all = vec![own];
        for (username, key) in
            to.iter().map(|contact| (contact.username(), contact.encryption_key()))
        {
            if (username, key.kid()) == (own.0, own.1.kid()) {
                continue;
            }
            if all.iter().any(|other| other.0 == username || other.1.kid() == key.kid()) {
                return Err(Error::InvalidArgument("two recipients share a name or a key".into()));
            }
            all.push((username, key));
        }
        if all.len() > MAX_RECIPIENTS {
            return Err(Error::InvalidArgument("more than 256 recipients".into()));
        }
        all.sort_by(|one, other| one.1.kid().cmp(other.1.kid()));
        Ok(all)
    }

    /// Opens an envelope, and gives the letter when every check of FORMAT.md §8 has passed.
    ///
    /// `from` is who sent it according to the server, and `id` what the server calls it.
    ///
    /// # Errors
    /// The codes of FORMAT.md §8, in its order.
    pub fn open(&self, envelope: &str, from: &Contact, id: Option<&MessageId>) -> Result<Letter> {
        let opening = self.begin_opening(envelope)?;
        let key = self.keys.encryption_key(opening.kid()).ok_or(Error::NotARecipient)?;
        opening.open(key.unwrap(opening.encrypted_key())?.as_ref(), from, id)
    }

    /// Begins to open an envelope whose content key a host will unwrap.
    ///
    /// # Errors
    /// The codes of FORMAT.md §8 up to step 2.
    pub fn begin_opening(&self, envelope: &str) -> Result<Opening> {
        Opening::new(envelope, &self.keys, self.username())
    }

    /// Signs bytes: a compact JWS with its payload detached, for [`verify`](crate::verify).
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn sign(&self, bytes: &[u8], rng: &mut impl CryptoRng) -> Result<String> {
        Signature::make(&self.keys.current.signing, Purpose::Signature, bytes, rng)
            .map(|signature| signature.detached())
    }

    /// Begins a signature over bytes that a host will make, with the key of
    /// [`Identity::signing_kid`].
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn begin_signing(&self, bytes: &[u8]) -> Result<Signing> {
        Signing::new(self.keys.current.signing.public(), bytes)
    }

    /// Names the current key that the identity signs with.
    #[must_use]
    pub fn signing_kid(&self) -> &Kid {
        self.keys.current.signing.public().kid()
    }

    /// Names the key that the identity is written to with.
    #[must_use]
    pub fn encryption_kid(&self) -> &Kid {
        self.keys.current.encryption.public().kid()
    }

    /// Gives the private key of that name, for a host that is to work with it; `None` if it is
    /// not held.
    #[must_use]
    pub fn private_key(&self, kid: &str) -> Option<&PrivateKey> {
        self.keys.all().find(|key| key.public().kid().as_str() == kid)
    }

    /// Says whose identity it is.
    #[must_use]
    pub fn username(&self) -> &Username {
        self.history.username()
    }

    /// Gives the public history.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Gives one's own half of a safety number.
    #[must_use]
    pub fn safety_half(&self) -> SafetyHalf {
        SafetyHalf::of(&self.history)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Identity({}, [redacted])", self.username())
    }
}
