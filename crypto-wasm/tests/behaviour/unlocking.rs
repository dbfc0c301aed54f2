//! Passwords, wrapped keys, recovery codes, and what they give back.

use std::sync::OnceLock;

use hkdf::Hkdf;
use pli_crypto::{Expected, Identity, PasswordKdf, RecoveryCode, Stretched, random};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    forgery::{decode, encode},
    people::{DAWN, HOUR, Person, code, key_file, text_of, username},
    rewrapping::{self, KDF, PASSWORD, header, rewrapped, with_header},
};

/// The stretched password of all these tests: stretching takes its time, once.
fn stretched() -> &'static Stretched {
    static STRETCHED: OnceLock<Stretched> = OnceLock::new();
    STRETCHED
        .get_or_init(|| Stretched::new(PASSWORD, PasswordKdf::from_json(KDF).unwrap()).unwrap())
}

fn lock(person: &Person) -> String {
    person.identity.lock(stretched(), &mut random::system().unwrap()).unwrap()
}

fn unlock(wrapped: &str) -> pli_crypto::Result<Identity> {
    Identity::unlock(wrapped, stretched(), Expected::default())
}

#[test]
fn a_locked_identity_unlocks_with_its_password() {
    let (mut alice, bob) = (Person::named("alice"), Person::named("bob"));
    let before = bob.sends("before").to(&alice);
    alice.rotates("alice-2", DAWN + HOUR).unwrap();
    let after = bob.sends("after").to(&alice);

    let again = Person { identity: unlock(&lock(&alice)).unwrap(), keys: "alice-2" };

    assert_eq!((again.name(), again.history()), ("alice", alice.history()));
    assert_eq!(text_of(&again.opens(&before.envelope, &bob).unwrap()), "before");
    assert_eq!(text_of(&again.opens(&after.envelope, &bob).unwrap()), "after");
    assert_eq!(text_of(&bob.opens(&again.sends("hi").to(&bob).envelope, &alice).unwrap()), "hi");
}

#[test]
fn the_header_names_the_derivation_and_the_statement_and_nothing_more() {
    let mut alice = Person::named("alice");
    let kdf: Value = serde_json::from_str(KDF).unwrap();
    let expected = |seq| {
        json!({
            "alg": "dir", "enc": "A256GCM", "typ": "pli-wrapped-keys+jwe", "kdf": kdf, "seq": seq,
        })
    };
    assert_eq!(header(&lock(&alice)), expected(0));
    alice.rotates("alice-2", DAWN + HOUR).unwrap();
    assert_eq!(header(&lock(&alice)), expected(1));
}

#[test]
fn the_login_secret_and_the_wrapping_key_are_hkdf_of_argon2id() {
    let output = rewrapping::stretched();
    let mut login = [0; 32];
    Hkdf::<Sha256>::new(None, output).expand(b"pli login v1", &mut login).unwrap();
    assert_eq!(*stretched().login_secret(), encode(login));
    assert_eq!(stretched().kdf().to_json().unwrap(), KDF);
}

#[test]
fn a_wrong_password_and_damaged_keys_are_one_error() {
    let wrapped = lock(&Person::named("alice"));
    let wrong = Stretched::new("wrong horse", PasswordKdf::from_json(KDF).unwrap()).unwrap();
    assert_eq!(code(Identity::unlock(&wrapped, &wrong, Expected::default())), "decrypt_failed");
    let parts: Vec<&str> = wrapped.split('.').collect();
    for place in [2, 3, 4] {
        let mut parts: Vec<String> = parts.iter().map(|&part| part.to_owned()).collect();
        let mut bytes = decode(&json!(parts[place]));
        bytes[3] ^= 1;
        parts[place] = encode(bytes);
        assert_eq!(code(unlock(&parts.join("."))), "decrypt_failed");
    }
    for text in ["", "....", "a.b.c", &wrapped[1..], &format!("{wrapped}.")] {
        assert_eq!(code(unlock(text)), "decrypt_failed");
    }
}

#[test]
fn every_truncation_and_every_flipped_bit_of_wrapped_keys_is_refused() {
    let wrapped = lock(&Person::named("alice"));
    for length in 0..wrapped.len() {
        assert_eq!(code(unlock(&wrapped[..length])), "decrypt_failed", "at {length}");
    }
    let header = wrapped.find('.').unwrap() + 1;
    for place in 0..wrapped.len() {
        for bit in 0..7 {
            let mut bytes = wrapped.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let refusal = code(unlock(&String::from_utf8(bytes).unwrap()));
            let in_place = place < header && refusal == "kdf_mismatch";
            assert!(refusal == "decrypt_failed" || in_place, "{refusal} at {place}");
        }
    }
}

#[test]
fn keys_wrapped_for_another_derivation_count_as_an_exposed_password() {
    let wrapped = lock(&Person::named("alice"));
    for kdf in [
        json!({"name": "argon2id", "m": 65536, "t": 4, "p": 1, "salt": "AAECAwQFBgcICQoLDA0ODw"}),
        json!({"name": "argon2id", "m": 65536, "t": 3, "p": 1, "salt": "AAAAAAAAAAAAAAAAAAAAAA"}),
        json!({"name": "argon2id", "m": 8, "t": 1, "p": 1, "salt": "AAECAwQFBgcICQoLDA0ODw"}),
        json!({"name": "recovery"}),
        json!({"name": "device"}),
        json!({}),
    ] {
        let altered = with_header(&wrapped, |header| header["kdf"] = kdf.clone());
        assert_eq!(code(unlock(&altered)), "kdf_mismatch", "{kdf}");
    }
}

#[test]
fn a_header_with_anything_else_is_damage() {
    let wrapped = lock(&Person::named("alice"));
    for (member, value) in [
        ("alg", json!("A256KW")),
        ("enc", json!("A128GCM")),
        ("typ", json!("JWT")),
        ("zip", json!("DEF")),
        ("crit", json!([])),
        ("seq", json!(-1)),
        ("seq", json!(1)),
    ] {
        let altered = with_header(&wrapped, |header| header[member] = value.clone());
        assert_eq!(code(unlock(&altered)), "decrypt_failed", "{member}");
    }
}

#[test]
fn contents_that_do_not_hold_together_are_refused() {
    let mut alice = Person::named("alice");
    alice.rotates("alice-2", DAWN + HOUR).unwrap();
    let wrapped = lock(&alice);
    let with = |change: fn(&mut Value)| code(unlock(&rewrapped(&wrapped, 1, change)));
    assert_eq!(with(|_| ()), "ok");

    assert_eq!(with(|contents| contents["x"] = json!(1)), "decrypt_failed");
    assert_eq!(with(|contents| contents["keys"][0]["x"] = json!(1)), "decrypt_failed");
    assert_eq!(with(|contents| contents["history"] = Value::Null), "decrypt_failed");

    assert_eq!(with(|contents| contents["history"] = json!([])), "bad_history");
    assert_eq!(with(|contents| contents["history"][1]["signatures"] = json!([])), "bad_history");
    assert_eq!(code(unlock(&rewrapped(&wrapped, 0, |_| ()))), "bad_history");
    assert_eq!(code(unlock(&rewrapped(&wrapped, 2, |_| ()))), "bad_history");

    let remove = |contents: &mut Value, n: usize| {
        contents["keys"].as_array_mut().unwrap().remove(n);
    };
    let with = |change: &dyn Fn(&mut Value)| code(unlock(&rewrapped(&wrapped, 1, change)));
    assert_eq!(with(&|contents| remove(contents, 0)), "invalid_key");
    assert_eq!(with(&|contents| remove(contents, 1)), "invalid_key");
    assert_eq!(with(&|contents| remove(contents, 2)), "ok", "without a former key");
    let add = |contents: &mut Value, key: Value| {
        contents["keys"].as_array_mut().unwrap().push(key);
    };
    let recovery = json!({"kty": "oct", "k": encode([1; 32]), "kid": "recovery"});
    assert_eq!(with(&|contents| add(contents, recovery.clone())), "ok");
    for (what, key) in [
        ("a former signing key", key_file("alice")["signing"].clone()),
        ("a key of the history again", key_file("alice")["encryption"].clone()),
    ] {
        assert_eq!(with(&|contents| add(contents, key.clone())), "ok", "{what}");
    }
    let mut inconsistent = key_file("alice")["encryption"].clone();
    inconsistent["dp"] = inconsistent["dq"].clone();
    for (what, key) in [
        ("a stranger's key", key_file("bob")["encryption"].clone()),
        ("numbers that do not agree", inconsistent),
        ("another oct key", json!({"kty": "oct", "k": encode([1; 32]), "kid": "other"})),
    ] {
        assert_eq!(with(&|contents| add(contents, key.clone())), "invalid_key", "{what}");
    }
    let twice = |contents: &mut Value| {
        add(contents, recovery.clone());
        add(contents, recovery.clone());
    };
    assert_eq!(with(&twice), "invalid_key");
}

#[test]
fn unlocking_gives_the_expected_user_or_none() {
    let alice = Person::named("alice");
    let wrapped = lock(&alice);
    let expecting = |name: &str| {
        let name = username(name);
        let expected = Expected { username: Some(&name), pin: None };
        code(Identity::unlock(&wrapped, stretched(), expected))
    };
    assert_eq!(expecting("alice"), "ok");
    assert_eq!(expecting("bob"), "bad_history");
}

#[test]
fn a_server_that_returns_older_or_other_keys_gets_nothing() {
    let mut alice = Person::named("alice");
    let (old, old_history) = (lock(&alice), alice.history());
    alice.rotates("alice-2", DAWN + HOUR).unwrap();
    let (new, new_history) = (lock(&alice), alice.history());
    let with_pin = |wrapped: &str, pin: &str| {
        let expected = Expected { username: None, pin: Some(pin) };
        code(Identity::unlock(wrapped, stretched(), expected))
    };
    assert_eq!(with_pin(&new, &old_history), "ok");
    assert_eq!(with_pin(&new, &new_history), "ok");
    assert_eq!(with_pin(&old, &new_history), "history_rolled_back");
    let stranger = Person::with_keys("alice", "mallory").history();
    assert_eq!(with_pin(&new, &stranger), "identity_changed");
}

#[test]
fn weak_or_costly_derivations_are_refused_before_any_work() {
    let salt = "AAECAwQFBgcICQoLDA0ODw";
    let refused = [
        json!({"name": "argon2id", "m": 65535, "t": 3, "p": 1, "salt": salt}),
        json!({"name": "argon2id", "m": 262_145, "t": 3, "p": 1, "salt": salt}),
        json!({"name": "argon2id", "m": u32::MAX, "t": 3, "p": 1, "salt": salt}),
        json!({"name": "argon2id", "m": 1e30, "t": 3, "p": 1, "salt": salt}),
        json!({"name": "argon2id", "m": 65536, "t": 2, "p": 1, "salt": salt}),
        json!({"name": "argon2id", "m": 65536, "t": 7, "p": 1, "salt": salt}),
        json!({"name": "argon2id", "m": 65536, "t": 3, "p": 2, "salt": salt}),
        json!({"name": "argon2id", "m": 65536, "t": 3, "p": 1, "salt": ""}),
        json!({"name": "argon2id", "m": 65536, "t": 3, "p": 1, "salt": encode([0; 15])}),
        json!({"name": "argon2id", "m": 65536, "t": 3, "p": 1, "salt": encode([0; 17])}),
        json!({"name": "argon2i", "m": 65536, "t": 3, "p": 1, "salt": salt}),
        json!({"name": "recovery"}),
        json!({"name": "argon2id", "m": 65536, "t": 3, "p": 1, "salt": salt, "x": 1}),
        Value::Null,
    ];
    for kdf in refused {
        assert_eq!(code(PasswordKdf::from_json(&kdf.to_string())), "kdf_refused", "{kdf}");
    }
    for (m, t) in [(65_536, 3), (262_144, 6)] {
        let kdf = json!({"name": "argon2id", "m": m, "t": t, "p": 1, "salt": salt});
        assert_eq!(code(PasswordKdf::from_json(&kdf.to_string())), "ok", "{kdf}");
    }
}

#[test]
fn a_new_derivation_has_the_default_cost_and_its_own_salt() {
    let mut rng = random::system().unwrap();
    let (one, other) = (PasswordKdf::fresh(&mut rng), PasswordKdf::fresh(&mut rng));
    assert_ne!(one, other);
    let json: Value = serde_json::from_str(&one.to_json().unwrap()).unwrap();
    assert_eq!((&json["m"], &json["t"], &json["p"]), (&json!(65536), &json!(3), &json!(1)));
}

#[test]
fn an_empty_password_is_refused() {
    let kdf = PasswordKdf::from_json(KDF).unwrap();
    assert_eq!(code(Stretched::new("", kdf)), "invalid_argument");
}

#[test]
fn a_recovery_code_opens_its_copy_and_no_other_does() {
    let mut alice = Person::named("alice");
    let mut rng = random::system().unwrap();
    let kit = alice.identity.recovery_kit(&mut rng).unwrap();
    let code_as_typed = RecoveryCode::parse(&kit.code.reveal().to_lowercase()).unwrap();

    let again = Identity::recover(&kit.wrapped_keys, &code_as_typed, Expected::default()).unwrap();
    assert_eq!(again.history().to_json().unwrap(), alice.history());
    assert_eq!(header(&kit.wrapped_keys)["kdf"], json!({"name": "recovery"}));

    let other = RecoveryCode::random(&mut rng);
    let recovered = Identity::recover(&kit.wrapped_keys, &other, Expected::default());
    assert_eq!(code(recovered), "decrypt_failed");
    assert_eq!(code(unlock(&kit.wrapped_keys)), "kdf_mismatch");
    let recovered = Identity::recover(&lock(&alice), &kit.code, Expected::default());
    assert_eq!(code(recovered), "kdf_mismatch");
}

#[test]
fn a_rotation_remakes_the_copy_under_the_recovery_code() {
    let mut alice = Person::named("alice");
    assert!(alice.rotates("alice-2", DAWN + HOUR).unwrap().recovery_wrapped_keys.is_none());
    let kit = alice.identity.recovery_kit(&mut random::system().unwrap()).unwrap();
    // The code's key travels in the wrapped keys: another device can rotate.
    let mut elsewhere = Person { identity: unlock(&lock(&alice)).unwrap(), keys: "alice-2" };
    let rotation = elsewhere.rotates("alice-3", DAWN + 2 * HOUR).unwrap();
    let copy = rotation.recovery_wrapped_keys.unwrap();
    let again = Identity::recover(&copy, &kit.code, Expected::default()).unwrap();
    assert_eq!(again.history().seq(), 2);
    assert_eq!(again.history().to_json().unwrap(), elsewhere.history());
    let statement: Value = serde_json::from_str(&rotation.statement).unwrap();
    let history: Value = serde_json::from_str(&elsewhere.history()).unwrap();
    assert_eq!(history[2], statement);
}

#[test]
fn an_identity_with_former_keys_survives_many_lockings() {
    let (mut alice, bob) = (Person::named("alice"), Person::named("bob"));
    let first = bob.sends("first").to(&alice);
    for (n, keys) in ["alice-2", "alice-3", "mallory"].into_iter().enumerate() {
        alice.rotates(keys, DAWN + HOUR * (n as u64 + 1)).unwrap();
        alice.identity = unlock(&lock(&alice)).unwrap();
    }
    assert_eq!(text_of(&alice.opens(&first.envelope, &bob).unwrap()), "first");
}

#[test]
fn nothing_secret_is_printed() {
    let printed = format!("{:?}", stretched());
    assert_eq!(printed.matches("[redacted]").count(), 2, "{printed}");
    let mut alice = Person::named("alice");
    let kit = alice.identity.recovery_kit(&mut random::system().unwrap()).unwrap();
    assert!(format!("{kit:?}").contains("code: [redacted]"));
}
