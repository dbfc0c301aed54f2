//! Attacks on tokens. The forger here holds the server's own signing key, so that each token has
//! one fault only.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::{
    operations::operations,
    people::{Person, base64, unbase64},
    server::{Answer, TestServer, spawn_server},
};

/// Makes tokens with the server's key.
struct Forger {
    key: EncodingKey,
    private: Vec<u8>,
    kid: String,
    claims: Value,
}

fn parts(token: &str) -> (Value, Value) {
    let part = |index| {
        let text = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&unbase64(text)).unwrap()
    };
    (part(0), part(1))
}

impl Forger {
    fn new(server: &TestServer, person: &Person) -> Self {
        let secrets = std::fs::read(server.folder.path().join("secrets.json")).unwrap();
        let secrets: Value = serde_json::from_slice(&secrets).unwrap();
        let stored = &secrets["signing_keys"][0];
        let private = unbase64(stored["private_key"].as_str().unwrap());
        let (_, claims) = parts(&person.access);
        Self {
            key: EncodingKey::from_ed_der(&private),
            private,
            kid: stored["kid"].as_str().unwrap().to_owned(),
            claims,
        }
    }

    fn header(&self) -> Header {
        Header {
            typ: Some("at+jwt".to_owned()),
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        }
    }

    fn with_header(&self, header: &Header) -> String {
        encode(header, &self.claims, &self.key).unwrap()
    }

    fn with_claim(&self, name: &str, value: Option<Value>) -> String {
        let mut claims = self.claims.clone();
        match value {
            Some(value) => claims[name] = value,
            None => drop(claims.as_object_mut().unwrap().remove(name)),
        }
        encode(&self.header(), &claims, &self.key).unwrap()
    }
}

async fn whoami(server: &TestServer, token: &str) -> Answer {
    server.get("/auth/whoami").token(token).send().await
}

#[tokio::test]
async fn what_the_forger_makes_would_be_accepted_without_a_fault() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let forger = Forger::new(&server, &alice);
    whoami(&server, &forger.with_header(&forger.header())).await.expect(200);
}

#[tokio::test]
async fn tokens_say_all_that_they_should() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    for (token, typ, seconds) in
        [(&alice.access, "at+jwt", 600), (&alice.refresh, "rt+jwt", 30 * 24 * 3600)]
    {
        let (header, claims) = parts(token);
        assert_eq!(header["alg"], "EdDSA");
        assert_eq!(header["typ"], typ);
        assert!(header["kid"].is_string());
        assert_eq!(claims["sub"], alice.id.as_str());
        for name in ["iss", "aud", "sid", "jti"] {
            assert!(claims[name].is_string(), "{name}");
        }
        let times = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert_eq!(times, seconds);
    }
}

#[tokio::test]
async fn another_algorithm_is_refused() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let forger = Forger::new(&server, &alice);
    let (_, rest) = alice.access.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let none =
        base64(json!({ "alg": "none", "typ": "at+jwt", "kid": forger.kid }).to_string().as_bytes());
    let rs256 = base64(
        json!({ "alg": "RS256", "typ": "at+jwt", "kid": forger.kid }).to_string().as_bytes(),
    );
    let mut tokens = vec![
        format!("{none}.{claims}."),
        format!("{none}.{claims}.{signature}"),
        format!("{rs256}.{claims}.{signature}"),
    ];
    // HMAC with everything that a server could mistake for the secret.
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    let pair = Ed25519KeyPair::from_pkcs8(&forger.private).unwrap();
    for secret in [pair.public_key().as_ref(), &forger.private, b"", forger.kid.as_bytes()] {
        let header = Header { alg: Algorithm::HS256, ..forger.header() };
        tokens.push(encode(&header, &forger.claims, &EncodingKey::from_secret(secret)).unwrap());
    }
    for token in tokens {
        whoami(&server, &token).await.refused(401, "invalid_token");
    }
}

#[tokio::test]
async fn another_type_or_key_is_refused() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let forger = Forger::new(&server, &alice);
    let header = forger.header();
    for typ in [None, Some("JWT"), Some("rt+jwt"), Some("AT+JWT"), Some("at+jwt "), Some("")] {
        let header = Header { typ: typ.map(str::to_owned), ..header.clone() };
        let token = forger.with_header(&header);
        whoami(&server, &token).await.refused(401, "invalid_token");
    }
    for kid in [None, Some("other"), Some(""), Some("../secrets.json")] {
        let header = Header { kid: kid.map(str::to_owned), ..header.clone() };
        let token = forger.with_header(&header);
        whoami(&server, &token).await.refused(401, "invalid_token");
    }
}

#[tokio::test]
async fn a_key_that_the_token_brings_is_not_used() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let forger = Forger::new(&server, &alice);
    let other =
        aws_lc_rs::signature::Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new())
            .unwrap();
    let key = EncodingKey::from_ed_der(other.as_ref());
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    let pair = Ed25519KeyPair::from_pkcs8(other.as_ref()).unwrap();
    let x = base64(pair.public_key().as_ref());
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "alg": "EdDSA" });
    let jwk = serde_json::from_value(jwk).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let header =
        Header { jwk: Some(jwk), jku: Some(url.clone()), x5u: Some(url), ..forger.header() };
    let token = encode(&header, &forger.claims, &key).unwrap();
    whoami(&server, &token).await.refused(401, "invalid_token");
    assert!(listener.accept().is_err(), "the server fetched a key");
}

#[tokio::test]
async fn every_claim_is_required_in_its_type() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let forger = Forger::new(&server, &alice);
    let names = ["iss", "aud", "sub", "sid", "exp", "iat", "jti", "gen"];
    let faults = [None, Some(Value::Null), Some(json!([])), Some(json!({})), Some(json!(true))];
    for name in names {
        for value in faults.clone() {
            let token = forger.with_claim(name, value.clone());
            let answer = whoami(&server, &token).await;
            answer.refused(401, "invalid_token");
        }
    }
    for (name, value) in [
        ("iss", json!("someone")),
        ("iss", json!(["pli-server"])),
        ("aud", json!("others")),
        ("aud", json!(["pli", "others"])),
        ("exp", json!("9999999999")),
        ("exp", json!(1e300)),
        ("sub", json!(7)),
        ("sub", json!("alice")),
        ("sid", json!("x")),
        ("gen", json!("0")),
    ] {
        let token = forger.with_claim(name, Some(value));
        whoami(&server, &token).await.refused(401, "invalid_token");
    }
}

#[tokio::test]
async fn a_token_of_another_account_or_session_is_refused() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let forger = Forger::new(&server, &alice);
    let token = forger.with_claim("sub", Some(json!(bob.id)));
    whoami(&server, &token).await.refused(401, "session_ended");
    let token = forger.with_claim("sid", Some(json!(crate::people::uuid())));
    whoami(&server, &token).await.refused(401, "session_ended");
}

#[tokio::test]
async fn a_token_serves_only_in_its_time() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let forger = Forger::new(&server, &alice);
    let now = server.now() / 1000;
    let expired = forger.with_claim("exp", Some(json!(now - 6)));
    whoami(&server, &expired).await.refused(401, "expired_token");
    for (name, value) in [("nbf", now + 60), ("iat", now + 60)] {
        let token = forger.with_claim(name, Some(json!(value)));
        whoami(&server, &token).await.refused(401, "invalid_token");
    }
    let token = forger.with_claim("nbf", Some(json!(now - 60)));
    whoami(&server, &token).await.expect(200);
}

#[tokio::test]
async fn a_token_serves_only_its_purpose() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    whoami(&server, &alice.refresh).await.refused(401, "invalid_token");
    let answer = server.get("/auth/refresh").token(&alice.access).send().await;
    answer.refused(401, "invalid_token");
}

#[tokio::test]
async fn a_former_signing_key_verifies_until_it_is_retired() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let path = server.folder.path().join("secrets.json");
    let mut secrets: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let random = aws_lc_rs::rand::SystemRandom::new();
    let key = aws_lc_rs::signature::Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let kid = crate::people::uuid();
    let ring = secrets["signing_keys"].as_array_mut().unwrap();
    ring.insert(0, json!({ "kid": kid, "private_key": base64(key.as_ref()) }));
    std::fs::write(&path, secrets.to_string()).unwrap();
    let server = server.restart().await;
    whoami(&server, &alice.access).await.expect(200);
    let next = crate::people::login(&server, "alice").await;
    let next = next["access_token"].as_str().unwrap();
    assert_eq!(parts(next).0["kid"], kid);

    secrets["signing_keys"].as_array_mut().unwrap().pop();
    std::fs::write(&path, secrets.to_string()).unwrap();
    let server = server.restart().await;
    whoami(&server, &alice.access).await.refused(401, "invalid_token");
    let refresh = server.get("/auth/refresh").token(&alice.refresh).send().await;
    refresh.refused(401, "invalid_token");
    whoami(&server, next).await.expect(200);
}

#[tokio::test]
async fn an_empty_token_or_another_scheme_is_no_token() {
    let server = spawn_server().await;
    for operation in operations().iter().filter(|operation| !operation.is_open) {
        let call = || operation.call(&server, &crate::people::uuid(), &json!({}));
        for answer in [
            call().token("").send().await,
            call().header("authorization", "Basic YTpi").send().await,
        ] {
            operation.refused(&answer, 401, "missing_token", "nobody");
        }
    }
}

#[tokio::test]
async fn garbage_is_no_token() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let mut tokens: Vec<String> =
        ["...", "a", "a.b", "a.b.c.d", &"a".repeat(10_000)].map(str::to_owned).into();
    tokens.push(format!("{}x", alice.access));
    tokens.push(format!("{}=", alice.access));
    tokens.push(alice.access.replacen('.', "..", 1));
    let flipped = alice.access.char_indices().step_by(7).filter(|(_, letter)| *letter != '.');
    tokens.extend(flipped.map(|(index, letter)| {
        let other = if letter == 'A' { "B" } else { "A" };
        let mut token = alice.access.clone();
        token.replace_range(index..=index, other);
        token
    }));
    for token in tokens.iter().filter(|token| **token != alice.access) {
        let answer = whoami(&server, token).await;
        assert_eq!(answer.status, 401, "{token}");
    }
}
