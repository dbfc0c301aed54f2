use aes_gcm::{Aes256Gcm, KeyInit, aead::Aead};
use hkdf::Hkdf;
use pli_crypto::{
    FileDescriptor, FileOpener, FilePolicy, FileRange, FileSealer, MAX_FILE, Result, random,
    sealed_size,
};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{forgery::decode, people::code};

const FIRST: usize = 1_048_520;
const OTHER: usize = 1_048_560;
const SEGMENT: usize = 1_048_576;

fn any() -> FilePolicy {
    FilePolicy::from_json(r#""any""#).unwrap()
}

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|n| (n / 251 + n) as u8).collect()
}

fn seal(text: &[u8]) -> (Vec<u8>, FileDescriptor) {
    let mut rng = random::system().unwrap();
    let size = text.len() as u64;
    let mut sealer =
        FileSealer::new("data", "application/octet-stream", size, any(), &mut rng).unwrap();
    let (mut sealed, mut rest) = (vec![], text);
    while let Some(length) = sealer.next_length() {
        let (segment, after) = rest.split_at(length as usize);
        sealed.extend(sealer.seal_segment(segment).unwrap());
        rest = after;
    }
    assert!(rest.is_empty());
    assert_eq!(sealed.len() as u64, sealer.sealed_size());
    (sealed, sealer.finish().unwrap())
}

fn open(descriptor: &FileDescriptor, sealed: &[u8]) -> Result<Vec<u8>> {
    let mut opener = FileOpener::new(descriptor.clone(), any())?;
    let (mut text, mut rest) = (vec![], sealed);
    while let Some(length) = opener.next_length() {
        let (segment, after) = rest.split_at(rest.len().min(length as usize));
        text.extend(opener.open_segment(segment)?);
        rest = after;
    }
    if !rest.is_empty() {
        opener.open_segment(rest)?;
    }
    Ok(text)
}

fn open_range(
    descriptor: &FileDescriptor,
    sealed: &[u8],
    start: usize,
    end: usize,
) -> Result<Vec<u8>> {
    let mut range = FileRange::new(descriptor.clone(), start as u64, end as u64)?;
    range.read_header(&sealed[..range.header_length() as usize])?;
    let place = range.sealed();
    let mut rest = &sealed[place.start as usize..place.end as usize];
    let mut text = vec![];
    while let Some(length) = range.next_length() {
        let (segment, after) = rest.split_at(length as usize);
        text.extend(range.open_segment(segment)?);
        rest = after;
    }
    assert!(rest.is_empty(), "more was asked for than needed");
    Ok(text)
}

#[test]
fn files_come_back_at_every_edge_of_a_segment() {
    for edge in [0, FIRST, FIRST + OTHER] {
        for size in [edge.saturating_sub(1), edge, edge + 1] {
            let text = bytes(size);
            let (sealed, descriptor) = seal(&text);
            assert_eq!(sealed.len() as u64, sealed_size(size as u64).unwrap());
            assert!(open(&descriptor, &sealed).unwrap() == text, "of {size}");
        }
    }
}

#[test]
fn any_range_opens_by_itself() {
    let size = FIRST + OTHER + 1_000;
    let text = bytes(size);
    let (sealed, descriptor) = seal(&text);
    for (start, end) in [
        (0, 0),
        (0, 1),
        (0, size),
        (FIRST - 1, FIRST),
        (FIRST - 1, FIRST + 1),
        (FIRST, FIRST),
        (FIRST, FIRST + 1),
        (FIRST + 5, FIRST + OTHER - 5),
        (FIRST + OTHER - 1, FIRST + OTHER + 1),
        (size - 1, size),
        (size, size),
    ] {
        let opened = open_range(&descriptor, &sealed, start, end).unwrap();
        assert!(opened == text[start..end], "{start}..{end}");
    }
}

#[test]
fn a_range_asks_only_for_the_segments_that_it_lies_in() {
    let (_, descriptor) = seal(&bytes(FIRST + OTHER + 1_000));
    let sealed = |start, end| FileRange::new(descriptor.clone(), start, end).unwrap().sealed();
    let segment = SEGMENT as u64;
    assert_eq!(sealed(10, 20), 0..segment);
    assert_eq!(sealed(FIRST as u64, FIRST as u64 + 1), segment..2 * segment);
    assert_eq!(sealed(5, 5), 0..0);
}

#[test]
fn a_range_outside_of_the_file_is_refused() {
    let (sealed, descriptor) = seal(b"hello");
    for (start, end) in [(0, 6), (6, 6), (3, 2), (0, u64::MAX)] {
        let range = FileRange::new(descriptor.clone(), start, end);
        assert_eq!(code(range), "invalid_argument", "{start}..{end}");
    }
    let mut range = FileRange::new(descriptor, 0, 5).unwrap();
    assert_eq!(code(range.open_segment(&sealed)), "invalid_argument", "before the header");
}

#[test]
fn a_file_is_tinks_aes256_gcm_hkdf_1mb() {
    let text = bytes(FIRST + 10);
    let (sealed, descriptor) = seal(&text);
    let descriptor: Value = serde_json::from_str(&descriptor.reveal_json().unwrap()).unwrap();
    let (header, body) = sealed.split_at(40);
    assert_eq!(header[0], 40);
    let mut key = [0; 32];
    let hkdf = Hkdf::<Sha256>::new(Some(&header[1..33]), &decode(&descriptor["key"]));
    hkdf.expand(b"pli file v1", &mut key).unwrap();
    let cipher = Aes256Gcm::new(&key.into());
    let (first, last) = body.split_at(SEGMENT - 40);
    let open = |number: u8, is_last: u8, segment: &[u8]| {
        let nonce = [&header[33..], &[0, 0, 0, number, is_last]].concat();
        cipher.decrypt(nonce.as_slice().try_into().unwrap(), segment).unwrap()
    };
    assert!([open(0, 0, first), open(1, 1, last)].concat() == text);
}

#[test]
fn every_flipped_bit_and_every_truncation_of_a_small_file_is_noticed() {
    let (sealed, descriptor) = seal(b"hello");
    for place in 0..sealed.len() {
        assert_eq!(code(open(&descriptor, &sealed[..place])), "file_corrupted");
        for bit in 0..8 {
            let mut altered = sealed.clone();
            altered[place] ^= 1 << bit;
            assert_eq!(code(open(&descriptor, &altered)), "file_corrupted");
            let range = open_range(&descriptor, &altered, 1, 3);
            assert_eq!(code(range), "file_corrupted");
        }
    }
}

#[test]
fn segments_cannot_be_swapped_repeated_cut_off_or_added() {
    let text = bytes(FIRST + 2 * OTHER);
    let (sealed, descriptor) = seal(&text);
    let [one, two, three] = [0, 1, 2].map(|n| &sealed[n * SEGMENT..(n + 1) * SEGMENT]);
    for altered in [
        [one, three, two].concat(),
        [one, two, two].concat(),
        [one, two].concat(),
        [one, two, three, three].concat(),
        [two, one, three].concat(),
        [one, two, three, &[0]].concat(),
    ] {
        assert_eq!(code(open(&descriptor, &altered)), "file_corrupted");
    }
}

#[test]
fn a_segment_that_is_right_comes_out_before_a_wrong_one_is_noticed_and_none_of_the_wrong_one() {
    let text = bytes(FIRST + 100);
    let (mut sealed, descriptor) = seal(&text);
    let last = sealed.len() - 1;
    sealed[last] ^= 1;
    let mut opener = FileOpener::new(descriptor, any()).unwrap();
    assert!(opener.open_segment(&sealed[..SEGMENT]).unwrap() == text[..FIRST]);
    assert_eq!(code(opener.open_segment(&sealed[SEGMENT..])), "file_corrupted");
    // What was refused can be fetched again.
    sealed[last] ^= 1;
    assert!(opener.open_segment(&sealed[SEGMENT..]).unwrap() == text[FIRST..]);
    assert_eq!(opener.next_length(), None);
}

#[test]
fn a_segment_that_was_refused_can_be_fetched_again() {
    let text = bytes(FIRST + 1);
    let (sealed, descriptor) = seal(&text);
    let mut opener = FileOpener::new(descriptor.clone(), any()).unwrap();
    let mut range = FileRange::new(descriptor, 0, FIRST as u64).unwrap();
    let (first, last) = sealed.split_at(SEGMENT);
    for place in [0, 1, 33, 40, SEGMENT - 1] {
        let mut altered = first.to_vec();
        altered[place] ^= 1;
        assert_eq!(code(opener.open_segment(&altered)), "file_corrupted", "at {place}");
        let opened = range.read_header(&altered[..40]).and_then(|()| range.open_segment(&altered));
        assert_eq!(code(opened), "file_corrupted", "at {place}");
    }
    assert_eq!(opener.open_segment(first).unwrap(), text[..FIRST]);
    assert_eq!(opener.open_segment(last).unwrap(), text[FIRST..]);
    range.read_header(&first[..40]).unwrap();
    assert_eq!(range.open_segment(first).unwrap(), text[..FIRST]);
}

#[test]
fn another_recipient_who_knows_the_key_cannot_replace_the_file() {
    // Carol was sent the same file. She seals other bytes under its key, and they decrypt; but
    // their digest is not the one that the sender signed.
    let (_, descriptor) = seal(b"hello");
    let json: Value = serde_json::from_str(&descriptor.reveal_json().unwrap()).unwrap();
    let header = [&[40][..], &[1; 39]].concat();
    let mut key = [0; 32];
    let hkdf = Hkdf::<Sha256>::new(Some(&header[1..33]), &decode(&json["key"]));
    hkdf.expand(b"pli file v1", &mut key).unwrap();
    let nonce = [&header[33..], &[0, 0, 0, 0, 1]].concat();
    let body = Aes256Gcm::new(&key.into())
        .encrypt(nonce.as_slice().try_into().unwrap(), &b"HELLO"[..])
        .unwrap();
    let forged = [header, body].concat();
    assert_eq!(code(open(&descriptor, &forged)), "file_corrupted");
    assert_eq!(code(open_range(&descriptor, &forged, 0, 5)), "file_corrupted");

    let mut signed_by_carol = json;
    signed_by_carol["digests"] =
        json!([crate::forgery::encode(<Sha256 as sha2::Digest>::digest(&forged))]);
    let descriptor = FileDescriptor::from_json(&signed_by_carol.to_string()).unwrap();
    assert_eq!(open(&descriptor, &forged).unwrap(), b"HELLO", "the forgery itself is at fault");
}

#[test]
fn a_file_of_another_length_than_said_is_refused_while_sealing() {
    let mut rng = random::system().unwrap();
    let mut sealer = FileSealer::new("a", "a/b", 5, any(), &mut rng).unwrap();
    assert_eq!(code(sealer.finish()), "size_mismatch");
    assert_eq!(code(sealer.seal_segment(b"four")), "size_mismatch");
    assert_eq!(code(sealer.seal_segment(b"sixsix")), "size_mismatch");
    assert_eq!(code(sealer.seal_segment(b"five!")), "ok");
    assert_eq!(code(sealer.seal_segment(b"")), "size_mismatch");
    assert_eq!(code(sealer.finish()), "ok");
    assert_eq!(
        code(FileSealer::new("a", "a/b", MAX_FILE + 1, any(), &mut rng)),
        "invalid_argument"
    );
}

#[test]
fn the_policy_holds_while_sealing_before_a_byte_is_sealed() {
    let mut rng = random::system().unwrap();
    let policy = FilePolicy::default();
    let sealer = FileSealer::new("a.exe", "application/octet-stream", 2, policy.clone(), &mut rng);
    assert_eq!(code(sealer), "file_refused");
    let mut sealer = FileSealer::new("a.png", "image/png", 2, policy, &mut rng).unwrap();
    assert_eq!(code(sealer.seal_segment(b"MZ")), "file_refused");
}

#[test]
fn the_policy_holds_while_opening_before_a_byte_is_given_out() {
    // A sender whose app takes anything writes to one whose app does not.
    let mut rng = random::system().unwrap();
    let mut sealed_as = |name: &str, media_type: &str, text: &[u8]| {
        let size = text.len() as u64;
        let mut sealer = FileSealer::new(name, media_type, size, any(), &mut rng).unwrap();
        let sealed = sealer.seal_segment(text).unwrap();
        (sealed, sealer.finish().unwrap())
    };
    let (_, program) = sealed_as("a.exe", "application/octet-stream", b"MZ");
    assert_eq!(code(FileOpener::new(program, FilePolicy::default())), "file_refused");
    let (sealed, disguised) = sealed_as("a.png", "image/png", b"<svg onload=alert(1)>");
    let mut opener = FileOpener::new(disguised, FilePolicy::default()).unwrap();
    assert_eq!(code(opener.open_segment(&sealed)), "file_refused");
}

#[test]
fn a_descriptor_is_read_strictly() {
    let (_, descriptor) = seal(b"hello");
    let right: Value = serde_json::from_str(&descriptor.reveal_json().unwrap()).unwrap();
    assert_eq!(FileDescriptor::from_json(&right.to_string()).unwrap(), descriptor);
    for (member, value) in [
        ("name", json!("../a")),
        ("media_type", json!("text/html; charset=utf-8")),
        ("size", json!(-1)),
        ("size", json!(5.5)),
        ("size", json!(MAX_FILE + 1)),
        ("size", json!(FIRST + 1)),
        ("key", json!("AAAA")),
        ("digests", json!([])),
        ("digests", json!(["AAAA"])),
        ("digests", json!([right["digests"][0], right["digests"][0]])),
    ] {
        let mut altered = right.clone();
        altered[member] = value.clone();
        let read = FileDescriptor::from_json(&altered.to_string());
        assert_eq!(code(read), "invalid_argument", "{member}: {value}");
    }
}

#[test]
fn a_descriptor_prints_no_key() {
    assert!(format!("{:?}", seal(b"hello").1).contains("key: [redacted]"));
}
