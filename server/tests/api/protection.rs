//! The headers that keep a browser from making more of an answer than it is.

use std::path::Path;

use reqwest::{Method, header::HeaderMap};
use serde_json::json;

use crate::{
    operations::operations,
    people::{Person, login, random, uuid},
    server::{spawn_server, spawn_server_with},
};

const OF_DEMO: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; img-src 'self' blob:; connect-src 'self'; worker-src 'self'; \
    frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types pli-scripts";
const OF_DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";
const OF_THE_REST: &str = "default-src 'none'; frame-ancestors 'none'";

/// Every answer has these; `check` in server.rs asks for them in every test.
#[track_caller]
pub fn is_protected(headers: &HeaderMap, what: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(headers.get(name).map(|it| it.as_bytes()), Some(value.as_bytes()), "{what}");
    }
    let policies: Vec<_> = headers.get_all("content-security-policy").iter().collect();
    let policy = policies.first().map_or("", |policy| policy.to_str().unwrap());
    assert_eq!(policies.len(), 1, "{what}");
    assert!([OF_DEMO, OF_DOCS, OF_THE_REST].contains(&policy), "{what}: {policy}");
    assert!(headers.contains_key("cache-control"), "{what}");
}

/// The files below a folder of the project, by their path from there.
fn files_in(folder: &str) -> Vec<String> {
    fn collect(folder: &Path, below: &str, files: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("the demo has been built").flatten() {
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            match entry.path().is_dir() {
                true => collect(&entry.path(), &format!("{name}/"), files),
                false => files.push(name),
            }
        }
    }
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), "", &mut files);
    files
}

#[tokio::test]
async fn every_page_and_asset_has_its_policy_and_no_other_type_than_its_own() {
    let server = spawn_server().await;
    let mut pages: Vec<(String, &str)> = files_in("web-demo/dist")
        .into_iter()
        .filter(|name| !name.ends_with(".br"))
        .map(|name| (format!("/{name}"), OF_DEMO))
        .chain([("/".to_owned(), OF_DEMO)])
        .collect();
    assert!(pages.iter().any(|(path, _)| path == "/save-worker.js"), "{pages:?}");
    assert!(pages.iter().any(|(path, _)| path.ends_with(".wasm")), "{pages:?}");
    for path in ["", "/", "/docs.html", "/docs.css", "/docs.js", "/swagger-ui.css"] {
        pages.push((format!("/docs{path}"), OF_DOCS));
    }
    for path in ["/docs/swagger-ui-bundle.js", "/docs/favicon-32x32.png"] {
        pages.push((path.to_owned(), OF_DOCS));
    }
    pages.extend(["json", "yaml"].map(|form| (format!("/openapi.{form}"), OF_DOCS)));
    for (path, policy) in pages {
        let page = server.get(&path).send().await;
        let known = server.get(&path).header("if-none-match", page.header("etag")).send().await;
        assert_eq!((page.status, known.status), (200, 304), "{path}");
        let head = server.head(&path).send().await;
        for answer in [&page, &known, &head] {
            assert_eq!(answer.header("content-security-policy"), policy, "{path}");
            assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        }
        let expected = match path.rsplit('.').next().unwrap() {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "wasm" => "application/wasm",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "json" => "application/json",
            "yaml" => "application/yaml",
            _ => "text/html; charset=utf-8",
        };
        assert_eq!(page.header("content-type"), expected, "{path}");
        let posted = server.post(&path).send().await;
        assert_eq!(posted.refused(405, "method_not_allowed")["status"], 405);
        assert_eq!(posted.header("content-security-policy"), OF_THE_REST, "{path}");
    }
}

#[tokio::test]
async fn every_answer_of_the_api_is_protected_whether_it_refuses_or_not() {
    let server = spawn_server().await;
    let bob = Person::arrives(&server, "bob").await;
    for operation in operations() {
        let call = || operation.call(&server, &uuid(), &operation.body());
        // Some of them end the session.
        let token = login(&server, "bob").await["access_token"].as_str().unwrap().to_owned();
        for answer in [call().open().await, call().token(&token).open().await] {
            is_protected(answer.headers(), &operation.id);
        }
    }
    let events = server.get("/messaging/events").token(&bob.access).open().await;
    is_protected(events.headers(), "events");
    let file = bob.uploads(&server, random(5000)).await;
    let path = format!("/messaging/download_file/{file}");
    let range = server.get(&path).token(&bob.access).header("range", "bytes=10-20").open().await;
    assert_eq!(range.status(), 206);
    is_protected(range.headers(), "a range");
    for (method, path) in [
        (Method::GET, "/nowhere"),
        (Method::GET, "/save/0191b2c3-0000-7000-8000-000000000001"),
        (Method::DELETE, "/auth/login"),
        (Method::OPTIONS, "/files"),
        (Method::TRACE, "/"),
        (Method::GET, "/messaging/inbox?after=1&after=2"),
    ] {
        let answer = server.call(method.clone(), path).open().await;
        is_protected(answer.headers(), &format!("{method} {path}"));
    }
    let large = "x".repeat(3 << 20);
    let refused = server.post("/messaging/send_message").token(&bob.access);
    let refused = refused.json(&json!({ "message_id": large })).open().await;
    assert_eq!(refused.status(), 413);
    is_protected(refused.headers(), "a body that is too large");
}

#[tokio::test]
async fn a_page_of_another_origin_may_read_but_not_embed() {
    let origin = "https://app.example.org";
    let server = spawn_server_with(&["--allowed-origins", origin]).await;
    let asked = server.call(Method::OPTIONS, "/auth/login").header("origin", origin);
    let preflight = asked.header("access-control-request-method", "POST").open().await;
    assert_eq!(preflight.status(), 204);
    is_protected(preflight.headers(), "a preflight");
    let answer = server.get("/health/live").header("origin", origin).open().await;
    is_protected(answer.headers(), "an allowed origin");
}
