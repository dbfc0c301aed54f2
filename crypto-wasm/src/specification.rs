//! The worked values of FORMAT.md §17, computed and compared with what stands there.

use serde_json::json;

use crate::{
    FileDescriptor, FileOpener, FilePolicy, PasswordKdf, RecoveryCode, Stretched, base64url,
    envelope::commitment, kid::Kid, padding::padme, secret::Secret,
};

const FORMAT: &str = include_str!("../FORMAT.md");

fn assert_worked_values(values: &[&str]) {
    let (_, worked_values) = FORMAT.split_once("\n## 17. Worked values").unwrap();
    for value in values {
        assert!(worked_values.contains(&format!("`{value}`")), "{value} is not in FORMAT.md §17");
    }
}

fn in_sequence<const N: usize>(from: u8) -> [u8; N] {
    std::array::from_fn(|n| from + n as u8)
}

#[test]
fn the_key_commitment_is_as_specified() {
    let content_key = Secret::new(in_sequence(0));
    let committed = commitment(&content_key).unwrap();
    assert_worked_values(&[&content_key.to_base64url(), &committed.to_base64url()]);
}

#[test]
fn the_padded_lengths_are_as_specified() {
    for (length, padded) in [("9", 10), ("100", 104), ("257", 272), ("1,000", 1_024)] {
        assert_eq!(padme(length.replace(',', "").parse().unwrap()), padded);
        let padded = if padded == 1_024 { "1,024".to_owned() } else { padded.to_string() };
        assert!(FORMAT.contains(&format!("{length} → {padded}")));
    }
}

#[test]
fn the_secrets_of_a_password_are_as_specified() {
    let salt = base64url::encode(&in_sequence::<16>(0));
    let kdf = json!({"name": "argon2id", "m": 65_536, "t": 3, "p": 1, "salt": salt});
    let kdf = PasswordKdf::from_json(&kdf.to_string()).unwrap();
    let stretched = Stretched::new("correct horse", kdf).unwrap();
    assert_worked_values(&[
        &salt,
        &stretched.login_secret(),
        &stretched.wrapping_key().to_base64url(),
    ]);
}

#[test]
fn the_secrets_of_a_recovery_code_are_as_specified() {
    let code = RecoveryCode::parse("000G-40R4-0M30-E209-185G-R38E-1W81-24GK-R").unwrap();
    assert_worked_values(&[
        &code.reveal(),
        &code.recovery_secret().unwrap(),
        &code.wrapping_key().unwrap().to_base64url(),
    ]);
}

#[test]
fn the_sealed_file_is_as_specified() {
    let sealed =
        "KCAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4_QEFCQ0RFRkRoHD1QZWWApQ-yKvlE5yjUEBRGfA";
    let digest = "vviU0TiAt9jKlxbeXZk_KgzeOQIhqwkvtfaccfIMp7s";
    assert_worked_values(&[sealed, digest]);
    let descriptor = json!({
        "name": "hello.txt",
        "media_type": "text/plain",
        "size": 5,
        "key": base64url::encode(&in_sequence::<32>(0)),
        "digests": [digest],
    });
    let descriptor = FileDescriptor::from_json(&descriptor.to_string()).unwrap();
    let mut opener = FileOpener::new(descriptor, FilePolicy::default()).unwrap();
    let sealed = base64url::decode(sealed).unwrap();
    assert_eq!(opener.open_segment(&sealed).unwrap(), b"hello");
}

#[test]
fn the_thumbprint_is_as_specified() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    assert_worked_values(&[Kid::of_modulus(n).as_str()]);
}

#[test]
fn every_code_is_explained_and_every_explained_code_exists() {
    use crate::Error;
    let why = || "".into();
    let errors = [
        Error::InvalidArgument(why()),
        Error::InvalidKey(why()),
        Error::BadHistory(why()),
        Error::HistoryRolledBack,
        Error::IdentityChanged,
        Error::BadEnvelope(why()),
        Error::NotARecipient,
        Error::DecryptFailed,
        Error::BadLetter(why()),
        Error::WrongSender,
        Error::BadSignature,
        Error::KeyRetired,
        Error::WrongRecipients(why()),
        Error::WrongId,
        Error::KdfRefused(why()),
        Error::KdfMismatch,
        Error::BadRecoveryCode(why()),
        Error::FileRefused(why()),
        Error::FileCorrupted(why()),
        Error::SizeMismatch(why()),
        Error::NotSupported(why()),
        Error::Internal(why()),
    ];
    let (_, table) = FORMAT.split_once("\n## 12. Error codes").unwrap();
    let (table, _) = table.split_once("\n## 13.").unwrap();
    let mut explained: Vec<&str> =
        table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let mut codes: Vec<&str> = errors.iter().map(Error::code).collect();
    explained.sort_unstable();
    codes.sort_unstable();
    assert_eq!(explained, codes);
}
