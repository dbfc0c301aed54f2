//! Downloading files.

use serde_json::json;

use crate::{
    people::{Person, random, uuid},
    server::spawn_server,
};

#[tokio::test]
async fn a_file_is_read_by_who_uploaded_it_and_who_was_sent_it() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let carol = Person::arrives(&server, "carol").await;
    let bytes = random(100_000);
    let file = alice.uploads(&server, bytes.clone()).await;
    let path = format!("/messaging/download_file/{file}");
    bob.reads(&server, &path).await.refused(404, "file_not_found");

    let mut message = alice.message_to(&[&bob]);
    message["content_type"] = "file".into();
    message["file_id"] = file.clone().into();
    alice.posts(&server, &message).await.expect(200);
    for person in [&alice, &bob] {
        let answer = person.reads(&server, &path).await;
        assert_eq!(answer.status, 200);
        assert!(answer.bytes == bytes);
        assert_eq!(answer.header("content-length"), "100000");
        assert_eq!(answer.header("content-disposition"), "attachment");
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        assert_eq!(answer.header("accept-ranges"), "bytes");
        assert_eq!(answer.header("etag"), format!("\"{file}\""));
    }
    carol.reads(&server, &path).await.refused(404, "file_not_found");
    // Naming it does not make it one's own.
    let mut message = carol.message_to(&[&carol]);
    message["content_type"] = "file".into();
    message["file_id"] = file.into();
    carol.posts(&server, &message).await.refused(404, "file_not_found");
    carol.reads(&server, &path).await.refused(404, "file_not_found");
}

#[tokio::test]
async fn a_range_is_read_across_parts() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bytes = random(9 << 20);
    let size = bytes.len();
    let file = alice.uploads(&server, bytes.clone()).await;
    let path = format!("/messaging/download_file/{file}");
    let part = 4 << 20;
    for (header, start, end) in [
        ("bytes=0-0".to_owned(), 0, 1),
        (format!("bytes={}-{}", part - 5, part + 70_000), part - 5, part + 70_001),
        (format!("bytes={}-", size - 3), size - 3, size),
        ("bytes=-10".to_owned(), size - 10, size),
        (format!("bytes=100-{}", size * 2), 100, size),
        (format!("bytes=0-{}", u64::MAX), 0, size),
    ] {
        let answer = server.get(&path).token(&alice.access).header("range", &header).send().await;
        assert_eq!(answer.status, 206, "{header}");
        assert!(answer.bytes == bytes[start..end], "{header}");
        assert_eq!(answer.header("content-range"), format!("bytes {start}-{}/{size}", end - 1));
        assert_eq!(answer.header("content-length"), (end - start).to_string());
    }
}

#[tokio::test]
async fn a_range_outside_the_file_says_how_long_it_is() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let file = alice.uploads(&server, random(10)).await;
    let path = format!("/messaging/download_file/{file}");
    for header in ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999-"] {
        let answer = server.get(&path).token(&alice.access).header("range", header).send().await;
        answer.refused(416, "range_not_satisfiable");
        assert_eq!(answer.header("content-range"), "bytes */10");
    }
}

#[tokio::test]
async fn a_broken_range_or_several_give_the_whole_file() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let file = alice.uploads(&server, random(10)).await;
    let path = format!("/messaging/download_file/{file}");
    for header in ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes", "", "bytes=--1"]
    {
        let answer = server.get(&path).token(&alice.access).header("range", header).send().await;
        assert_eq!(answer.status, 200, "{header}");
        assert_eq!(answer.bytes.len(), 10);
    }
}

#[tokio::test]
async fn a_client_that_has_the_file_is_told_so() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let file = alice.uploads(&server, random(10)).await;
    let path = format!("/messaging/download_file/{file}");
    let etag = format!("\"{file}\"");
    let ask = |name: &str, value: &str| server.get(&path).token(&alice.access).header(name, value);
    for tags in [&etag, &format!("\"other\", W/{etag}"), "*"] {
        let answer = ask("if-none-match", tags).send().await;
        assert_eq!((answer.status, answer.bytes.len()), (304, 0));
    }
    assert_eq!(ask("if-none-match", "\"other\"").send().await.status, 200);
    let ranged = ask("if-range", &etag).header("range", "bytes=0-1").send().await;
    assert_eq!(ranged.status, 206);
    for stale in ["\"other\"", &format!("W/{etag}"), "Wed, 21 Oct 2026 07:28:00 GMT"] {
        let answer = ask("if-range", stale).header("range", "bytes=0-1").send().await;
        assert_eq!((answer.status, answer.bytes.len()), (200, 10));
    }
}

#[tokio::test]
async fn head_tells_the_size_without_the_bytes() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let file = alice.uploads(&server, random(10)).await;
    let path = format!("/messaging/download_file/{file}");
    // Ranges are for GET only (RFC 9110, section 14.2).
    for range in ["", "bytes=0-4", "bytes=10-"] {
        let head = server.head(&path).token(&alice.access).header("range", range);
        let response = head.open().await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-length"], "10");
        assert_eq!(response.headers()["etag"], format!("\"{file}\""));
        assert_eq!(response.bytes().await.unwrap().len(), 0);
    }
    let tagged = server.head(&path).token(&alice.access).header("if-none-match", "*").open().await;
    assert_eq!(tagged.status(), 304);
    for method in ["PUT", "PATCH", "DELETE", "POST"] {
        let call = server.call(method.parse().unwrap(), &path).token(&alice.access);
        call.send().await.refused(405, "method_not_allowed");
    }
}

#[tokio::test]
async fn an_identifier_is_no_path() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    std::fs::create_dir_all(server.files()).unwrap();
    std::fs::write(server.files().join("x"), "secret").unwrap();
    for id in [
        "..%2f..%2fsecrets.json",
        "%2e%2e%2fpli.sqlite3",
        "x",
        "%00",
        "a%0d%0aX-Y:%20z",
        "0192F0C1-2345-7ABC-8DEF-0123456789AB",
        "0192f0c123457abc8def0123456789ab",
        "{0192f0c1-2345-7abc-8def-0123456789ab}",
        "'%20OR%201=1--",
    ] {
        let answer = alice.reads(&server, &format!("/messaging/download_file/{id}")).await;
        assert!(matches!(answer.status, 400 | 404), "{id}");
        assert!(!answer.bytes.windows(6).any(|window| window == b"secret"));
    }
    let unknown = format!("/messaging/download_file/{}", uuid());
    let answer = alice.reads(&server, &unknown).await;
    assert_eq!(answer.refused(404, "file_not_found")["errors"], json!(null));
}
