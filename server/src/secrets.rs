//! The server's secrets: the keys that sign tokens, and the one for keyed hashes.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    hmac, rand,
    signature::{Ed25519KeyPair, KeyPair},
};
use serde::{Deserialize, Serialize};

use crate::{
    database::{Database, column},
    error::Error,
    jose,
    text::Id,
};

/// Why a server has no secrets to work with.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The file can't be read or made.
    #[error("the secrets file can't be used: {0}")]
    File(#[from] io::Error),
    /// The database has been used with secrets, but these are not there.
    #[error(
        "there are no secrets at {0}: copy the file there from another server of this database, or from a backup"
    )]
    Missing(PathBuf),
    /// The database has been used with other secrets.
    #[error(
        "{0} does not hold the secrets of this database: copy the file from another server of it, or from a backup"
    )]
    Foreign(PathBuf),
    /// Several servers would each make their own.
    #[error(
        "with Postgres, PLI_SECRETS_FILE must say where the secrets are that all servers share"
    )]
    NotShared,
    /// The database doesn't say whose it is.
    #[error("the database can't be asked for its secrets: {0}")]
    Database(&'static str),
}

impl From<Error> for SecretsError {
    fn from(error: Error) -> Self {
        Self::Database(error.code.title())
    }
}

/// The secrets, ready for use.
pub(crate) struct Secrets {
    /// Signs and verifies tokens.
    pub(crate) ring: Ring,
    /// Makes keyed hashes.
    pub(crate) mac_key: MacKey,
}

/// The keys for tokens.
pub(crate) struct Ring {
    /// The one that signs.
    pub(crate) signer: SigningKey,
    /// Those that only verify, until they are taken out.
    pub(crate) former: Vec<SigningKey>,
}

/// A key of the ring.
pub(crate) struct SigningKey {
    /// Its name in the header of tokens.
    pub(crate) kid: Id,
    /// PKCS#8 in DER.
    pub(crate) private: Vec<u8>,
    /// The 32 bytes of the public key.
    pub(crate) public: Vec<u8>,
}

/// The key of the hashes that tell nothing to those who don't have it (HMAC-SHA-256, RFC 2104).
pub(crate) struct MacKey(hmac::Key);

impl MacKey {
    /// The hash of `text`; another one for each `purpose`.
    pub(crate) fn tag(&self, purpose: &str, text: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(text.as_bytes());
        context.sign().as_ref().to_vec()
    }
}

/// What stands in the secrets file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    /// The first one signs.
    signing_keys: Vec<StoredKey>,
    /// 32 bytes in base64url.
    mac_key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    kid: Id,
    /// Ed25519, PKCS#8 in DER, base64url.
    private_key: String,
}

impl Secrets {
    /// Reads the file at `path` and checks that it is the one that the database was first used
    /// with. For a new database the file is made, readable by its owner only, when there is none.
    ///
    /// # Errors
    /// When the file can't be read or made, is not a secrets file, or is another database's.
    pub(crate) async fn of(database: &Database, path: &Path) -> Result<Self, SecretsError> {
        let expected = check_value(database).await?;
        let secrets = match Self::load(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if expected.is_some() {
                    return Err(SecretsError::Missing(path.to_owned()));
                }
                Stored::generate().and_then(|stored| stored.store(path))?;
                Self::load(path)?
            }
            loaded => loaded?,
        };
        let own = secrets.check_value();
        let expected = match expected {
            Some(expected) => expected,
            // Of several servers that come to a new database at once, the first one decides.
            None => claim(database, own.clone()).await?,
        };
        if expected == own { Ok(secrets) } else { Err(SecretsError::Foreign(path.to_owned())) }
    }

    fn load(path: &Path) -> io::Result<Self> {
        let stored: Stored = serde_json::from_slice(&fs::read(path)?).map_err(io::Error::other)?;
        let mut keys = stored.signing_keys.iter().map(StoredKey::ready);
        let signer = keys.next().ok_or_else(|| io::Error::other("it holds no signing key"))??;
        let former = keys.collect::<io::Result<_>>()?;
        let mac_key = jose::decode_exactly(&stored.mac_key, 32)
            .ok_or_else(|| io::Error::other("mac_key is not 32 bytes in base64url"))?;
        Ok(Self {
            ring: Ring { signer, former },
            mac_key: MacKey(hmac::Key::new(hmac::HMAC_SHA256, &mac_key)),
        })
    }

    /// Says which secrets these are, and nothing about them.
    fn check_value(&self) -> String {
        jose::encode(&self.mac_key.tag("secrets of the database", ""))
    }
}

impl StoredKey {
    fn ready(&self) -> io::Result<SigningKey> {
        let private = jose::decode(&self.private_key)
            .ok_or_else(|| io::Error::other("a signing key is not base64url"))?;
        let pair = Ed25519KeyPair::from_pkcs8(&private).map_err(io::Error::other)?;
        let public = pair.public_key().as_ref().to_vec();
        Ok(SigningKey { kid: self.kid, private, public })
    }
}

impl Stored {
    fn generate() -> io::Result<Self> {
        let mut mac_key = [0; 32];
        rand::fill(&mut mac_key).map_err(io::Error::other)?;
        let private_key =
            Ed25519KeyPair::generate_pkcs8(&rand::SystemRandom::new()).map_err(io::Error::other)?;
        Ok(Self {
            signing_keys: vec![StoredKey {
                kid: Id::new(),
                private_key: jose::encode(private_key.as_ref()),
            }],
            mac_key: jose::encode(&mac_key),
        })
    }

    /// Stores the file, unless another server has just done so.
    fn store(&self, path: &Path) -> io::Result<()> {
        let partial = path.with_extension(Id::new().to_string());
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&partial)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        let linked = fs::hard_link(&partial, path);
        fs::remove_file(&partial)?;
        if linked.is_err() && !path.exists() {
            return linked;
        }
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

/// What the secrets of the database hash to; none as long as it is new.
async fn check_value(database: &Database) -> Result<Option<String>, Error> {
    let row =
        sqlx::query("SELECT value FROM secrets_check").fetch_optional(database.reader()).await?;
    Ok(row.map(|row| column(&row, "value")).transpose()?)
}

/// Makes the secrets with the hash `own` those of the database, unless it has some, and says which
/// it has.
async fn claim(database: &Database, own: String) -> Result<String, Error> {
    database
        .write(async move |tx| {
            let claim = "INSERT INTO secrets_check (id, value) VALUES (1, $1)
                 ON CONFLICT (id) DO NOTHING";
            sqlx::query(claim).bind(&own).execute(&mut *tx).await?;
            let row = sqlx::query("SELECT value FROM secrets_check").fetch_one(tx).await?;
            Ok(column(&row, "value")?)
        })
        .await
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac;

    use super::MacKey;

    #[test]
    fn each_purpose_has_hashes_of_its_own() {
        let key = MacKey(hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]));
        let tags = [("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc")]
            .map(|(purpose, text)| key.tag(purpose, text));
        for (index, tag) in tags.iter().enumerate() {
            assert!(!tags.iter().skip(index + 1).any(|other| other == tag));
        }
        assert_eq!(key.tag("a", "bc"), key.tag("a", "bc"));
    }
}
