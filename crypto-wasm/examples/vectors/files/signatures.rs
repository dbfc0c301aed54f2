//! Detached signatures, verified.

use serde_json::{Value, json};

use super::{case, cases, gives, persons::person, refused};
use crate::{
    fixed::Fixed,
    forgery::{encode, kid, rsa_key, sign},
};

const BYTES: &[u8] = b"I was here";

pub(super) fn file() -> Value {
    let right = person("alice").identity.sign(BYTES, &mut Fixed::of("signature")).unwrap();
    let verify = |name: &str, signer: &str, jws: &str, bytes: &[u8], expect: Value| {
        case(name, json!({"signer": signer, "jws": jws, "bytes": encode(bytes)}), expect)
    };
    let with_header = |change: fn(&mut Value)| {
        let mut header =
            json!({"alg": "PS256", "kid": kid("alice", "signing"), "typ": "pli-signature"});
        change(&mut header);
        let jws = sign(&rsa_key("alice", "signing"), &header, BYTES);
        let parts: Vec<&str> = jws.split('.').collect();
        format!("{}..{}", parts[0], parts[2])
    };
    let signer = |current: bool| gives(json!({"seq": 0, "current": current}));
    let no = || gives(json!(false));
    let mut all = vec![
        verify("a signature", "alice", &right, BYTES, signer(true)),
        verify("one of another JOSE library", "alice", &with_header(|_| ()), BYTES, signer(true)),
        verify("one of a key replaced since", "alice, rotated", &right, BYTES, signer(false)),
        verify("over other bytes", "alice", &right, b"I was there", no()),
        verify("over no bytes", "alice", &right, b"", no()),
        verify("of somebody else", "bob", &right, BYTES, no()),
    ];
    all.extend(
        [
            ("nothing", String::new()),
            ("an attached payload", right.replace("..", &format!(".{}.", encode(BYTES)))),
            ("padding", format!("{right}=")),
            ("for another purpose", with_header(|h| h["typ"] = json!("pli-letter+json"))),
            ("for no purpose", with_header(|h| drop(h.as_object_mut().unwrap().remove("typ")))),
            ("of another algorithm", with_header(|h| h["alg"] = json!("RS256"))),
            ("b64", with_header(|h| h["b64"] = json!(false))),
        ]
        .map(|(name, jws)| verify(name, "alice", &jws, BYTES, refused("invalid_argument"))),
    );
    cases(
        "A detached signature over bytes, in base64url, is verified for a signer of people.json \
         (FORMAT.md §4.2): whose statement signed, or false.",
        all,
    )
}
