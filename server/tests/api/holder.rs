//! Someone who holds the keys of an account, and so can change them.

use serde_json::{Value, json};

use crate::{
    people::{
        Keys, PASSWORD, Person, base64, claims, hash, kdf, login, random, statement, unbase64,
        wrapped_keys,
    },
    server::{Answer, TestServer},
};

pub const NEW_PASSWORD: &str = "another login secret, of another password";

/// A person with everything that a client keeps.
pub struct Holder {
    pub username: String,
    pub kdf: Value,
    pub keys: Keys,
    pub history: Vec<Value>,
    pub access: String,
    pub refresh: String,
}

pub fn decoded(statement: &Value) -> Vec<u8> {
    unbase64(statement["payload"].as_str().unwrap())
}

pub fn wrapped_for_recovery(seq: u64) -> String {
    wrapped_keys(&json!({ "name": "recovery" }), seq)
}

impl Holder {
    /// Registers someone with keys and signs in.
    pub async fn arrives(server: &TestServer, username: &str) -> Self {
        let (keys, kdf) = (Keys::generate(), kdf());
        let history = vec![statement(&claims(username, 0, None, &keys), &[&keys])];
        let body = json!({
            "username": username, "email": format!("{username}@example.org"),
            "password": PASSWORD,
            "keys": { "wrapped_keys": wrapped_keys(&kdf, 0), "history": history },
        });
        server.post("/auth/register").json(&body).send().await.expect(201);
        let signed_in = login(server, username).await;
        let token = |name: &str| signed_in[name].as_str().unwrap().to_owned();
        let (access, refresh) = (token("access_token"), token("refresh_token"));
        Self { username: username.to_owned(), kdf, keys, history, access, refresh }
    }

    pub fn seq(&self) -> u64 {
        self.history.len() as u64 - 1
    }

    /// The statement that publishes `next`.
    pub fn follows(&self, next: &Keys) -> Value {
        let prev = hash(&decoded(self.history.last().unwrap()));
        let claims = claims(&self.username, self.seq() + 1, Some(&prev), next);
        statement(&claims, &[next, &self.keys])
    }

    /// A rotation to `next`.
    pub fn rotation(&self, next: &Keys) -> Value {
        json!({
            "current_password": PASSWORD, "statement": self.follows(next),
            "wrapped_keys": wrapped_keys(&self.kdf, self.seq() + 1),
        })
    }

    pub async fn puts(&self, server: &TestServer, path: &str, body: &Value) -> Answer {
        server.put(path).token(&self.access).json(body).send().await
    }

    pub async fn posts(&self, server: &TestServer, path: &str, body: &Value) -> Answer {
        server.post(path).token(&self.access).json(body).send().await
    }

    /// Rotates; it must be accepted.
    pub async fn rotates(&mut self, server: &TestServer) {
        let next = Keys::generate();
        let rotation = self.rotation(&next);
        self.puts(server, "/auth/keys", &rotation).await.done();
        self.history.push(rotation["statement"].clone());
        self.keys = next;
    }

    /// Sets up a recovery code, and says what proves it.
    pub async fn sets_up_recovery(&self, server: &TestServer) -> String {
        let secret = base64(&random(32));
        let body = json!({
            "current_password": PASSWORD, "recovery_secret": secret,
            "recovery_wrapped_keys": wrapped_for_recovery(self.seq()),
            "wrapped_keys": wrapped_keys(&self.kdf, self.seq()),
        });
        self.puts(server, "/auth/recovery", &body).await.done();
        secret
    }

    pub async fn own_keys(&self, server: &TestServer) -> Value {
        server.get("/auth/keys").token(&self.access).send().await.expect(200)
    }

    pub async fn is_signed_in(&self, server: &TestServer) -> bool {
        server.get("/auth/whoami").token(&self.access).send().await.status == 200
    }

    /// As others know them.
    pub fn person(&self) -> Person {
        Person {
            id: String::new(),
            email: format!("{}@example.org", self.username),
            enc_kid: self.keys.enc_kid(),
            access: self.access.clone(),
            refresh: self.refresh.clone(),
        }
    }
}
