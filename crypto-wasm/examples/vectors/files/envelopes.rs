//! Envelopes, opened.

use serde_json::{Value, json};

use super::{case, cases, gives, persons::person, refused, with_a_flipped_bit};
use crate::forgery::{Forgery, commitment, encode, kid, rsa_key};

/// What makes a right envelope wrong.
type Change = fn(&mut Forgery);

pub(super) fn file() -> Value {
    let mut all = accepted();
    all.extend(altered_envelopes());
    all.extend(forged());
    cases(
        "`reader` opens an envelope, given as JSON text, of which the server says that `sender` \
         sent it under `id`, if that is given (FORMAT.md §8). The names are those of people.json.",
        all,
    )
}

fn forgery(change: Change) -> Forgery {
    let mut forgery = Forgery::new(&person("alice"), &[&person("bob")]);
    change(&mut forgery);
    forgery
}

/// To Bob, who is told that it is of Alice's.
fn to_bob(name: &str, envelope: &str, expect: Value) -> Value {
    case(name, json!({"reader": "bob", "sender": "alice", "envelope": envelope}), expect)
}

fn opened(forgery: &Forgery, seq: u64, current: bool) -> Value {
    let letter = &forgery.letter;
    let kind = letter["type"].as_str().unwrap();
    gives(json!({
        "id": letter["id"],
        "sentAt": "2026-09-21T15:00:00.000Z",
        "from": letter["from"],
        "to": letter["to"],
        "type": kind,
        kind: letter[kind],
        "signer": {"seq": seq, "current": current},
    }))
}

fn accepted() -> Vec<Value> {
    let right = forgery(|_| ());
    let envelope = right.envelope().to_string();
    let input = |reader, sender, envelope: &str| json!({"reader": reader, "sender": sender, "envelope": envelope});
    let mut with_id = input("bob", "alice", &envelope);
    with_id["id"] = right.letter["id"].clone();
    let unknown = forgery(|f| f.letter["mood"] = json!({"value": null}));
    let file = forgery(|f| {
        f.letter.as_object_mut().unwrap().remove("text");
        f.letter["type"] = json!("file");
        f.letter["file"] = json!({
            "name": "plan.pdf",
            "media_type": "application/pdf",
            "size": 5,
            "key": encode([1; 32]),
            "digests": [encode([2; 32])],
        });
    });
    vec![
        to_bob("a letter", &envelope, opened(&right, 0, true)),
        case("under the identifier that it has", with_id, opened(&right, 0, true)),
        case("read by its sender", input("alice", "alice", &envelope), opened(&right, 0, true)),
        case(
            "by a key replaced since",
            input("bob", "alice, rotated", &envelope),
            opened(&right, 0, false),
        ),
        case(
            "to a key replaced since",
            input("bob, rotated", "alice", &envelope),
            opened(&right, 0, true),
        ),
        to_bob(
            "members that are not known",
            &unknown.envelope().to_string(),
            opened(&unknown, 0, true),
        ),
        to_bob("a file", &file.envelope().to_string(), opened(&file, 0, true)),
    ]
}

fn altered_envelopes() -> Vec<Value> {
    let right = forgery(|_| ()).envelope();
    let with = |change: fn(&mut Value)| {
        let mut envelope = right.clone();
        change(&mut envelope);
        envelope.to_string()
    };
    let flip = |value: &mut Value| *value = json!(with_a_flipped_bit(value.as_str().unwrap()));
    let flipped = |member: &str| {
        let mut envelope = right.clone();
        flip(&mut envelope[member]);
        envelope.to_string()
    };
    let mut other_key = right.clone();
    for recipient in other_key["recipients"].as_array_mut().unwrap() {
        flip(&mut recipient["encrypted_key"]);
    }
    let repeated = right.to_string().replacen('{', r#"{"iv":"AAAAAAAAAAAAAAAA","#, 1);
    let mut all: Vec<Value> = [
        ("no JSON", "envelope".to_owned()),
        ("an aad", with(|e| e["aad"] = json!("AA"))),
        ("an unprotected header", with(|e| e["unprotected"] = json!({}))),
        ("no tag", with(|e| drop(e.as_object_mut().unwrap().remove("tag")))),
        ("a null", with(|e| e["iv"] = Value::Null)),
        ("a short iv", with(|e| e["iv"] = json!(encode([0; 11])))),
        (
            "padded base64url",
            with(|e| e["tag"] = json!(format!("{}==", e["tag"].as_str().unwrap()))),
        ),
        ("no recipients", with(|e| e["recipients"] = json!([]))),
        ("recipients out of order", with(|e| e["recipients"].as_array_mut().unwrap().reverse())),
        (
            "a recipient twice",
            with(|e| {
                let first = e["recipients"][0].clone();
                e["recipients"].as_array_mut().unwrap().insert(0, first);
            }),
        ),
        ("a short encrypted key", with(|e| e["recipients"][0]["encrypted_key"] = json!("AAAA"))),
        (
            "a header of a recipient with more",
            with(|e| e["recipients"][0]["header"]["alg"] = json!("RSA-OAEP-256")),
        ),
        ("a repeated member", repeated),
    ]
    .map(|(name, envelope)| to_bob(name, &envelope, refused("bad_envelope")))
    .into();
    all.extend(
        [
            ("an altered ciphertext", flipped("ciphertext")),
            ("an altered tag", flipped("tag")),
            ("an altered iv", flipped("iv")),
            ("an altered encrypted key", other_key.to_string()),
        ]
        .map(|(name, envelope)| to_bob(name, &envelope, refused("decrypt_failed"))),
    );
    let to_others = json!({"reader": "carol", "sender": "alice", "envelope": right.to_string()});
    all.push(case("to others", to_others, refused("not_a_recipient")));
    all
}

fn forged() -> Vec<Value> {
    let mut all: Vec<Value> = FORGERIES
        .map(|(name, code, change)| {
            to_bob(name, &forgery(change).envelope().to_string(), refused(code))
        })
        .into();

    let late = forgery(|f| f.letter["sent_at"] = json!("2026-09-22T15:13:20Z"));
    let retired = json!({
        "reader": "bob",
        "sender": "alice, rotated",
        "envelope": late.envelope().to_string(),
    });
    all.push(case("by a key replaced a day before", retired, refused("key_retired")));

    // Bob sends on to Carol what Alice wrote to him.
    let mut forwarded = Forgery::new(&person("bob"), &[&person("carol")]);
    forwarded.inside = Some(forgery(|_| ()).signed().into_bytes());
    let forwarded = json!({
        "reader": "carol",
        "sender": "alice",
        "envelope": forwarded.envelope().to_string(),
    });
    all.push(case("a letter to somebody else", forwarded, refused("wrong_recipients")));

    let other_id = json!({
        "reader": "bob",
        "sender": "alice",
        "id": "0191b2c3-0000-7000-8000-000000000000",
        "envelope": forgery(|_| ()).envelope().to_string(),
    });
    all.push(case("under another identifier", other_id, refused("wrong_id")));
    all
}

const FORGERIES: [(&str, &str, Change); 27] = [
    ("OAEP with SHA-1", "bad_envelope", |f| f.header["alg"] = json!("RSA-OAEP")),
    ("another content encryption", "bad_envelope", |f| f.header["enc"] = json!("A128GCM")),
    ("another typ", "bad_envelope", |f| f.header["typ"] = json!("JWT")),
    ("compression", "bad_envelope", |f| f.header["zip"] = json!("DEF")),
    ("crit", "bad_envelope", |f| f.header["crit"] = json!(["exp"])),
    ("a key to fetch", "bad_envelope", |f| f.header["jku"] = json!("https://example.org")),
    ("no commitment", "bad_envelope", |f| {
        f.header.as_object_mut().unwrap().remove("kc");
    }),
    ("another commitment", "decrypt_failed", |f| f.header["kc"] = json!(commitment(&[8; 32]))),
    ("no letter inside", "bad_letter", |f| f.inside = Some(b"hello".to_vec())),
    ("no UTF-8 inside", "bad_letter", |f| f.inside = Some(vec![0xff; 5])),
    ("a signature for another purpose", "bad_letter", |f| {
        f.letter_header["typ"] = json!("pli-signature");
    }),
    ("a signature of another algorithm", "bad_letter", |f| {
        f.letter_header["alg"] = json!("RS256");
    }),
    ("b64", "bad_letter", |f| f.letter_header["b64"] = json!(false)),
    ("another version", "bad_letter", |f| f.letter["v"] = json!(2)),
    ("an identifier in capitals", "bad_letter", |f| {
        f.letter["id"] = json!("0191B2C3-0000-7000-8000-000000000001");
    }),
    ("no instant", "bad_letter", |f| f.letter["sent_at"] = json!("yesterday")),
    ("neither text nor file", "bad_letter", |f| {
        f.letter.as_object_mut().unwrap().remove("text");
    }),
    ("text and file", "bad_letter", |f| f.letter["file"] = json!({})),
    ("a key of nobody's", "wrong_sender", |f| {
        f.letter_header["kid"] = json!(kid("mallory", "signing"));
    }),
    ("the reader's key", "wrong_sender", |f| f.letter_header["kid"] = json!(kid("bob", "signing"))),
    ("signed by somebody else", "bad_signature", |f| f.signing_key = rsa_key("carol", "signing")),
    ("another sender's name", "wrong_recipients", |f| f.letter["from"]["sub"] = json!("carol")),
    ("another sender's key", "wrong_recipients", |f| {
        f.letter["from"]["kid"] = json!(kid("carol", "signing"));
    }),
    ("a recipient fewer", "wrong_recipients", |f| {
        f.letter["to"].as_array_mut().unwrap().remove(0);
    }),
    ("a recipient more", "wrong_recipients", |f| {
        let carol = json!({"sub": "carol", "kid": kid("carol", "encryption")});
        f.letter["to"].as_array_mut().unwrap().push(carol);
    }),
    ("recipients of the letter out of order", "wrong_recipients", |f| {
        f.letter["to"].as_array_mut().unwrap().reverse();
    }),
    ("somebody under two keys", "wrong_recipients", |f| {
        for party in f.letter["to"].as_array_mut().unwrap() {
            party["sub"] = json!("bob");
        }
    }),
];
