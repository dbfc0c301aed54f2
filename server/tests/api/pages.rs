//! What a browser gets.

use reqwest::Method;

use crate::server::{spawn_server, spawn_server_with};

#[tokio::test]
async fn swagger_ui_needs_nothing_from_elsewhere() {
    let server = spawn_server().await;
    let page = server.get("/docs").send().await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let html = String::from_utf8(page.bytes).unwrap();
    assert!(!html.contains("://"), "nothing from elsewhere");
    let mut assets = 0;
    for quoted in html.split('"').filter(|text| text.starts_with("/docs/")) {
        let asset = server.get(quoted).send().await;
        assert_eq!(asset.status, 200, "{quoted}");
        assert!(!asset.bytes.is_empty());
        assets += 1;
    }
    assert_eq!(assets, 5);
}

#[tokio::test]
async fn the_document_is_served_in_both_forms() {
    let server = spawn_server().await;
    let document = pli_server::document();
    let json = server.get("/openapi.json").send().await;
    assert_eq!(json.header("content-type"), "application/json");
    assert_eq!(json.expect(200), document);
    let yaml = server.get("/openapi.yaml").send().await;
    assert_eq!(yaml.header("content-type"), "application/yaml");
    let yaml: serde_json::Value = serde_yaml::from_slice(&yaml.bytes).unwrap();
    assert_eq!(yaml, document);
}

#[tokio::test]
async fn the_front_page_is_asked_for_again_and_sent_only_when_it_has_changed() {
    let server = spawn_server().await;
    let page = server.get("/").send().await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("cache-control"), "no-cache");
    let again = server.get("/").header("if-none-match", page.header("etag")).send().await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));
}

#[tokio::test]
async fn the_demo_goes_compressed_to_who_takes_it_so() {
    let server = spawn_server().await;
    let ask = |accepted: &str| server.get("/").header("accept-encoding", accepted);
    let plain = ask("gzip, br;q=0, identity").send().await;
    assert_eq!(plain.status, 200);
    assert!(!plain.headers.contains_key("content-encoding"));
    for accepted in ["br", "gzip, deflate, br, zstd", "gzip;q=1.0, BR; q=0.5"] {
        let page = ask(accepted).send().await;
        assert_eq!(page.header("content-encoding"), "br", "{accepted}");
        assert_eq!(page.header("vary"), "Accept-Encoding");
        assert_eq!(page.header("content-type"), plain.header("content-type"));
        assert_ne!(page.header("etag"), plain.header("etag"));
        let compressed = concat!(env!("CARGO_MANIFEST_DIR"), "/../web-demo/dist/index.html.br");
        assert_eq!(page.bytes, std::fs::read(compressed).unwrap());
        let again = ask(accepted).header("if-none-match", page.header("etag")).send().await;
        assert_eq!((again.status, again.bytes.len()), (304, 0));
    }
    assert_eq!(plain.header("vary"), "Accept-Encoding");
}

#[tokio::test]
async fn nothing_outside_the_pages_is_served() {
    let server = spawn_server().await;
    for path in [
        "/docs/../Cargo.toml",
        "/docs/%2e%2e/package.json",
        "/..%2f..%2fCargo.toml",
        "/docs/swagger-ui.js.map",
        "/docs/index.html",
        "/no-demo.html",
        "/src/main.rs",
        "/assets/",
        "/index.html.br",
        "/.env",
    ] {
        // The client would tidy such paths away: they go out as they are.
        let answer = crate::wire::request(&server, "GET", path, "").await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn only_allowed_origins_may_read() {
    let server = spawn_server_with(&["--allowed-origins", "https://app.example.org"]).await;
    let ask = |origin: &str| server.get("/health/live").header("origin", origin);
    let allowed = ask("https://app.example.org").send().await;
    assert_eq!(allowed.header("access-control-allow-origin"), "https://app.example.org");
    assert_eq!(allowed.header("vary"), "Origin");
    for origin in [
        "https://app.example.org.evil.org",
        "http://app.example.org",
        "null",
        "*",
        "https://app.example.org:444",
        "https://APP.example.org",
        "https://xapp.example.org",
    ] {
        let answer = ask(origin).send().await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
    }
    let preflight = |origin: &str| {
        let call = server.call(Method::OPTIONS, "/messaging/send_message");
        call.header("origin", origin).header("access-control-request-method", "POST")
    };
    let answer = preflight("https://app.example.org").send().await;
    assert_eq!(answer.status, 204);
    assert!(answer.header("access-control-allow-headers").contains("Authorization"));
    let answer = preflight("https://evil.org").send().await;
    answer.refused(405, "method_not_allowed");
    assert_eq!(answer.header("access-control-allow-origin"), "");
}
