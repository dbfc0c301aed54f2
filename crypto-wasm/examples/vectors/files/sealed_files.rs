//! Sealed files, opened.

use pli_crypto::{FilePolicy, FileSealer};
use serde_json::{Value, json};

use super::{case, cases, gives, refused};
use crate::{fixed::Fixed, forgery::encode};

/// A sealed file and what its letter says of it.
struct Sealed {
    bytes: Vec<u8>,
    descriptor: Value,
}

/// What makes a right file wrong.
type Change = fn(&mut Sealed);

pub(super) fn file() -> Value {
    let mut all = accepted();
    all.extend(corrupted());
    all.extend(refused_by_policy());
    all.extend(no_descriptor());
    cases(
        "A sealed file, in base64url, is opened by its descriptor, which is JSON text, under a \
         policy, or the default one; with a `range`, only those bytes are (FORMAT.md §13).",
        all,
    )
}

fn seal(name: &str, media_type: &str, text: &[u8]) -> Sealed {
    let policy = FilePolicy::from_json(r#""any""#).unwrap();
    let mut rng = Fixed::of(name);
    let mut sealer =
        FileSealer::new(name, media_type, text.len() as u64, policy, &mut rng).unwrap();
    let bytes = sealer.seal_segment(text).unwrap();
    let descriptor = sealer.finish().unwrap().reveal_json().unwrap();
    Sealed { bytes, descriptor: serde_json::from_str(&descriptor).unwrap() }
}

fn hello() -> Sealed {
    seal("hello.txt", "text/plain", b"hello")
}

fn open(name: &str, sealed: &Sealed, expect: Value) -> Value {
    let input =
        json!({"descriptor": sealed.descriptor.to_string(), "sealed": encode(&sealed.bytes)});
    case(name, input, expect)
}

fn accepted() -> Vec<Value> {
    let text = |text: &[u8]| gives(json!(encode(text)));
    let mut all = vec![
        open("a text", &hello(), text(b"hello")),
        open("an empty text", &seal("empty.txt", "text/plain", b""), text(b"")),
        open("a picture", &seal("dot.gif", "image/gif", b"GIF89a..."), text(b"GIF89a...")),
    ];
    for (start, end) in [(0, 5), (1, 3), (5, 5), (0, 0)] {
        let mut range =
            open(&format!("bytes {start} to {end}"), &hello(), text(&b"hello"[start..end]));
        range["range"] = json!([start, end]);
        all.push(range);
    }
    let archive = seal("a.ZIP", "application/zip", b"PK\x03\x04");
    for (name, policy) in [
        ("anything, where that is allowed", json!("any")),
        (
            "what a rule of the application's allows",
            json!([{"extensions": ["zip"], "mediaType": "application/zip", "magic": ["UEsDBA"]}]),
        ),
    ] {
        let mut opened = open(name, &archive, text(b"PK\x03\x04"));
        opened["policy"] = policy;
        all.push(opened);
    }
    all
}

fn corrupted() -> Vec<Value> {
    let with = |change: Change| {
        let mut sealed = hello();
        change(&mut sealed);
        sealed
    };
    let cases: [(&str, Change); 8] = [
        ("nothing", |f| f.bytes.clear()),
        ("a file cut short", |f| f.bytes.truncate(60)),
        ("a file with a byte more", |f| f.bytes.push(0)),
        ("an altered length of the header", |f| f.bytes[0] ^= 1),
        ("an altered salt", |f| f.bytes[1] ^= 1),
        ("an altered text", |f| f.bytes[40] ^= 1),
        ("another digest", |f| f.descriptor["digests"][0] = json!(encode([0; 32]))),
        ("another key", |f| f.descriptor["key"] = json!(encode([0; 32]))),
    ];
    let mut all: Vec<Value> =
        cases.map(|(name, change)| open(name, &with(change), refused("file_corrupted"))).into();
    let mut range =
        open("a range of an altered text", &with(|f| f.bytes[40] ^= 1), refused("file_corrupted"));
    range["range"] = json!([3, 5]);
    all.push(range);
    all
}

fn refused_by_policy() -> Vec<Value> {
    [
        ("a program", seal("a.exe", "application/octet-stream", b"MZ")),
        ("another type than the name says", seal("a.png", "text/html", b"\x89PNG\r\n\x1a\n")),
        ("other bytes than the type says", seal("a.png", "image/png", b"<svg/>")),
        ("a text that is none", seal("a.txt", "text/plain", b"MZ\0\0")),
    ]
    .map(|(name, sealed)| open(name, &sealed, refused("file_refused")))
    .into()
}

fn no_descriptor() -> Vec<Value> {
    let with = |change: fn(&mut Value)| {
        let mut sealed = hello();
        change(&mut sealed.descriptor);
        sealed
    };
    let mut all: Vec<Value> = [
        ("a path", with(|d| d["name"] = json!("../hello.txt"))),
        ("a name that shows as another", with(|d| d["name"] = json!("hello\u{202e}fdp.txt"))),
        ("a media type with parameters", with(|d| d["media_type"] = json!("text/plain;a=b"))),
        (
            "a digest too many",
            with(|d| {
                let digest = d["digests"][0].clone();
                d["digests"].as_array_mut().unwrap().push(digest);
            }),
        ),
        ("a size beyond 16 GiB", with(|d| d["size"] = json!(17_179_869_185_u64))),
        ("a short key", with(|d| d["key"] = json!(encode([0; 16])))),
    ]
    .map(|(name, sealed)| open(name, &sealed, refused("invalid_argument")))
    .into();
    let mut repeated = open("a repeated member", &hello(), refused("invalid_argument"));
    repeated["descriptor"] =
        json!(hello().descriptor.to_string().replacen('{', r#"{"size":5,"#, 1));
    let mut beyond = open("a range beyond the end", &hello(), refused("invalid_argument"));
    beyond["range"] = json!([0, 6]);
    let mut backwards = open("a range backwards", &hello(), refused("invalid_argument"));
    backwards["range"] = json!([3, 2]);
    all.extend([repeated, beyond, backwards]);
    all
}
