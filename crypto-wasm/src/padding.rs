//! Padmé: padding that leaves few lengths to tell letters apart by (FORMAT.md §6.2).

/// Rounds a length up to one whose binary form ends in zeros but for its first few digits.
///
/// It adds at most 12 %, and less the longer the letter is (Nikitin et al., "Reducing Metadata
/// Leakage from Encrypted Files and Communication with PURBs", 2019, algorithm 1).
pub(crate) fn padme(length: usize) -> usize {
    if length < 2 {
        return length;
    }
    let exponent = length.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1 << (exponent - kept.min(exponent))) - 1;
    (length + mask) & !mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_lengths_are_padded_as_in_the_paper() {
        for (length, padded) in [
            (0, 0),
            (1, 1),
            (2, 2),
            (8, 8),
            (9, 10),
            (100, 104),
            (255, 256),
            (256, 256),
            (257, 272),
            (1_000, 1_024),
            (1_025, 1_088),
            (100_000, 100_352),
            (1_000_000, 1_015_808),
            (1_048_576, 1_048_576),
        ] {
            assert_eq!(padme(length), padded, "of {length}");
        }
    }

    #[test]
    fn padding_never_shortens_and_never_adds_more_than_12_per_cent() {
        for length in 1..200_000 {
            let padded = padme(length);
            assert!(padded >= length && (padded - length) * 100 <= length * 12, "of {length}");
            assert_eq!(padme(padded), padded);
        }
    }
}
