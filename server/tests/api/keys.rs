//! Keys that ride along with a registration: what the server verifies of them.

use serde_json::{Value, json};

use crate::{
    holder::decoded,
    people::{
        Keys, PASSWORD, Person, base64, claims, first_statement, hash, jwe, kdf, login, new_keys,
        random, register, statement, wrapped_keys,
    },
    server::{Answer, TestServer, dump, spawn_server},
};

async fn register_with(server: &TestServer, keys: Value) -> Answer {
    let body = json!({
        "username": "alice", "email": "alice@example.org", "password": PASSWORD, "keys": keys,
    });
    register(server, &body).await
}

fn with_history(history: &Value) -> Value {
    let seq = history.as_array().map_or(0, |history| history.len().saturating_sub(1));
    json!({ "wrapped_keys": wrapped_keys(&kdf(), seq as u64), "history": history })
}

/// A history of two statements and their keys.
fn rotated() -> (Vec<Value>, Keys, Keys) {
    let (old, new) = (Keys::generate(), Keys::generate());
    let first = first_statement("alice", &old);
    let prev = hash(&decoded(&first));
    let second = statement(&claims("alice", 1, Some(&prev), &new), &[&new, &old]);
    (vec![first, second], old, new)
}

#[tokio::test]
async fn keys_are_given_back_at_login_and_to_their_owner() {
    let server = spawn_server().await;
    let keys = new_keys("alice", &Keys::generate());
    register_with(&server, keys.clone()).await.expect(201);
    let signed_in = login(&server, "alice").await;
    assert_eq!(signed_in["wrapped_keys"], keys["wrapped_keys"]);
    assert_eq!(signed_in["key_history"], keys["history"]);
    let token = signed_in["access_token"].as_str().unwrap();
    let own = server.get("/auth/keys").token(token).send().await.expect(200);
    assert_eq!(own["wrapped_keys"], keys["wrapped_keys"]);
    assert_eq!(own["key_history"], keys["history"]);
    assert_eq!(own["has_recovery"], false);
}

#[tokio::test]
async fn an_account_without_keys_works_too() {
    let server = spawn_server().await;
    let body = json!({ "username": "alice", "email": "alice@example.org", "password": PASSWORD });
    register(&server, &body).await.expect(201);
    let signed_in = login(&server, "alice").await;
    assert!(signed_in.get("wrapped_keys").is_none());
    assert!(signed_in.get("key_history").is_none());
    let token = signed_in["access_token"].as_str().unwrap();
    let own = server.get("/auth/keys").token(token).send().await.expect(200);
    assert_eq!(own, json!({ "key_history": [], "has_recovery": false }));
}

#[tokio::test]
async fn the_parameters_are_those_of_the_wrapped_keys() {
    let server = spawn_server().await;
    let kdf = json!({
        "name": "argon2id", "m": 131_072, "t": 4, "p": 1, "salt": base64(&random(16)),
    });
    let mut keys = new_keys("alice", &Keys::generate());
    keys["wrapped_keys"] = wrapped_keys(&kdf, 0).into();
    register_with(&server, keys).await.expect(201);
    let answer = server.post("/auth/kdf").json(&json!({ "email": "alice" })).send().await;
    assert_eq!(answer.expect(200), kdf);
}

#[tokio::test]
async fn a_recovery_copy_is_kept_and_its_secret_is_not() {
    let server = spawn_server().await;
    let secret = base64(&random(32));
    let mut keys = new_keys("alice", &Keys::generate());
    keys["recovery"] = json!({
        "recovery_secret": secret, "wrapped_keys": wrapped_keys(&json!({ "name": "recovery" }), 0),
    });
    register_with(&server, keys).await.expect(201);
    let token = login(&server, "alice").await["access_token"].as_str().unwrap().to_owned();
    let own = server.get("/auth/keys").token(&token).send().await.expect(200);
    assert_eq!(own["has_recovery"], true);
    let stored = dump(&server.folder, server.database.as_deref());
    let finds = |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(finds("alice@example.org") && !finds(&secret));
}

#[tokio::test]
async fn a_rotated_history_is_a_chain() {
    let server = spawn_server().await;
    let (history, ..) = rotated();
    register_with(&server, with_history(&json!(history))).await.expect(201);
    let signed_in = login(&server, "alice").await;
    assert_eq!(signed_in["key_history"], json!(history));
}

#[tokio::test]
async fn a_broken_chain_is_refused() {
    let server = spawn_server().await;
    let (history, old, new) = rotated();
    let prev = hash(&decoded(&history[0]));
    let signed = |claims: &Value, signers: &[&Keys]| statement(claims, signers);
    let with = |member: &str, value: Value| {
        let mut claims = claims("alice", 1, Some(&prev), &new);
        claims[member] = value;
        signed(&claims, &[&new, &old])
    };
    let second = claims("alice", 1, Some(&prev), &new);
    let mut reused = second.clone();
    reused["keys"][0] = old.enc_jwk();
    let mut swapped = second.clone();
    swapped["keys"] = json!([new.sig_jwk(), new.enc_jwk()]);
    let cases = [
        ("unsigned by the key before", signed(&second, &[&new])),
        ("unsigned by its own key", signed(&second, &[&old])),
        ("signed by a stranger", signed(&second, &[&new, &Keys::generate()])),
        ("signed three times", signed(&second, &[&new, &old, &new])),
        ("signed in another order", signed(&second, &[&old, &new])),
        ("signed twice by one", signed(&second, &[&new, &new])),
        ("another prev", with("prev", hash(b"other").into())),
        ("no prev", with("prev", Value::Null)),
        ("another seq", with("seq", 2.into())),
        ("an earlier iat", with("iat", 1.into())),
        ("another version", with("v", 2.into())),
        ("an unknown member", with("extra", 1.into())),
        ("a fraction", with("iat", json!(1.5))),
        ("a key twice", signed(&reused, &[&new, &old])),
        ("keys the wrong way round", signed(&swapped, &[&new, &old])),
    ];
    for (name, second) in cases {
        let answer = register_with(&server, with_history(&json!([history[0], second]))).await;
        answer.refused(400, "bad_history");
        assert_eq!(answer.pointers()[0].split('/').nth(2), Some("history"), "{name}");
    }
    for history in [
        json!([]),
        json!([history[1]]),
        json!([history[0], history[0]]),
        json!([history[1], history[0]]),
        json!(vec![history[0].clone(); 65]),
        json!("none"),
        json!([{ "payload": "e30", "signatures": [] }]),
        json!([{ "payload": "e30" }]),
    ] {
        register_with(&server, with_history(&history)).await.refused(400, "bad_history");
    }
}

#[tokio::test]
async fn a_single_statement_must_be_sound_to_the_bit() {
    let server = spawn_server().await;
    let keys = Keys::generate();
    let good = first_statement("alice", &keys);
    let payload = good["payload"].as_str().unwrap();
    let resigned =
        |header: Value| json!({ "payload": payload, "signatures": [keys.sign(&header, payload)] });
    let mut cases = vec![
        resigned(json!({ "alg": "RS256", "kid": keys.sig_kid(), "typ": "pli-keys+json" })),
        resigned(json!({ "alg": "PS256", "kid": keys.enc_kid(), "typ": "pli-keys+json" })),
        resigned(json!({ "alg": "PS256", "kid": keys.sig_kid(), "typ": "pli-letter+json" })),
        resigned(json!({ "alg": "PS256", "kid": keys.sig_kid() })),
        resigned(json!({
            "alg": "PS256", "kid": keys.sig_kid(), "typ": "pli-keys+json", "crit": ["x"],
        })),
    ];
    for place in ["/payload", "/signatures/0/signature", "/signatures/0/protected"] {
        let text = good.pointer(place).unwrap().as_str().unwrap();
        let other = if text.starts_with('A') { "B" } else { "A" };
        for changed in [format!("{text}="), format!("{other}{}", &text[1..])] {
            let mut broken = good.clone();
            *broken.pointer_mut(place).unwrap() = changed.into();
            cases.push(broken);
        }
    }
    for (member, value) in [
        ("kid", json!(hash(b"other"))),
        ("e", json!("Aw")),
        ("kty", json!("EC")),
        ("n", json!(base64(&[0xff; 128]))),
        ("n", json!(format!("AA{}", keys.sig_jwk()["n"].as_str().unwrap()))),
        ("key_ops", json!(["verify"])),
    ] {
        let mut claims = claims("alice", 0, None, &keys);
        claims["keys"][1][member] = value;
        cases.push(statement(&claims, &[&keys]));
    }
    let repeated = String::from_utf8(decoded(&good)).unwrap().replacen('{', "{\"v\":1,", 1);
    let repeated = base64(repeated.as_bytes());
    cases.push(json!({
        "payload": repeated, "signatures": [keys.sign(&keys.header(), &repeated)],
    }));
    for case in cases {
        let answer = register_with(&server, with_history(&json!([case]))).await;
        answer.refused(400, "bad_history");
    }
    register_with(&server, with_history(&json!([good]))).await.expect(201);
}

#[tokio::test]
async fn a_history_for_another_name_is_refused() {
    let server = spawn_server().await;
    let keys = Keys::generate();
    for name in ["bob", "Alice", "alice ", ""] {
        let history = json!([first_statement(name, &keys)]);
        let answer = register_with(&server, with_history(&history)).await;
        answer.refused(400, "wrong_subject");
    }
}

#[tokio::test]
async fn a_key_belongs_to_one_account() {
    let server = spawn_server().await;
    let keys = Keys::generate();
    register_with(&server, new_keys("alice", &keys)).await.expect(201);
    let body = json!({
        "username": "bob", "email": "bob@example.org", "password": PASSWORD,
        "keys": new_keys("bob", &keys),
    });
    register(&server, &body).await.refused(409, "key_in_use");
    // Nothing of the attempt is left behind.
    let body = json!({ "username": "bob", "email": "bob@example.org", "password": PASSWORD });
    register(&server, &body).await.expect(201);
}

#[tokio::test]
async fn wrapped_keys_must_be_those_of_the_latest_statement() {
    let server = spawn_server().await;
    let mut keys = new_keys("alice", &Keys::generate());
    keys["wrapped_keys"] = wrapped_keys(&kdf(), 1).into();
    let answer = register_with(&server, keys.clone()).await;
    answer.refused(409, "keys_changed");
    assert_eq!(answer.pointers(), ["/keys/wrapped_keys"]);

    keys["wrapped_keys"] = wrapped_keys(&kdf(), 0).into();
    keys["recovery"] = json!({
        "recovery_secret": base64(&random(32)),
        "wrapped_keys": wrapped_keys(&json!({ "name": "recovery" }), 7),
    });
    let answer = register_with(&server, keys).await;
    answer.refused(409, "keys_changed");
    assert_eq!(answer.pointers(), ["/keys/recovery/wrapped_keys"]);
}

#[tokio::test]
async fn wrapped_keys_of_another_shape_are_refused() {
    let server = spawn_server().await;
    let salt = base64(&random(16));
    let kdfs = [
        json!({ "name": "argon2id", "m": 19_456, "t": 3, "p": 1, "salt": salt }),
        json!({ "name": "argon2id", "m": 1_048_576, "t": 3, "p": 1, "salt": salt }),
        json!({ "name": "argon2id", "m": 65_536, "t": 2, "p": 1, "salt": salt }),
        json!({ "name": "argon2id", "m": 65_536, "t": 7, "p": 1, "salt": salt }),
        json!({ "name": "argon2id", "m": 65_536, "t": 3, "p": 4, "salt": salt }),
        json!({ "name": "argon2i", "m": 65_536, "t": 3, "p": 1, "salt": salt }),
        json!({ "name": "argon2id", "m": 65_536, "t": 3, "p": 1, "salt": "c2hvcnQ" }),
        json!({ "name": "argon2id", "m": 65_536, "t": 3, "p": 1 }),
        json!({ "name": "argon2id", "m": -1, "t": 3, "p": 1, "salt": salt }),
        json!({ "name": "recovery" }),
    ];
    let mut cases: Vec<String> = kdfs.iter().map(|kdf| wrapped_keys(kdf, 0)).collect();
    let header = |alg: &str, enc: &str, typ: &str| {
        jwe(&json!({ "alg": alg, "enc": enc, "typ": typ, "kdf": kdf(), "seq": 0 }))
    };
    let typ = "pli-wrapped-keys+jwe";
    cases.extend([
        header("RSA-OAEP-256", "A256GCM", typ),
        header("dir", "A128GCM", typ),
        header("dir", "A256GCM", "JWE"),
        jwe(&json!({
            "alg": "dir", "enc": "A256GCM", "typ": typ, "kdf": kdf(), "seq": 0, "zip": "DEF",
        })),
        String::new(),
        "....".to_owned(),
        wrapped_keys(&kdf(), 0).replacen("..", ".AAAA.", 1),
        format!("{}=", wrapped_keys(&kdf(), 0)),
        format!("{}.AAAA", wrapped_keys(&kdf(), 0)),
        "A".repeat(1024 * 1024 + 1),
    ]);
    for case in cases {
        let mut keys = new_keys("alice", &Keys::generate());
        keys["wrapped_keys"] = case.into();
        let answer = register_with(&server, keys).await;
        answer.refused(400, "bad_wrapped_keys");
        assert_eq!(answer.pointers(), ["/keys/wrapped_keys"]);
    }
}

#[tokio::test]
async fn nobody_sees_the_wrapped_keys_of_others() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let wrapped = alice.reads(&server, "/auth/keys").await.expect(200)["wrapped_keys"].clone();
    let profile = bob.reads(&server, &format!("/users/{}", alice.id)).await;
    assert!(!String::from_utf8(profile.bytes).unwrap().contains(wrapped.as_str().unwrap()));
    server.get("/auth/keys").send().await.refused(401, "missing_token");
}
