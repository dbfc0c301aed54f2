//! Settings: what is said of them, and what is never said.

use tempfile::TempDir;

use crate::process::{Process, program};

#[test]
fn a_setting_that_makes_no_sense_is_explained() {
    for (name, value) in [
        ("PLI_LISTEN", "here"),
        ("PLI_REGISTRATION", "maybe"),
        ("PLI_ALLOWED_ORIGINS", "*"),
        ("PLI_MAX_FILE_BYTES", "-1"),
        ("PLI_TRUSTED_PROXIES", "everybody"),
        ("PLI_ACCOUNT_FAILURES", "0"),
    ] {
        let output = program().env(name, value).output().unwrap();
        assert!(!output.status.success());
        let text = String::from_utf8(output.stderr).unwrap();
        let sentence = format!("pli-server: {name} is set to \"{value}\": ");
        assert!(text.starts_with(&sentence) && text.lines().count() == 1, "{text}");
    }
}

#[test]
fn a_mistyped_address_is_explained_without_its_password() {
    for (name, option, value) in [
        ("PLI_DATABASE_URL", "--database-url", "postgres:/pli:hunter22@db/pli"),
        ("PLI_DATABASE_URL", "--database-url", "postgres://pli:hun/ter22@db/pli"),
        ("PLI_FILES_URL", "--files-url", "s3:/KEY:hunter22@bucket"),
        ("PLI_FILES_URL", "--files-url", "s3://KEY:hun/ter22@bucket"),
    ] {
        let by_variable = program().env(name, value).output().unwrap();
        let by_option = program().args([option, value]).output().unwrap();
        for output in [by_variable, by_option] {
            assert!(!output.status.success());
            let text = String::from_utf8(output.stderr).unwrap();
            let sentence = format!("pli-server: {name} is set to a value that makes no sense: ");
            assert!(text.starts_with(&sentence), "{text}");
            assert!(!text.contains("hun") && !text.contains("ter22"), "{text}");
        }
    }
}

#[test]
fn a_line_that_is_none_is_explained_without_its_password() {
    let folder = TempDir::new().unwrap();
    let line = "PLI_DATABASE_URL=postgres://pli:hunter 22@db/pli\n";
    std::fs::write(folder.path().join(".env"), line).unwrap();
    let output = program().current_dir(folder.path()).output().unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("pli-server: .env can't be read: "), "{text}");
    assert!(!text.contains("hunter"), "{text}");
}

#[test]
fn the_help_does_not_show_the_password_of_the_database() {
    let url = "postgres://pli:secret@db/pli";
    let output = program().env("PLI_DATABASE_URL", url).arg("--help").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("PLI_DATABASE_URL") && !text.contains("secret@"), "{text}");
}

#[test]
fn the_settings_in_force_are_printed_without_passwords() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join(".env"), "PLI_LOOKUPS=7\nPLI_LISTEN=127.0.0.1:1\n").unwrap();
    let output = program()
        .current_dir(folder.path())
        .env("PLI_LISTEN", "127.0.0.1:2")
        .env("PLI_ALLOWED_ORIGINS", "https://a.example,https://alice:secret@b.example")
        .env("PLI_DATABASE_URL", "postgres://pli:secret@db/pli")
        .args(["config", "--registration", "staff"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for line in [
        "PLI_LISTEN=127.0.0.1:2",
        "PLI_LOOKUPS=7",
        "PLI_REGISTRATION=staff",
        "PLI_ALLOWED_ORIGINS=https://a.example,https://[hidden]@b.example",
        "PLI_DATABASE_URL=postgres://[hidden]@db/pli",
        "PLI_TRUSTED_PROXIES=",
        "PLI_ACCOUNT_FAILURES=10",
        "PLI_LOG=info",
    ] {
        assert!(text.lines().any(|printed| printed == line), "{line} in\n{text}");
    }
}

#[test]
fn the_page_of_settings_is_that_of_the_program() {
    let output = program().arg("settings").output().unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/settings.md");
    let committed = std::fs::read_to_string(committed).unwrap();
    assert!(page == committed, "run `cargo run -p pli-server -- settings > docs/settings.md`");
    for name in ["PLI_LISTEN", "PLI_LOG", "PLI_TLS_CERT", "PLI_LOOKUPS", "PLI_PUBLIC_URL"] {
        assert!(page.contains(&format!("## `{name}`")), "{name}");
    }
}

#[tokio::test]
async fn a_variable_that_is_no_setting_is_warned_about() {
    let folder = TempDir::new().unwrap();
    let mut command = program();
    command.env("PLI_LISTENN", "127.0.0.1:9");
    drop(Process::run(command, folder.path()));
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let warning = log.lines().find(|line| line.contains(r#""name":"PLI_LISTENN""#)).unwrap();
    assert!(warning.contains(r#""level":"WARN""#), "{warning}");
    assert!(!log.contains(r#""name":"PLI_LISTEN""#));
}
