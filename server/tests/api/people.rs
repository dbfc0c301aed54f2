//! People who use the server, with keys that sign. The server never opens an envelope, so those
//! made here only have the shape of one.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::{self, SystemRandom},
    rsa::KeySize,
    signature::{KeyPair as _, RSA_PSS_SHA256, RsaKeyPair},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::{Answer, TestServer};

pub const PASSWORD: &str = "Vpl4Wyk8nQ6QF0o3pZ1kqj0p2fT3m8cXbYbS0rZ8h5E";

pub fn base64(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

pub fn unbase64(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap()
}

pub fn random(size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    rand::fill(&mut bytes).unwrap();
    bytes
}

pub fn hash(bytes: &[u8]) -> String {
    base64(digest(&SHA256, bytes).as_ref())
}

pub fn uuid() -> String {
    Uuid::now_v7().to_string()
}

/// A key pair for signing and the modulus of one for encryption.
pub struct Keys {
    signing: RsaKeyPair,
    enc_modulus: Vec<u8>,
}

impl Keys {
    pub fn generate() -> Self {
        let mut enc_modulus = random(256);
        enc_modulus[0] |= 0x80;
        enc_modulus[255] |= 1;
        Self { signing: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(), enc_modulus }
    }

    pub fn enc_jwk(&self) -> Value {
        jwk(&self.enc_modulus, "enc", "RSA-OAEP-256")
    }

    pub fn sig_jwk(&self) -> Value {
        let modulus = self.signing.public_key().modulus();
        jwk(modulus.big_endian_without_leading_zero(), "sig", "PS256")
    }

    pub fn enc_kid(&self) -> String {
        self.enc_jwk()["kid"].as_str().unwrap().to_owned()
    }

    pub fn sig_kid(&self) -> String {
        self.sig_jwk()["kid"].as_str().unwrap().to_owned()
    }

    /// Signs a payload that is base64url already, under a header of its own.
    pub fn sign(&self, header: &Value, payload: &str) -> Value {
        let protected = base64(header.to_string().as_bytes());
        let input = format!("{protected}.{payload}");
        let mut signature = vec![0; self.signing.public_modulus_len()];
        self.signing
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature)
            .unwrap();
        json!({ "protected": protected, "signature": base64(&signature) })
    }

    pub fn header(&self) -> Value {
        json!({ "alg": "PS256", "kid": self.sig_kid(), "typ": "pli-keys+json" })
    }
}

fn jwk(modulus: &[u8], purpose: &str, alg: &str) -> Value {
    let n = base64(modulus);
    let kid = hash(format!(r#"{{"e":"AQAB","kty":"RSA","n":"{n}"}}"#).as_bytes());
    json!({ "kty": "RSA", "n": n, "e": "AQAB", "use": purpose, "alg": alg, "kid": kid })
}

/// The payload of a key statement that publishes `keys`.
pub fn claims(username: &str, seq: u64, prev: Option<&str>, keys: &Keys) -> Value {
    json!({
        "v": 1, "sub": username, "seq": seq, "prev": prev,
        "keys": [keys.enc_jwk(), keys.sig_jwk()], "iat": 1_790_000_000_u64 + seq,
    })
}

/// A statement signed by each of `signers`.
pub fn statement(claims: &Value, signers: &[&Keys]) -> Value {
    let payload = base64(claims.to_string().as_bytes());
    let signatures: Vec<Value> =
        signers.iter().map(|keys| keys.sign(&keys.header(), &payload)).collect();
    json!({ "payload": payload, "signatures": signatures })
}

/// A history of one statement.
pub fn first_statement(username: &str, keys: &Keys) -> Value {
    statement(&claims(username, 0, None, keys), &[keys])
}

pub fn kdf() -> Value {
    json!({ "name": "argon2id", "m": 65_536, "t": 3, "p": 1, "salt": base64(&random(16)) })
}

/// A compact JWE with a header of its own.
pub fn jwe(header: &Value) -> String {
    let protected = base64(header.to_string().as_bytes());
    let [iv, ciphertext, tag] = [12, 100, 16].map(|size| base64(&random(size)));
    format!("{protected}..{iv}.{ciphertext}.{tag}")
}

pub fn wrapped_keys(kdf: &Value, seq: u64) -> String {
    let typ = "pli-wrapped-keys+jwe";
    jwe(&json!({ "alg": "dir", "enc": "A256GCM", "typ": typ, "kdf": kdf, "seq": seq }))
}

/// The `keys` of a registration.
pub fn new_keys(username: &str, keys: &Keys) -> Value {
    json!({
        "wrapped_keys": wrapped_keys(&kdf(), 0),
        "history": [first_statement(username, keys)],
    })
}

/// The registration of someone with keys.
pub fn registration(username: &str, keys: &Keys) -> Value {
    json!({
        "username": username, "email": format!("{username}@example.org"), "password": PASSWORD,
        "keys": new_keys(username, keys),
    })
}

/// What the server must answer to someone who has tried too often.
#[track_caller]
pub fn told_to_wait(answer: &Answer) -> u64 {
    answer.refused(429, "too_many_requests");
    answer.header("retry-after").parse().unwrap()
}

/// Someone who is registered and signed in.
pub struct Person {
    pub id: String,
    pub email: String,
    pub enc_kid: String,
    pub access: String,
    pub refresh: String,
}

pub async fn register(server: &TestServer, body: &Value) -> Answer {
    server.post("/auth/register").json(body).send().await
}

pub async fn login(server: &TestServer, name: &str) -> Value {
    let body = json!({ "email": name, "password": PASSWORD });
    server.post("/auth/login").json(&body).send().await.expect(200)
}

impl Person {
    /// Registers someone with keys and signs in.
    pub async fn arrives(server: &TestServer, username: &str) -> Self {
        let keys = Keys::generate();
        let account = register(server, &registration(username, &keys)).await.expect(201);
        let signed_in = login(server, username).await;
        Self {
            id: account["id"].as_str().unwrap().to_owned(),
            email: format!("{username}@example.org"),
            enc_kid: keys.enc_kid(),
            access: signed_in["access_token"].as_str().unwrap().to_owned(),
            refresh: signed_in["refresh_token"].as_str().unwrap().to_owned(),
        }
    }

    /// A message of one's own to others.
    pub fn message_to(&self, receivers: &[&Self]) -> Value {
        let mut kids = vec![self.enc_kid.as_str()];
        kids.extend(receivers.iter().map(|person| person.enc_kid.as_str()));
        let cc: Vec<&str> = receivers.iter().skip(1).map(|person| person.email.as_str()).collect();
        json!({
            "message_id": uuid(), "receiver_email": receivers[0].email, "cc_emails": cc,
            "content_type": "text", "envelope": envelope(&kids),
        })
    }

    /// Sends a message to others; it must be accepted.
    pub async fn sends(&self, server: &TestServer, receivers: &[&Self]) -> Value {
        let message = self.message_to(receivers);
        self.posts(server, &message).await.expect(200);
        message
    }

    pub async fn posts(&self, server: &TestServer, message: &Value) -> Answer {
        server.post("/messaging/send_message").token(&self.access).json(message).send().await
    }

    pub async fn reads(&self, server: &TestServer, path: &str) -> Answer {
        server.get(path).token(&self.access).send().await
    }

    pub async fn inbox(&self, server: &TestServer) -> Value {
        self.reads(server, "/messaging/inbox").await.expect(200)
    }

    /// Uploads a file; it must be accepted.
    pub async fn uploads(&self, server: &TestServer, bytes: Vec<u8>) -> String {
        let answer = server
            .post("/files")
            .token(&self.access)
            .header("upload-length", &bytes.len().to_string())
            .header("content-type", "application/offset+octet-stream")
            .body(bytes)
            .send()
            .await;
        answer.expect(201)["file_id"].as_str().unwrap().to_owned()
    }
}

/// An envelope for the given keys, each once, with nothing inside.
pub fn envelope(kids: &[&str]) -> Value {
    let mut kids = kids.to_vec();
    kids.sort_unstable();
    kids.dedup();
    let recipients: Vec<Value> = kids
        .iter()
        .map(|kid| json!({ "header": { "kid": kid }, "encrypted_key": base64(&random(256)) }))
        .collect();
    let header = json!({
        "alg": "RSA-OAEP-256", "enc": "A256GCM", "typ": "pli-envelope+json",
        "kc": base64(&random(32)),
    });
    json!({
        "protected": base64(header.to_string().as_bytes()),
        "iv": base64(&random(12)), "ciphertext": base64(&random(400)),
        "tag": base64(&random(16)), "recipients": recipients,
    })
}
