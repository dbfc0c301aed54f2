//! The figures for Prometheus.

use crate::{
    people::{Person, random},
    server::{TestServer, spawn_server, spawn_server_with},
};

async fn figures(server: &TestServer) -> String {
    let address = server.server.metrics_address().unwrap();
    let response = reqwest::get(format!("http://{address}/metrics")).await.unwrap();
    assert_eq!(response.status(), 200);
    let media_type = response.headers()["content-type"].to_str().unwrap();
    assert!(media_type.starts_with("application/openmetrics-text"));
    response.text().await.unwrap()
}

fn figure(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} in\n{text}")).parse().unwrap()
}

#[tokio::test]
async fn they_tell_what_is_going_on_and_nothing_about_anyone() {
    let server = spawn_server_with(&["--metrics-listen", "127.0.0.1:0"]).await;
    let alice = Person::arrives(&server, "alice").await;
    let sent = alice.sends(&server, &[&alice]).await;
    let file = alice.uploads(&server, random(100_000)).await;
    alice.reads(&server, &format!("/messaging/download_file/{file}")).await;
    alice.reads(&server, &format!("/users/{}", alice.id)).await.expect(200);
    alice.reads(&server, "/users/all").await.refused(403, "not_staff");
    alice.reads(&server, "/wp-admin/alice").await.refused(404, "not_found");
    let events = server.get("/messaging/events").token(&alice.access).open().await;

    let text = figures(&server).await;
    for (name, least) in [
        (r#"pli_requests_total{method="POST",route="/auth/login",status="200"}"#, 1.0),
        (r#"pli_requests_total{method="GET",route="/users/{user_id}",status="200"}"#, 1.0),
        (r#"pli_requests_total{method="GET",route="-",status="404"}"#, 1.0),
        (r#"pli_request_seconds_count{method="POST",route="/messaging/send_message"}"#, 1.0),
        (r#"pli_refusals_total{code="not_staff"}"#, 1.0),
        ("pli_received_bytes_total", 100_000.0),
        ("pli_sent_bytes_total", 100_000.0),
        ("pli_event_streams", 1.0),
        ("pli_connections", 1.0),
        ("pli_connections_refused_total", 0.0),
        ("pli_commit_writes_count", 3.0),
        ("pli_commit_seconds_count", 3.0),
        ("pli_password_queue", 0.0),
        ("pli_password_hashes_total", 2.0),
        ("pli_accounts", 1.0),
        ("pli_file_bytes", 100_000.0),
        ("pli_message_bytes", 1000.0),
    ] {
        assert!(figure(&text, name) >= least, "{name}");
    }
    assert!(text.contains(concat!("version=\"", env!("CARGO_PKG_VERSION"), "\"")));
    let message = sent["message_id"].as_str().unwrap();
    for private in ["alice", &alice.id, &file, message, "127.0.0.1"] {
        assert!(!text.contains(private), "{private} in\n{text}");
    }
    drop(events);
}

#[tokio::test]
async fn they_have_a_listener_of_their_own_and_only_when_it_is_set() {
    let server = spawn_server().await;
    assert!(server.server.metrics_address().is_none());
    server.get("/metrics").send().await.refused(404, "not_found");
    let server = spawn_server_with(&["--metrics-listen", "127.0.0.1:0"]).await;
    server.get("/metrics").send().await.refused(404, "not_found");
    let address = server.server.metrics_address().unwrap();
    for path in ["/", "/users/all", "/metrics/x"] {
        let response = reqwest::get(format!("http://{address}{path}")).await.unwrap();
        assert_eq!(response.status(), 404);
    }
}
