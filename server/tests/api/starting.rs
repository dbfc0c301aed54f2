//! Starting: what a server makes of the database that it finds.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    cluster,
    process::{Process, program},
};

/// Starts the program where it must fail, and returns why.
fn refusal(folder: &Path, variables: &[(&str, &str)]) -> String {
    let output = program()
        .current_dir(folder)
        .env("PLI_LISTEN", "127.0.0.1:0")
        .env("PLI_DATA_DIR", folder.join("data"))
        .envs(Process::database(folder))
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    text.lines().last().unwrap().to_owned()
}

#[test]
fn two_servers_do_not_share_a_file() {
    let folder = TempDir::new().unwrap();
    let file = [("PLI_DATABASE_URL", "sqlite:data/own.sqlite3")];
    let server = Process::start_with(folder.path(), &file);
    let refused = refusal(folder.path(), &file);
    assert!(refused.contains("another pli-server is running on"), "{refused}");
    drop(server);
    drop(Process::start_with(folder.path(), &file));
}

#[test]
fn a_server_without_the_secrets_of_its_database_does_not_start() {
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    drop(Process::start(folder.path()));
    drop(Process::start(other.path()));
    let secrets = |folder: &TempDir| folder.path().join("data").join("secrets.json");
    std::fs::copy(secrets(&other), secrets(&folder)).unwrap();
    let refused = refusal(folder.path(), &[]);
    assert!(refused.contains("does not hold the secrets of this database"), "{refused}");
    std::fs::remove_file(secrets(&folder)).unwrap();
    let refused = refusal(folder.path(), &[]);
    assert!(refused.contains("there are no secrets at"), "{refused}");
    assert!(!secrets(&folder).exists(), "none are made up");
}

#[test]
fn secrets_that_are_none_are_refused() {
    let folder = TempDir::new().unwrap();
    drop(Process::start(folder.path()));
    let path = folder.path().join("data").join("secrets.json");
    let good: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for (pointer, value, reason) in [
        ("/signing_keys", json!([]), "it holds no signing key"),
        ("/signing_keys/0/private_key", json!("A+"), "a signing key is not base64url"),
        ("/mac_key", json!("AAAA"), "mac_key is not 32 bytes in base64url"),
    ] {
        let mut secrets = good.clone();
        *secrets.pointer_mut(pointer).unwrap() = value;
        std::fs::write(&path, secrets.to_string()).unwrap();
        let refused = refusal(folder.path(), &[]);
        assert!(
            refused.ends_with(&format!("the secrets file can't be used: {reason}")),
            "{refused}"
        );
    }
}

#[test]
fn a_database_in_postgres_needs_shared_secrets() {
    let folder = TempDir::new().unwrap();
    let postgres = [("PLI_DATABASE_URL", "postgres://nobody@localhost/pli")];
    let output = program().current_dir(&folder).envs(postgres).output().unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("PLI_SECRETS_FILE must say"), "{text}");
}

#[tokio::test]
async fn a_database_of_a_newer_server_is_left_alone() {
    let folder = TempDir::new().unwrap();
    drop(Process::start(folder.path()));
    let url = match Process::database(folder.path()).into_iter().next() {
        Some((_, url)) => url,
        None => format!("sqlite:{}", folder.path().join("data").join("pli.sqlite3").display()),
    };
    let newer = "INSERT INTO _sqlx_migrations
             (version, description, success, checksum, execution_time)
         SELECT 9999, description, success, checksum, execution_time FROM _sqlx_migrations";
    cluster::run(&url, newer.to_owned());
    let refused = refusal(folder.path(), &[]);
    assert!(refused.contains("by a newer version of pli-server"), "{refused}");
    let staff = program()
        .current_dir(folder.path())
        .env("PLI_DATA_DIR", folder.path().join("data"))
        .envs(Process::database(folder.path()))
        .args(["staff", "list"])
        .output()
        .unwrap();
    assert!(!staff.status.success());
    let text = String::from_utf8(staff.stderr).unwrap();
    assert!(text.contains("by a newer version of pli-server"), "{text}");
}

#[cfg(unix)]
#[test]
#[ignore = "needs Postgres: PLI_TEST_DATABASE=postgres"]
fn ten_servers_start_at_once_on_an_empty_database() {
    let folder = TempDir::new().unwrap();
    let (url, secrets) = (cluster::url_for(folder.path()), folder.path().join("secrets.json"));
    let secrets = secrets.to_str().unwrap();
    let one = [("PLI_DATABASE_URL", url.as_str()), ("PLI_SECRETS_FILE", secrets)];
    let folders: Vec<TempDir> = (0..10).map(|_| TempDir::new().unwrap()).collect();
    std::thread::scope(|scope| {
        for folder in &folders {
            scope.spawn(|| Process::start_with(folder.path(), &one));
        }
    });
}
