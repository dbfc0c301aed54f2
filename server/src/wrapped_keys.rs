//! Wrapped keys: private keys under a password or recovery code that the server never sees. It
//! reads no more of them than their header (FORMAT.md §10).

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    error::{Code, Error, Fault},
    jose,
    secrets::MacKey,
};

/// The most bytes that wrapped keys may have: 64 statements and their keys, and some.
const LARGEST: usize = 1024 * 1024;

/// A function that stretches passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub(crate) enum KdfName {
    /// RFC 9106.
    Argon2id,
}

/// Parameters of Argon2id for a client to stretch a password with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kdf {
    /// The function.
    name: KdfName,
    /// Memory in KiB.
    #[oai(validator(minimum(value = "65536"), maximum(value = "262144")))]
    m: u32,
    /// Passes.
    #[oai(validator(minimum(value = "3"), maximum(value = "6")))]
    t: u32,
    /// Lanes.
    #[oai(validator(minimum(value = "1"), maximum(value = "1")))]
    p: u32,
    /// 16 bytes in base64url.
    #[oai(validator(min_length = 22, max_length = 22))]
    salt: String,
}

/// The header of wrapped keys for a name that has none: always the same for the same name, and
/// like those that others have.
pub(crate) fn decoy_header(key: &MacKey, name: &str) -> String {
    let salt = jose::encode(key.tag("decoy salt", name).get(..16).unwrap_or_default());
    let header = serde_json::json!({
        "alg": "dir", "enc": "A256GCM", "typ": "pli-wrapped-keys+jwe", "seq": 0,
        "kdf": {"name": "argon2id", "m": 65_536, "t": 3, "p": 1, "salt": salt},
    });
    jose::encode(header.to_string().as_bytes())
}

/// Reads the parameters out of the beginning of stored wrapped keys, of which the header is
/// enough.
///
/// # Errors
/// `internal` when what is stored was not checked.
pub(crate) fn kdf_in(beginning: &str) -> Result<Kdf, Error> {
    let protected = beginning.split('.').next().unwrap_or_default();
    jose::header::<ProtectedHeader<Kdf>>(protected)
        .map(|header| header.kdf)
        .ok_or_else(|| Error::internal("stored keys without a header"))
}

impl Kdf {
    fn is_allowed(&self) -> bool {
        (65_536..=262_144).contains(&self.m)
            && (3..=6).contains(&self.t)
            && self.p == 1
            && jose::decode_exactly(&self.salt, 16).is_some()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProtectedHeader<K> {
    alg: String,
    enc: String,
    typ: String,
    kdf: K,
    seq: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecoveryKdf {
    name: String,
}

/// The header of keys under a password, read and found sound.
#[derive(Debug)]
pub(crate) struct PasswordHeader {
    /// How the password is stretched.
    pub(crate) kdf: Kdf,
    /// The latest statement of the history inside.
    pub(crate) seq: u64,
}

impl PasswordHeader {
    /// Checks that the keys are under the password that `stored` is under: it is stretched as the
    /// next login will stretch it.
    pub(crate) fn check_kdf(&self, stored: &str, pointer: &str) -> Result<(), Error> {
        if under_password(stored, pointer)?.kdf == self.kdf {
            Ok(())
        } else {
            Err(refuse(pointer, "the password stays, but the key derivation parameters changed"))
        }
    }
}

/// Checks that wrapped keys are those of the history's latest statement, so that no device
/// overwrites the keys of another.
///
/// # Errors
/// `keys_changed`.
pub(crate) fn check_seq(seq: u64, latest: u64, pointer: &str) -> Result<(), Error> {
    if seq == latest {
        return Ok(());
    }
    let detail = "`seq` is not that of the history's latest statement";
    Err(Error::at(Code::KeysChanged, vec![Fault::new(pointer, "invalid_value", detail)]))
}

/// Reads the header of keys that are wrapped under a password.
///
/// # Errors
/// `bad_wrapped_keys`.
pub(crate) fn under_password(jwe: &str, pointer: &str) -> Result<PasswordHeader, Error> {
    let header: ProtectedHeader<Kdf> = read(jwe, pointer)?;
    if !header.kdf.is_allowed() {
        return Err(refuse(pointer, "the key derivation parameters are out of bounds"));
    }
    Ok(PasswordHeader { kdf: header.kdf, seq: header.seq })
}

/// Reads the header of keys that are wrapped under a recovery code, and says which statement is
/// the latest inside.
///
/// # Errors
/// `bad_wrapped_keys`.
pub(crate) fn under_recovery_code(jwe: &str, pointer: &str) -> Result<u64, Error> {
    let header: ProtectedHeader<RecoveryKdf> = read(jwe, pointer)?;
    if header.kdf.name != "recovery" {
        return Err(refuse(pointer, "`kdf` is not that of a recovery code"));
    }
    Ok(header.seq)
}

/// Checks the shape of a compact JWE with a direct key (RFC 7516, section 7.1).
fn read<K: DeserializeOwned>(jwe: &str, pointer: &str) -> Result<ProtectedHeader<K>, Error> {
    let shape = || refuse(pointer, "not a compact JWE of wrapped keys");
    if jwe.len() > LARGEST {
        return Err(shape());
    }
    let parts: Vec<&str> = jwe.split('.').collect();
    let [protected, "", iv, ciphertext, tag] = parts.as_slice() else {
        return Err(shape());
    };
    let header: ProtectedHeader<K> = jose::header(protected).ok_or_else(shape)?;
    let sound = header.alg == "dir"
        && header.enc == "A256GCM"
        && header.typ == "pli-wrapped-keys+jwe"
        && jose::decode_exactly(iv, 12).is_some()
        && jose::decode(ciphertext).is_some_and(|bytes| !bytes.is_empty())
        && jose::decode_exactly(tag, 16).is_some();
    if sound { Ok(header) } else { Err(shape()) }
}

fn refuse(pointer: &str, detail: &'static str) -> Error {
    Error::at(Code::BadWrappedKeys, vec![Fault::new(pointer, "invalid_value", detail)])
}
