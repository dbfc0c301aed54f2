//! The log of every server under test, searched line by line for what must not stand in it: what
//! looks like a secret, and every password, secret and token that a test sends or receives.

use std::{
    collections::HashSet,
    io,
    sync::{LazyLock, Mutex, MutexGuard, Once, PoisonError},
};

use serde_json::{Value, json};

use crate::{people::PASSWORD, server::spawn_server};

/// What secrets look like: JWTs and JWEs, hashes of passwords, headers, files of keys, and the
/// addresses of the people here.
const FORMS: [&str; 6] = ["eyJ", "$argon2", "Bearer e", "private_key", "mac_key", "@example"];

/// Members that hold secrets.
const SECRET: [&str; 11] = [
    "password",
    "current_password",
    "new_password",
    "recovery_secret",
    "wrapped_keys",
    "recovery_wrapped_keys",
    "access_token",
    "refresh_token",
    "recovery_token",
    "private_key",
    "mac_key",
];

/// What is shorter might stand in a log by chance.
const TELLING: usize = 12;

static LOG: LazyLock<Mutex<Log>> = LazyLock::new(Mutex::default);

fn log() -> MutexGuard<'static, Log> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What has been logged and what must not be. Each word meets each secret, whichever comes first.
#[derive(Default)]
struct Log {
    words: HashSet<String>,
    secrets: HashSet<String>,
    phrases: HashSet<String>,
    leaks: Vec<String>,
}

/// The runs of letters that base64url has. What a backslash escapes belongs to no word.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let parts = line.split('\\').enumerate().map(|(index, part)| match index {
        0 => part,
        _ => part.get(1..).unwrap_or_default(),
    });
    let is_in_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    parts.flat_map(move |part| part.split(move |letter| !is_in_word(letter)))
}

impl Log {
    /// Takes note of what was logged.
    fn line(&mut self, line: &str) {
        let found = |what: &&str| line.contains(*what);
        let phrase = self.phrases.iter().map(String::as_str).find(|phrase| line.contains(phrase));
        let word = words(line).find(|word| self.secrets.contains(*word));
        if let Some(secret) = FORMS.iter().copied().find(found).or(phrase).or(word) {
            self.leaks.push(format!("{secret} in {line}"));
        }
        for word in words(line).filter(|word| word.len() >= TELLING) {
            if !self.words.contains(word) {
                self.words.insert(word.to_owned());
            }
        }
    }

    /// Takes note of a secret. Of a JWT or JWE, the last part is what others must not learn.
    fn secret(&mut self, secret: &str) {
        let last = words(secret).last().unwrap_or_default();
        if last.len() >= TELLING {
            if self.secrets.insert(last.to_owned()) && self.words.contains(last) {
                self.leaks.push(format!("{last}, which was logged before"));
            }
        } else if secret.len() >= TELLING {
            self.phrases.insert(secret.to_owned());
        }
    }

    /// Takes note of the secrets in a body.
    fn body(&mut self, body: &Value) {
        match body {
            Value::Object(members) => members.iter().for_each(|(name, value)| match value {
                Value::String(secret) if SECRET.contains(&name.as_str()) => self.secret(secret),
                value => self.body(value),
            }),
            Value::Array(items) => items.iter().for_each(|item| self.body(item)),
            _ => {}
        }
    }
}

/// Remembers a token.
pub fn keep_secret(secret: &str) {
    log().secret(secret);
}

/// Remembers the secrets in a body.
pub fn keep_secrets(body: &Value) {
    log().body(body);
}

/// Searches what a process has logged.
pub fn search(text: &str) {
    text.lines().for_each(|line| log().line(line));
}

/// Fails when it is dropped, as each server under test is, if a secret has been logged by then.
pub struct Searched(());

impl Searched {
    /// Has everything logged from now on.
    pub fn log() -> Self {
        static BEGIN: Once = Once::new();
        BEGIN.call_once(|| {
            keep_secret(PASSWORD);
            tracing_subscriber::fmt()
                .json()
                // What libraries say beyond that is searched with the program itself, as it would
                // slow down every test. The store of the tests speaks of checksums and folders, in
                // which three letters look like a secret by chance.
                .with_env_filter("debug,pli_server=trace,poem=trace,h2=info,s3s=info")
                .with_writer(|| Sink)
                .init();
        });
        Self(())
    }
}

impl Drop for Searched {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let leaks = std::mem::take(&mut log().leaks);
            assert!(
                leaks.is_empty(),
                "secrets stand in the log {} times: {}",
                leaks.len(),
                leaks[0]
            );
        }
    }
}

/// Each call is one event.
struct Sink;

impl io::Write for Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        log().line(&String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_secret_in_the_log_is_found_whenever_it_is_learnt() {
    let leaks = |steps: &[&dyn Fn(&mut Log)]| {
        let mut log = Log::default();
        log.line(
            r#"{"message":"all is well","request_id":"0198c0de-0000-7000-8000-0123456789ab"}"#,
        );
        steps.iter().for_each(|step| step(&mut log));
        log.leaks.len()
    };
    let body = json!({ "keys": [{ "wrapped_keys": "a.b..d.the-tag-of-wrapped-keys" }] });
    let token: &dyn Fn(&mut Log) = &|log| log.secret("header.claims.a-very-secret-signature");
    let keys: &dyn Fn(&mut Log) = &|log| log.body(&body);
    let password: &dyn Fn(&mut Log) = &|log| log.body(&json!({ "new_password": "two words é" }));
    let logged: &dyn Fn(&mut Log) = &|log| log.line(r#"{"x":"\"a-very-secret-signature\\n\""}"#);
    assert_eq!(leaks(&[token, keys, password]), 0);
    assert_eq!(leaks(&[token, logged]), 1);
    assert_eq!(leaks(&[logged, token]), 1);
    assert_eq!(leaks(&[keys, &|log| log.line(r"before\nthe-tag-of-wrapped-keys after")]), 1);
    assert_eq!(leaks(&[password, &|log| log.line(r#"Login { password: "two words é" }"#)]), 1);
    for form in FORMS {
        assert_eq!(leaks(&[&|log| log.line(&format!("before {form} after"))]), 1, "{form}");
    }
}

#[tokio::test]
async fn the_log_of_every_server_is_read() {
    let server = spawn_server().await;
    let answer = server.get("/health/live").send().await;
    let request = answer.header("x-request-id");
    assert!(log().words.contains(request), "the request {request} is logged");
}
