//! The server's secrets: the keys that sign tokens, and the one that decoys are made from.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    hmac, rand,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64ct::{Base64UrlUnpadded, Encoding};
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
                Self::generate().and_then(|secrets| secrets.store(path))?;
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
        serde_json::from_slice(&fs::read(path)?).map_err(io::Error::other)
    }

    /// Says which secrets these are, and nothing about them.
    fn check_value(&self) -> String {
        jose::encode(hmac::sign(&self.decoy_key(), b"pli: the secrets of this database").as_ref())
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
