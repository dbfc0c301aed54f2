//! Whatever structure comes in, nothing panics, and a refusal has the code of what came in.
//!
//! Three kinds of input: any text; any JSON, of the members and words of the formats; and what is
//! right, with some of it replaced, removed, repeated or cut.

use std::sync::OnceLock;

use pli_crypto::{
    Contact, Content, Expected, FileDescriptor, FilePolicy, Identity, KeyUse, MessageId,
    PasswordKdf, PrivateKey, PublicKey, RecoveryCode, Result, SafetyHalf, Stretched, Timestamp,
    Username, random, verify,
};
use proptest::{
    collection::vec, option, prelude::*, sample::Index, strategy::Union, test_runner::Config,
};
use serde_json::{Map, Value, json};

use crate::{
    forged_statements::{first_payload, public_jwk, statement_of_bytes},
    forgery::{Forgery, encode},
    people::{Person, code, key_file, username},
    rewrapping::{KDF, PASSWORD, header, rewrapped},
};

const NAMES: [&str; 42] = [
    "alg",
    "aad",
    "digests",
    "enc",
    "encrypted_key",
    "extensions",
    "file",
    "from",
    "header",
    "history",
    "iat",
    "id",
    "iv",
    "k",
    "kc",
    "kdf",
    "keys",
    "kid",
    "kty",
    "m",
    "magic",
    "mediaType",
    "media_type",
    "n",
    "name",
    "p",
    "pad",
    "payload",
    "prev",
    "protected",
    "recipients",
    "salt",
    "sent_at",
    "seq",
    "signatures",
    "signature",
    "size",
    "sub",
    "tag",
    "text",
    "to",
    "v",
];
const WORDS: [&str; 16] = [
    "",
    "A256GCM",
    "AA",
    "AQAB",
    "PS256",
    "RSA",
    "RSA-OAEP-256",
    "alice",
    "any",
    "argon2id",
    "enc",
    "file",
    "pli-keys+json",
    "sig",
    "text",
    "2026-09-21T15:00:00Z",
];

/// Any JSON value of the words of the formats, and of others.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(&WORDS[..]).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        vec(any::<u8>(), 0..40).prop_map(|bytes| json!(encode(bytes))),
        any::<[u8; 32]>().prop_map(|bytes| json!(encode(bytes))),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let name = proptest::sample::select(&NAMES[..]).prop_map(str::to_owned);
        let member = (name, inner.clone());
        prop_oneof![
            vec(inner, 0..6).prop_map(Value::from),
            vec(member, 0..8).prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

/// What is done to one place of what is right.
#[derive(Debug, Clone)]
enum Change {
    /// Puts another value there, or none.
    Value(Index, Option<Value>),
    /// Cuts out some text, and puts other text there.
    Text(Index, Index, String),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        3 => (any::<Index>(), option::weighted(0.8, json_value()))
            .prop_map(|(place, value)| Change::Value(place, value)),
        1 => (any::<Index>(), any::<Index>(), any::<String>())
            .prop_map(|(start, end, text)| Change::Text(start, end, text)),
    ];
    vec(change, 1..3)
}

/// Makes each change to the text of a JSON value, or to the text alone where it is JSON no more.
fn changed(right: &str, changes: Vec<Change>) -> String {
    changes.into_iter().fold(right.to_owned(), |text, change| match change {
        Change::Value(place, new) => match serde_json::from_str::<Value>(&text) {
            Ok(mut value) => {
                let all = pointers(&value, "");
                let pointer = &all[place.index(all.len())];
                match new {
                    Some(new) => replace(&mut value, pointer, new),
                    None => remove(&mut value, pointer),
                }
                value.to_string()
            }
            Err(_) => text,
        },
        Change::Text(start, end, new) => {
            let all: Vec<char> = text.chars().collect();
            let (start, end) = (start.index(all.len() + 1), end.index(all.len() + 1));
            let (start, end) = (start.min(end), start.max(end));
            all[..start]
                .iter()
                .copied()
                .chain(new.chars())
                .chain(all[end..].iter().copied())
                .collect()
        }
    })
}

/// Gives the JSON pointer of every value in a value, itself included.
fn pointers(value: &Value, at: &str) -> Vec<String> {
    let deeper: Vec<String> = match value {
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .flat_map(|(n, element)| pointers(element, &format!("{at}/{n}")))
            .collect(),
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| pointers(member, &format!("{at}/{name}")))
            .collect(),
        _ => vec![],
    };
    [at.to_owned()].into_iter().chain(deeper).collect()
}

fn replace(value: &mut Value, pointer: &str, new: Value) {
    if let Some(place) = value.pointer_mut(pointer) {
        *place = new;
    }
}

fn remove(value: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    match (value.pointer_mut(parent), name.parse::<usize>()) {
        (Some(Value::Array(elements)), Ok(n)) if n < elements.len() => drop(elements.remove(n)),
        (Some(Value::Object(members)), _) => drop(members.remove(name)),
        _ => (),
    }
}

/// Any text, any JSON, and what is right but for some changes.
fn text_like(right: impl Into<String>) -> impl Strategy<Value = String> {
    let right = right.into();
    Union::new([
        any::<String>().boxed(),
        json_value().prop_map(|value| value.to_string()).boxed(),
        changes().prop_map(move |changes| changed(&right, changes)).boxed(),
    ])
}

/// Runs what takes a text on many, and sees that it gives none but these codes.
fn refuses_with<T>(
    cases: u32,
    right: impl Into<String>,
    codes: &[&str],
    read: impl Fn(&str) -> Result<T>,
) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = proptest::test_runner::TestRunner::new(config).run(&text_like(right), |text| {
        let came = code(read(&text));
        prop_assert!(came == "ok" || codes.contains(&came), "{came}");
        Ok(())
    });
    outcome.unwrap();
}

// By what a case costs: parsing alone, or a private operation as well.
const MANY: u32 = 1_000;
const SOME: u32 = 500;
const FEW: u32 = 150;

fn alice_and_bob() -> &'static (Person, Person) {
    static BOTH: OnceLock<(Person, Person)> = OnceLock::new();
    BOTH.get_or_init(|| (Person::named("alice"), Person::named("bob")))
}

#[test]
fn of_histories() {
    let (alice, _) = alice_and_bob();
    let read = |text: &str| Contact::from_history(text, &username("alice"), None);
    refuses_with(MANY, alice.history(), &["bad_history"], read);
}

#[test]
fn of_signed_statements() {
    let read = |text: &str| {
        let history = json!([statement_of_bytes(text.as_bytes(), &["alice"])]).to_string();
        Contact::from_history(&history, &username("alice"), None)
    };
    let right = first_payload().to_string();
    assert_eq!(code(read(&right)), "ok");
    refuses_with(FEW, right, &["bad_history"], read);
}

#[test]
fn of_pins() {
    let (alice, _) = alice_and_bob();
    let history = alice.history();
    let read = |text: &str| Contact::from_history(&history, &username("alice"), Some(text));
    let codes = ["invalid_argument", "identity_changed", "history_rolled_back"];
    refuses_with(MANY, history.clone(), &codes, read);
}

#[test]
fn of_envelopes() {
    let (alice, bob) = alice_and_bob();
    let (right, contact) = (Forgery::new(alice, &[bob]).envelope(), alice.contact());
    let read = |text: &str| bob.identity.open(text, &contact, None);
    assert_eq!(code(read(&right.to_string())), "ok");
    // JWE does not authenticate who else is among the recipients; the letter does.
    let codes = ["bad_envelope", "not_a_recipient", "decrypt_failed", "wrong_recipients"];
    refuses_with(SOME, right.to_string(), &codes, read);
}

#[test]
fn of_headers_of_envelopes() {
    let (alice, bob) = alice_and_bob();
    let (right, contact) = (Forgery::new(alice, &[bob]), alice.contact());
    let mut envelope = right.envelope();
    envelope["recipients"] = json!([]);
    let read = |text: &str| {
        let mut envelope = envelope.clone();
        envelope["protected"] = json!(encode(text));
        bob.identity.open(&envelope.to_string(), &contact, None)
    };
    refuses_with(MANY, right.header.to_string(), &["bad_envelope"], read);
}

#[test]
fn of_letters() {
    let (alice, bob) = alice_and_bob();
    let contact = alice.contact();
    let read = |text: &str| {
        let mut forgery = Forgery::new(alice, &[bob]);
        let signed =
            crate::forgery::sign(&forgery.signing_key, &forgery.letter_header, text.as_bytes());
        forgery.inside = Some(signed.into_bytes());
        bob.identity.open(&forgery.envelope().to_string(), &contact, None)
    };
    let right = Forgery::new(alice, &[bob]).letter.to_string();
    assert_eq!(code(read(&right)), "ok");
    refuses_with(FEW, right, &["bad_letter", "wrong_recipients"], read);
}

#[test]
fn of_signed_letters() {
    let (alice, bob) = alice_and_bob();
    let contact = alice.contact();
    let read = |text: &str| {
        let mut forgery = Forgery::new(alice, &[bob]);
        forgery.inside = Some(text.as_bytes().to_vec());
        bob.identity.open(&forgery.envelope().to_string(), &contact, None)
    };
    let right = Forgery::new(alice, &[bob]).signed();
    assert_eq!(code(read(&right)), "ok");
    refuses_with(FEW, right, &["bad_letter", "wrong_sender", "bad_signature"], read);
}

fn stretched() -> &'static Stretched {
    static STRETCHED: OnceLock<Stretched> = OnceLock::new();
    STRETCHED
        .get_or_init(|| Stretched::new(PASSWORD, PasswordKdf::from_json(KDF).unwrap()).unwrap())
}

#[test]
fn of_wrapped_keys_and_their_headers() {
    let (alice, _) = alice_and_bob();
    let wrapped = alice.identity.lock(stretched(), &mut random::system().unwrap()).unwrap();
    let unlock = |text: &str| Identity::unlock(text, stretched(), Expected::default());
    let codes = ["decrypt_failed", "kdf_mismatch"];
    refuses_with(MANY, &wrapped, &codes, unlock);
    let rest = wrapped.split_once('.').unwrap().1;
    let with_header = |text: &str| unlock(&format!("{}.{rest}", encode(text)));
    refuses_with(MANY, header(&wrapped).to_string(), &codes, with_header);
}

#[test]
fn of_the_contents_of_wrapped_keys() {
    let (alice, _) = alice_and_bob();
    let wrapped = alice.identity.lock(stretched(), &mut random::system().unwrap()).unwrap();
    let mut right = Value::Null;
    rewrapped(&wrapped, 0, |contents| right = contents.clone());
    let read = |text: &str| {
        let changed = rewrapped(&wrapped, 0, |contents| {
            *contents = serde_json::from_str(text).unwrap_or(Value::Null);
        });
        Identity::unlock(&changed, stretched(), Expected::default())
    };
    refuses_with(FEW, right.to_string(), &["decrypt_failed", "bad_history", "invalid_key"], read);
}

#[test]
fn of_detached_signatures() {
    let (alice, _) = alice_and_bob();
    let contact = alice.contact();
    let right = alice.identity.sign(b"bytes", &mut random::system().unwrap()).unwrap();
    refuses_with(MANY, right, &["invalid_argument"], |text| verify(text, b"bytes", &contact));
}

#[test]
fn of_keys_in_json() {
    let (public, private) = (public_jwk("alice", "signing"), &key_file("alice")["signing"]);
    refuses_with(MANY, public.to_string(), &["invalid_key"], |text| {
        PublicKey::from_jwk(text, KeyUse::Signing)
    });
    refuses_with(FEW, private.to_string(), &["invalid_key"], |text| {
        PrivateKey::from_jwk(text, KeyUse::Signing)
    });
}

#[test]
fn of_keys_in_pem() {
    let jwk = key_file("alice")["signing"].to_string();
    let key = PrivateKey::from_jwk(&jwk, KeyUse::Signing).unwrap();
    refuses_with(MANY, key.public().to_spki_pem().unwrap(), &["invalid_key"], |text| {
        PublicKey::from_spki_pem(text, KeyUse::Signing)
    });
    refuses_with(FEW, key.to_pkcs8_pem().unwrap().as_str(), &["invalid_key"], |text| {
        PrivateKey::from_pkcs8_pem(text, KeyUse::Signing)
    });
}

#[test]
fn of_what_the_host_and_the_server_hand_in() {
    let descriptor = json!({
        "name": "a.txt",
        "media_type": "text/plain",
        "size": 5,
        "key": encode([0; 32]),
        "digests": [encode([0; 32])],
    });
    let policy = json!([{"extensions": ["a"], "mediaType": "a/b", "magic": ["AA"]}]);
    let content = json!({"file": descriptor}).to_string();
    let mistaken = ["invalid_argument"];
    refuses_with(MANY, descriptor.to_string(), &mistaken, FileDescriptor::from_json);
    refuses_with(MANY, policy.to_string(), &mistaken, FilePolicy::from_json);
    refuses_with(MANY, content, &mistaken, Content::from_json);
    refuses_with(MANY, KDF, &["kdf_refused"], PasswordKdf::from_json);
    refuses_with(MANY, "alice", &mistaken, Username::parse);
    refuses_with(MANY, "0191b2c3-0000-7000-8000-000000000001", &mistaken, MessageId::parse);
    refuses_with(MANY, "12345".repeat(6), &mistaken, SafetyHalf::parse);
    let code = "000G-40R4-0M30-E209-185G-R38E-1W81-24GK-R";
    refuses_with(MANY, code, &["bad_recovery_code"], RecoveryCode::parse);
}

proptest! {
    #![proptest_config(Config { cases: MANY, failure_persistence: None, ..Config::default() })]

    #[test]
    fn of_keys_in_der(
        start in any::<Index>(),
        length in 0_usize..8,
        new in vec(any::<u8>(), 0..12),
    ) {
        let jwk = key_file("alice")["signing"].to_string();
        static DER: OnceLock<(Vec<u8>, Vec<u8>)> = OnceLock::new();
        let (spki, pkcs8) = DER.get_or_init(|| {
            let key = PrivateKey::from_jwk(&jwk, KeyUse::Signing).unwrap();
            (key.public().to_spki_der().unwrap(), key.to_pkcs8_der().unwrap().to_vec())
        });
        let altered = |der: &[u8]| {
            let start = start.index(der.len());
            let end = (start + length).min(der.len());
            let mut der = der.to_vec();
            der.splice(start..end, new.iter().copied());
            der
        };
        let (spki, pkcs8) = (altered(spki), altered(pkcs8));
        let public = code(PublicKey::from_spki_der(&spki, KeyUse::Signing));
        prop_assert!(["ok", "invalid_key"].contains(&public));
        let private = code(PrivateKey::from_pkcs8_der(&pkcs8, KeyUse::Signing));
        prop_assert!(["ok", "invalid_key"].contains(&private));
    }

    #[test]
    fn of_numbers_of_time(seconds in any::<u64>()) {
        for made in [Timestamp::from_seconds(seconds), Timestamp::from_millis(seconds)] {
            prop_assert!(["ok", "invalid_argument"].contains(&code(made)));
        }
    }
}
