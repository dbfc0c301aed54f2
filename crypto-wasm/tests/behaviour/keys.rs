//! Import and export of keys.

use crypto_primes::{Flavor, random_prime};
use pli_crypto::{Identity, KeyDraft, KeyPairs, KeyUse, PrivateKey, PublicKey, Timestamp};
use rsa::{
    BoxedUint, RsaPrivateKey,
    pkcs8::{DecodePublicKey, EncodePrivateKey, EncodePublicKey},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};

use crate::{
    forgery::rsa_key,
    people::{DAWN, code, key_file, username},
};

const USES: [(KeyUse, &str); 2] =
    [(KeyUse::Encryption, "encryption"), (KeyUse::Signing, "signing")];

fn private(usage: KeyUse) -> PrivateKey {
    let name = if usage == KeyUse::Signing { "signing" } else { "encryption" };
    PrivateKey::from_jwk(&key_file("alice")[name].to_string(), usage).unwrap()
}

fn value(jwk: &str) -> Value {
    serde_json::from_str(jwk).unwrap()
}

#[test]
fn a_key_comes_back_from_every_form() {
    for (usage, _) in USES {
        let key = private(usage);
        let kid = key.public().kid();
        let again = [
            PrivateKey::from_jwk(&key.to_jwk().unwrap(), usage),
            PrivateKey::from_pkcs8_der(&key.to_pkcs8_der().unwrap(), usage),
            PrivateKey::from_pkcs8_pem(&key.to_pkcs8_pem().unwrap(), usage),
        ];
        for again in again {
            assert_eq!(again.unwrap().to_jwk().unwrap(), key.to_jwk().unwrap());
        }
        let public = key.public();
        let again = [
            PublicKey::from_jwk(&public.to_jwk().unwrap(), usage),
            PublicKey::from_spki_der(&public.to_spki_der().unwrap(), usage),
            PublicKey::from_spki_pem(&public.to_spki_pem().unwrap(), usage),
        ];
        for again in again {
            assert_eq!(again.unwrap().kid(), kid);
        }
    }
}

#[test]
fn exports_are_what_other_software_makes_of_the_same_key() {
    let (key, other) = (private(KeyUse::Signing), rsa_key("alice", "signing"));
    assert_eq!(*key.to_pkcs8_der().unwrap(), other.to_pkcs8_der().unwrap().as_bytes());
    let other = other.to_public_key().to_public_key_der().unwrap();
    assert_eq!(key.public().to_spki_der().unwrap(), other.as_bytes());
    let pem = key.public().to_spki_pem().unwrap();
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n") && pem.ends_with("-----\n"));
}

#[test]
fn jwks_have_exactly_their_members() {
    let key = private(KeyUse::Encryption);
    let members = |jwk: &str| {
        let jwk = value(jwk);
        jwk.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(members(&key.public().to_jwk().unwrap()), "alg e kid kty n use");
    assert_eq!(members(&key.to_jwk().unwrap()), "alg d dp dq e kid kty n p q qi use");
}

#[test]
fn what_webcrypto_exports_is_imported() {
    for (usage, name) in USES {
        let mut jwk = key_file("alice")[name].clone();
        let kid = jwk["kid"].clone();
        for member in ["kid", "use"] {
            jwk.as_object_mut().unwrap().remove(member);
        }
        jwk["key_ops"] = json!(["decrypt"]);
        jwk["ext"] = json!(true);
        let key = PrivateKey::from_jwk(&jwk.to_string(), usage).unwrap();
        assert_eq!(key.public().kid().as_str(), kid);
        for member in ["d", "p", "q", "dp", "dq", "qi"] {
            jwk.as_object_mut().unwrap().remove(member);
        }
        assert!(PublicKey::from_jwk(&jwk.to_string(), usage).is_ok());
    }
}

#[test]
fn a_key_is_imported_for_no_other_use_than_its_own() {
    let jwk = key_file("alice")["encryption"].to_string();
    assert_eq!(code(PrivateKey::from_jwk(&jwk, KeyUse::Signing)), "invalid_key");
    let public = private(KeyUse::Encryption).public().to_jwk().unwrap();
    assert_eq!(code(PublicKey::from_jwk(&public, KeyUse::Signing)), "invalid_key");
}

#[test]
fn numbers_that_do_not_agree_make_no_key() {
    let right = key_file("alice")["signing"].clone();
    let other = key_file("bob")["signing"].clone();
    for member in ["n", "d", "p", "q", "dp", "dq", "qi", "kid"] {
        let mut jwk = right.clone();
        jwk[member] = other[member].clone();
        let imported = PrivateKey::from_jwk(&jwk.to_string(), KeyUse::Signing);
        assert_eq!(code(imported), "invalid_key", "{member}");
        let mut jwk = right.clone();
        jwk[member] = json!(format!("AA{}", right[member].as_str().unwrap()));
        let imported = PrivateKey::from_jwk(&jwk.to_string(), KeyUse::Signing);
        assert_eq!(code(imported), "invalid_key", "{member} with a leading zero");
        let mut jwk = right.clone();
        jwk.as_object_mut().unwrap().remove(member);
        let imported = PrivateKey::from_jwk(&jwk.to_string(), KeyUse::Signing);
        assert_eq!(code(imported), if member == "kid" { "ok" } else { "invalid_key" }, "{member}");
    }
    let mut jwk = right;
    jwk["oth"] = json!([]);
    assert_eq!(code(PrivateKey::from_jwk(&jwk.to_string(), KeyUse::Signing)), "invalid_key");
}

#[test]
fn a_draft_takes_the_keys_of_a_host_and_no_others() {
    let of_host = USES.map(|(usage, _)| private(usage).to_pkcs8_der().unwrap());
    let [encryption, signing] = &of_host;
    let mut draft = KeyDraft::new(2048).unwrap();
    assert_eq!(code(draft.import(&encryption[1..])), "invalid_key");
    assert_eq!(draft.import(encryption).unwrap(), 2);
    assert_eq!(draft.import(signing).unwrap(), 4);
    let keys = draft.finish().unwrap();
    let now = Timestamp::from_seconds(DAWN).unwrap();
    let mut rng = pli_crypto::random::system().unwrap();
    let alice = Identity::create(&username("alice"), keys, now, &mut rng).unwrap();
    assert_eq!(alice.encryption_kid(), private(KeyUse::Encryption).public().kid());
    assert_eq!(alice.signing_kid(), private(KeyUse::Signing).public().kid());

    let mut of_another_size = KeyDraft::new(3072).unwrap();
    assert_eq!(code(of_another_size.import(encryption)), "invalid_key");
    let mut of_one_key = KeyDraft::new(2048).unwrap();
    of_one_key.import(signing).unwrap();
    of_one_key.import(signing).unwrap();
    assert_eq!(code(of_one_key.finish()), "invalid_key");
}

#[test]
fn other_sizes_and_exponents_are_refused() {
    let mut rng = pli_crypto::random::system().unwrap();
    let small = RsaPrivateKey::new(&mut rng, 1024).unwrap();
    let odd = RsaPrivateKey::new_with_exp(&mut rng, 2048, 3_u64.into()).unwrap();
    for key in [small, odd] {
        let der = key.to_pkcs8_der().unwrap();
        assert_eq!(
            code(PrivateKey::from_pkcs8_der(der.as_bytes(), KeyUse::Signing)),
            "invalid_key"
        );
        let der = key.to_public_key().to_public_key_der().unwrap();
        assert_eq!(code(PublicKey::from_spki_der(der.as_bytes(), KeyUse::Signing)), "invalid_key");
    }
}

#[test]
fn encodings_that_are_not_the_only_one_of_their_key_are_refused() {
    let key = private(KeyUse::Signing);
    let der = key.public().to_spki_der().unwrap();
    let longer = [&der[..], &[0]].concat();
    let shorter = &der[..der.len() - 1];
    for der in [&longer, shorter, &[]] {
        assert_eq!(code(PublicKey::from_spki_der(der, KeyUse::Signing)), "invalid_key");
    }
    let der = key.to_pkcs8_der().unwrap();
    let longer = [&der[..], &[0]].concat();
    assert_eq!(code(PrivateKey::from_pkcs8_der(&longer, KeyUse::Signing)), "invalid_key");
    for cut in 0..der.len() {
        assert_eq!(code(PrivateKey::from_pkcs8_der(&der[..cut], KeyUse::Signing)), "invalid_key");
    }
    // Everything that comes before the modulus: lengths, versions, the algorithm.
    for at in 0..33 {
        let mut other = der.to_vec();
        other[at] ^= 1;
        let imported = PrivateKey::from_pkcs8_der(&other, KeyUse::Signing);
        assert_eq!(code(imported), "invalid_key", "byte {at}");
    }
    let pem = key.to_pkcs8_pem().unwrap();
    for pem in ["", &pem.replace("PRIVATE", "RSA PRIVATE"), &pem.replace("PRIVATE", "PUBLIC")] {
        assert_eq!(code(PrivateKey::from_pkcs8_pem(pem, KeyUse::Signing)), "invalid_key");
        assert_eq!(code(PublicKey::from_spki_pem(pem, KeyUse::Signing)), "invalid_key");
    }
}

#[test]
fn a_key_of_another_algorithm_is_refused() {
    // The same key as id-RSASSA-PSS without parameters: 2 bytes fewer, and another last digit.
    let der = private(KeyUse::Signing).public().to_spki_der().unwrap();
    let header = [0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09];
    assert_eq!(der[..8], header);
    let mut pss = vec![0x30, 0x82, 0x01, 0x20, 0x30, 0x0b, 0x06, 0x09];
    pss.extend_from_slice(&der[8..16]);
    pss.push(10);
    pss.extend_from_slice(&der[19..]);
    assert!(rsa::RsaPublicKey::from_public_key_der(&pss).is_ok(), "it is no key at all");
    assert_eq!(code(PublicKey::from_spki_der(&pss, KeyUse::Signing)), "invalid_key");
}

#[test]
fn a_crt_value_altered_in_pkcs8_is_noticed() {
    let key = private(KeyUse::Signing);
    let mut der = key.to_pkcs8_der().unwrap();
    // The coefficient is the last number.
    let last = der.len() - 1;
    der[last] ^= 1;
    assert_eq!(code(PrivateKey::from_pkcs8_der(&der, KeyUse::Signing)), "invalid_key");
}

#[test]
fn a_modulus_with_a_factor_that_is_no_prime_is_refused() {
    let mut rng = pli_crypto::random::system().unwrap();
    let mut prime = |bits| random_prime::<BoxedUint, _>(&mut rng, Flavor::Any, bits);
    // All of its numbers agree: only a test of primality finds it out.
    let key = loop {
        let product = RsaPrivateKey::from_p_q(prime(512), prime(512), 65_537_u64.into());
        let Ok(composite) = product.map(|key| key.n().as_ref().clone()) else { continue };
        let key = RsaPrivateKey::from_p_q(composite, prime(1024), 65_537_u64.into());
        if let Some(key) = key.ok().filter(|key| key.size() == 256 && key.n().bits() == 2048) {
            break key;
        }
    };
    let der = key.to_pkcs8_der().unwrap();
    let refused = PrivateKey::from_pkcs8_der(der.as_bytes(), KeyUse::Signing).unwrap_err();
    assert_eq!(refused.to_string(), "invalid key: a factor of the modulus is not a prime");
}

#[test]
fn one_key_cannot_serve_both_uses() {
    let signing = || private(KeyUse::Signing);
    assert_eq!(code(KeyPairs::new(signing(), signing())), "invalid_key");
    let pem = signing().to_pkcs8_pem().unwrap();
    let same = PrivateKey::from_pkcs8_pem(&pem, KeyUse::Encryption).unwrap();
    assert_eq!(code(KeyPairs::new(same, signing())), "invalid_key");
}

#[test]
fn a_private_key_prints_nothing_secret() {
    let printed = format!("{:?}", private(KeyUse::Signing));
    assert!(
        printed.starts_with("PrivateKey([redacted], PublicKey(Signing, 2048 bits"),
        "{printed}"
    );
}
