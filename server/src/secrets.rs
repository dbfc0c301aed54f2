//! The server's secrets: the keys that sign tokens, and the one that decoys are made from.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use aws_lc_rs::{
    hmac, rand,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};

use crate::text::Id;

/// What stands in the secrets file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Secrets {
    /// The first one signs; those after it only verify, until they are taken out.
    signing_keys: Vec<StoredKey>,
    /// Makes the decoys that unknown names get for their key derivation parameters.
    decoy_key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    kid: Id,
    /// Ed25519, PKCS#8 in DER, base64url.
    private_key: String,
}

/// A key of the ring, ready for use.
pub(crate) struct SigningKey {
    /// Its name in the header of tokens.
    pub(crate) kid: Id,
    /// PKCS#8 in DER.
    pub(crate) private: Vec<u8>,
    /// The 32 bytes of the public key.
    pub(crate) public: Vec<u8>,
}

impl Secrets {
    /// Reads the file at `path`; makes it, readable by its owner only, when there is none.
    ///
    /// # Errors
    /// When the file can't be read or written, or is not a secrets file.
    pub(crate) fn load_or_create(path: &Path) -> io::Result<Self> {
        match fs::read(path) {
            Ok(text) => serde_json::from_slice(&text).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secrets = Self::generate()?;
                secrets.store(path)?;
                Ok(secrets)
            }
            Err(error) => Err(error),
        }
    }

    fn generate() -> io::Result<Self> {
        let mut decoy_key = [0; 32];
        rand::fill(&mut decoy_key).map_err(io::Error::other)?;
        let private_key =
            Ed25519KeyPair::generate_pkcs8(&rand::SystemRandom::new()).map_err(io::Error::other)?;
        Ok(Self {
            signing_keys: vec![StoredKey {
                kid: Id::new(),
                private_key: Base64UrlUnpadded::encode_string(private_key.as_ref()),
            }],
            decoy_key: Base64UrlUnpadded::encode_string(&decoy_key),
        })
    }

    fn store(&self, path: &Path) -> io::Result<()> {
        let partial = path.with_extension("partial");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&partial)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        fs::rename(&partial, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }

    /// The ring of keys for tokens, the signing one first.
    ///
    /// # Errors
    /// When a key is not what it should be, or there is none.
    pub(crate) fn signing_keys(&self) -> io::Result<Vec<SigningKey>> {
        if self.signing_keys.is_empty() {
            return Err(io::Error::other("the secrets file holds no signing key"));
        }
        let ready = |stored: &StoredKey| {
            let private = Base64UrlUnpadded::decode_vec(&stored.private_key)
                .map_err(|_| io::Error::other("a signing key is not base64url"))?;
            let pair = Ed25519KeyPair::from_pkcs8(&private).map_err(io::Error::other)?;
            let public = pair.public_key().as_ref().to_vec();
            Ok(SigningKey { kid: stored.kid, private, public })
        };
        self.signing_keys.iter().map(ready).collect()
    }

    /// The key that decoys are made with.
    pub(crate) fn decoy_key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.decoy_key.as_bytes())
    }
}
