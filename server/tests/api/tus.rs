//! Uploading with tus 1.0: in pieces, cut and resumed.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use reqwest::Body;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};

use crate::{
    people::{Person, random},
    server::{Answer, Call, TestServer, spawn_server, spawn_server_in_postgres, spawn_server_with},
    waiting::until,
};

const MIB: usize = 1 << 20;

fn making(server: &TestServer, person: &Person, size: usize) -> Call {
    server
        .post("/files")
        .token(&person.access)
        .header("tus-resumable", "1.0.0")
        .header("upload-length", &size.to_string())
}

/// Makes an upload without any bytes and returns its id.
pub async fn makes_upload(server: &TestServer, person: &Person, size: usize) -> String {
    let answer = making(server, person, size).send().await;
    answer.expect(201)["file_id"].as_str().unwrap().to_owned()
}

fn appending(server: &TestServer, person: &Person, file: &str, offset: usize) -> Call {
    server
        .patch(&format!("/files/{file}"))
        .token(&person.access)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", &offset.to_string())
        .header("content-type", "application/offset+octet-stream")
}

pub async fn appends(
    server: &TestServer,
    person: &Person,
    file: &str,
    offset: usize,
    bytes: &[u8],
) -> Answer {
    appending(server, person, file, offset).body(bytes.to_vec()).send().await
}

async fn standing(server: &TestServer, person: &Person, file: &str) -> Answer {
    server.head(&format!("/files/{file}")).token(&person.access).send().await
}

pub async fn offset(server: &TestServer, person: &Person, file: &str) -> usize {
    let answer = standing(server, person, file).await;
    assert_eq!(answer.status, 200);
    answer.header("upload-offset").parse().unwrap()
}

pub async fn download(server: &TestServer, person: &Person, file: &str) -> Vec<u8> {
    let answer = person.reads(server, &format!("/messaging/download_file/{file}")).await;
    assert_eq!(answer.status, 200);
    answer.bytes
}

/// A body whose pieces a test sends when it wants; it ends when the sender goes.
fn slow_body() -> (mpsc::UnboundedSender<Vec<u8>>, Body) {
    let (sender, mut receiver) = mpsc::unbounded_channel::<Vec<u8>>();
    let pieces = stream::poll_fn(move |context| receiver.poll_recv(context));
    (sender, Body::wrap_stream(pieces.map(Ok::<_, std::io::Error>)))
}

#[tokio::test]
async fn an_upload_comes_in_pieces() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bytes = random(9 * MIB + 17);
    let making = making(&server, &alice, bytes.len());
    let made = making.header("upload-metadata", "filename c2VjcmV0LnBkZg==").send().await;
    let file = made.expect(201)["file_id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), format!("/files/{file}"));
    assert_eq!(made.header("upload-offset"), "0");
    let path = format!("/messaging/download_file/{file}");
    let mut at = 0_usize;
    for size in [1, 0, 300_000, 5 * MIB, usize::MAX] {
        let end = bytes.len().min(at.saturating_add(size));
        let answer = appends(&server, &alice, &file, at, &bytes[at..end]).await;
        answer.done();
        assert_eq!(answer.header("upload-offset"), end.to_string());
        assert_eq!(answer.header("tus-resumable"), "1.0.0");
        let expires = answer.header("upload-expires");
        assert!(expires.ends_with(" GMT") && expires.len() == 29, "{expires}");
        let standing = standing(&server, &alice, &file).await;
        assert_eq!(standing.header("upload-offset"), end.to_string());
        assert_eq!(standing.header("upload-length"), bytes.len().to_string());
        assert_eq!(standing.header("cache-control"), "no-store");
        assert_eq!(standing.header("tus-resumable"), "1.0.0");
        if end < bytes.len() {
            alice.reads(&server, &path).await.refused(404, "file_not_found");
        }
        at = end;
    }
    assert!(download(&server, &alice, &file).await == bytes);
}

#[tokio::test]
async fn an_upload_may_begin_with_its_first_bytes_or_all_of_them() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bytes = random(5 * MIB);
    for first in [0, 1, 5 * MIB - 1, 5 * MIB] {
        let made = making(&server, &alice, bytes.len()).body(bytes[..first].to_vec()).send().await;
        let file = made.expect(201)["file_id"].as_str().unwrap().to_owned();
        assert_eq!(made.header("upload-offset"), first.to_string());
        appends(&server, &alice, &file, first, &bytes[first..]).await.done();
        assert!(download(&server, &alice, &file).await == bytes, "{first}");
    }
    let nothing = makes_upload(&server, &alice, 0).await;
    assert_eq!(download(&server, &alice, &nothing).await, b"");
}

#[tokio::test]
async fn what_is_offered_is_told_without_a_token() {
    let server = spawn_server_with(&["--max-file-bytes", "12345"]).await;
    let answer = server.call(reqwest::Method::OPTIONS, "/files").send().await;
    answer.done();
    assert_eq!(answer.header("tus-version"), "1.0.0");
    assert_eq!(
        answer.header("tus-extension"),
        "creation,creation-with-upload,expiration,termination"
    );
    assert_eq!(answer.header("tus-max-size"), "12345");
}

#[tokio::test]
async fn what_is_not_offered_is_refused() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    for (name, value) in [
        ("upload-defer-length", "1"),
        ("upload-concat", "partial"),
        ("upload-checksum", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="),
    ] {
        let post = server.post("/files").token(&alice.access).header("tus-resumable", "1.0.0");
        let answer = post.header(name, value).send().await;
        answer.refused(400, "unsupported_tus_extension");
        assert_eq!(answer.header("tus-resumable"), "1.0.0");
    }
}

#[tokio::test]
async fn another_version_is_refused_on_every_verb() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let file = makes_upload(&server, &alice, 5).await;
    for method in ["HEAD", "PATCH", "DELETE"] {
        let method = method.parse().unwrap();
        let answer = server
            .call(method, &format!("/files/{file}"))
            .token(&alice.access)
            .header("tus-resumable", "0.2.2")
            .header("upload-offset", "0")
            .header("content-type", "application/offset+octet-stream")
            .send()
            .await;
        assert_eq!(answer.status, 412);
        assert_eq!(answer.header("tus-version"), "1.0.0");
    }
    assert_eq!(offset(&server, &alice, &file).await, 0);
}

#[tokio::test]
async fn bytes_at_another_offset_of_another_type_or_beyond_the_end_are_refused() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let file = makes_upload(&server, &alice, 10).await;
    appends(&server, &alice, &file, 0, b"12345").await.done();
    for wrong in [0, 4, 6, 10, 11] {
        let answer = appends(&server, &alice, &file, wrong, b"x").await;
        answer.refused(409, "wrong_offset");
        assert_eq!(answer.header("upload-offset"), "5");
    }
    for wrong in ["-1", "x", "5.0", "99999999999999999999"] {
        let patch = server.patch(&format!("/files/{file}")).token(&alice.access);
        let patch = patch.header("content-type", "application/offset+octet-stream");
        let answer = patch.header("upload-offset", wrong).body("x").send().await;
        answer.refused(400, "invalid_parameter");
    }
    for media_type in [None, Some("application/octet-stream"), Some("text/plain")] {
        let mut patch = server.patch(&format!("/files/{file}")).token(&alice.access);
        if let Some(media_type) = media_type {
            patch = patch.header("content-type", media_type);
        }
        let answer = patch.header("upload-offset", "5").body("x").send().await;
        answer.refused(415, "unsupported_media_type");
    }
    appends(&server, &alice, &file, 5, b"678901").await.refused(413, "upload_too_long");
    let (pieces, body) = slow_body();
    pieces.send(b"678901".to_vec()).unwrap();
    drop(pieces);
    let answer = appending(&server, &alice, &file, 5).body(body).send().await;
    answer.refused(413, "upload_too_long");
    appends(&server, &alice, &file, 5, b"67890").await.done();
    appends(&server, &alice, &file, 10, b"").await.done();
    appends(&server, &alice, &file, 10, b"x").await.refused(413, "upload_too_long");
    assert_eq!(download(&server, &alice, &file).await, b"1234567890");
}

#[tokio::test]
async fn an_upload_cut_at_any_byte_keeps_what_came() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bytes = random(6 * MIB);
    let file = makes_upload(&server, &alice, bytes.len()).await;
    let mut at = 0;
    for end in [1, 2, 1_000, MIB, 5 * MIB + 3] {
        let mut stream = TcpStream::connect(server.server.address()).await.unwrap();
        let head = format!(
            "PATCH /files/{file} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             upload-offset: {at}\r\ncontent-type: application/offset+octet-stream\r\n\
             content-length: {}\r\n\r\n",
            alice.access,
            bytes.len() - at
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&bytes[at..end]).await.unwrap();
        stream.shutdown().await.unwrap();
        // The server closes once it has seen the end of what came.
        drop(stream.read_to_end(&mut Vec::new()).await);
        at = offset(&server, &alice, &file).await;
        assert_eq!(at, end);
    }
    appends(&server, &alice, &file, at, &bytes[at..]).await.done();
    assert!(download(&server, &alice, &file).await == bytes);
}

#[tokio::test]
async fn a_newer_request_takes_over_from_one_that_hangs() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bytes = random(5 * MIB);
    let file = makes_upload(&server, &alice, bytes.len()).await;
    let (pieces, body) = slow_body();
    pieces.send(bytes[..4 * MIB + 100].to_vec()).unwrap();
    let hanging = tokio::spawn(appending(&server, &alice, &file, 0).body(body).send());
    until(async || !server.objects().is_empty()).await;
    // The part has been stored, but whether it counts already is not known.
    until(async || {
        let answer = appends(&server, &alice, &file, 4 * MIB, &bytes[4 * MIB..]).await;
        if answer.status != 204 {
            answer.refused(409, "wrong_offset");
        }
        answer.status == 204
    })
    .await;
    hanging.await.unwrap().refused(409, "upload_taken_over");
    drop(pieces);
    assert!(download(&server, &alice, &file).await == bytes);
}

#[tokio::test]
async fn who_asks_how_far_an_upload_is_learns_of_all_that_came() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bytes = random(5 * MIB);
    let file = makes_upload(&server, &alice, bytes.len()).await;
    let (pieces, body) = slow_body();
    pieces.send(bytes[..4 * MIB].to_vec()).unwrap();
    let hanging = tokio::spawn(appending(&server, &alice, &file, 0).body(body).send());
    until(async || !server.objects().is_empty()).await;
    assert_eq!(offset(&server, &alice, &file).await, 4 * MIB);
    hanging.await.unwrap().refused(409, "upload_taken_over");
    appends(&server, &alice, &file, 4 * MIB, &bytes[4 * MIB..]).await.done();
    assert!(download(&server, &alice, &file).await == bytes);
}

#[tokio::test]
async fn two_requests_at_the_same_offset_at_once_never_mix() {
    let server = spawn_server_in_postgres(&[]).await;
    let alice = Person::arrives(&server, "alice").await;
    let other_node = server.another_node().await;
    let size = 4 * MIB + 1000;
    for _ in 0..5 {
        let file = makes_upload(&server, &alice, size).await;
        let all_of = |byte: u8| vec![byte; size];
        let (bytes, others, elsewhere) = (all_of(b'a'), all_of(b'b'), all_of(b'c'));
        let (first, second, third) = tokio::join!(
            appends(&server, &alice, &file, 0, &bytes),
            appends(&server, &alice, &file, 0, &others),
            appends(&other_node, &alice, &file, 0, &elsewhere),
        );
        let mut done = 0;
        for answer in [first, second, third] {
            match answer.status {
                204 => done += 1,
                _ => drop(answer.expect(409)),
            }
        }
        assert!(done <= 1, "{done}");
        let at = offset(&server, &alice, &file).await;
        appends(&server, &alice, &file, at, &all_of(b'd')[at..]).await.done();
        let stored = download(&server, &alice, &file).await;
        assert_eq!(stored.len(), size);
        let begun = stored[..at].iter().all(|byte| *byte == stored[0]);
        assert!(begun && stored[at..].iter().all(|byte| *byte == b'd'), "{at}");
    }
    other_node.server.stop().await;
}

#[tokio::test]
async fn an_upload_hanging_on_another_node_is_overtaken() {
    let server = spawn_server_in_postgres(&["--body-timeout-ms", "60000"]).await;
    let alice = Person::arrives(&server, "alice").await;
    let other_node = server.another_node().await;
    let bytes = random(9 * MIB);
    let file = makes_upload(&server, &alice, bytes.len()).await;
    let (pieces, body) = slow_body();
    pieces.send(bytes[..4 * MIB + 7].to_vec()).unwrap();
    let hanging = tokio::spawn(appending(&server, &alice, &file, 0).body(body).send());
    until(async || !server.objects().is_empty()).await;
    let mut at = 0;
    while at == 0 {
        at = offset(&other_node, &alice, &file).await;
    }
    appends(&other_node, &alice, &file, at, &bytes[at..]).await.done();
    drop(pieces);
    hanging.await.unwrap().refused(409, "upload_taken_over");
    assert!(download(&server, &alice, &file).await == bytes);
    other_node.server.stop().await;
}

#[tokio::test]
async fn a_thousand_crumbs_are_stored_together() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bytes = random(600_000);
    let file = makes_upload(&server, &alice, bytes.len()).await;
    for at in 0..100 {
        appends(&server, &alice, &file, at, &bytes[at..=at]).await.done();
    }
    assert_eq!(server.objects().len(), 1);
    let mut at = 100;
    while at < bytes.len() {
        let end = bytes.len().min(at + 20_000);
        appends(&server, &alice, &file, at, &bytes[at..end]).await.done();
        at = end;
    }
    assert_eq!(server.objects().len(), 3);
    assert!(download(&server, &alice, &file).await == bytes);
}

#[tokio::test]
async fn clients_that_cannot_send_patch_or_delete_name_them_in_a_header() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let file = makes_upload(&server, &alice, 5).await;
    let instead = |method: &str| {
        let post = server.post(&format!("/files/{file}")).token(&alice.access);
        let post = post.header("x-http-method-override", method).header("upload-offset", "0");
        post.header("content-type", "application/offset+octet-stream").body("bytes").open()
    };
    assert_eq!(instead("PATCH").await.status(), 204);
    assert_eq!(download(&server, &alice, &file).await, b"bytes");
    assert_eq!(instead("GET").await.status(), 405);
    assert_eq!(instead("DELETE").await.status(), 204);
    assert_eq!(standing(&server, &alice, &file).await.status, 404);
    // Elsewhere the header means nothing.
    let get = server.post("/auth/sessions").token(&alice.access);
    assert_eq!(get.header("x-http-method-override", "DELETE").open().await.status(), 405);
}

#[tokio::test]
async fn the_room_of_an_upload_is_taken_when_it_is_made_and_free_when_it_is_removed() {
    let server = spawn_server_with(&["--max-account-file-bytes", "1000"]).await;
    let alice = Person::arrives(&server, "alice").await;
    let file = makes_upload(&server, &alice, 1000).await;
    making(&server, &alice, 1).send().await.refused(413, "quota_exceeded");
    appends(&server, &alice, &file, 0, &random(500)).await.done();
    server.delete(&format!("/files/{file}")).token(&alice.access).send().await.done();
    assert_eq!(server.objects().len(), 0);
    let again = server.delete(&format!("/files/{file}")).token(&alice.access).send().await;
    again.refused(404, "file_not_found");
    appends(&server, &alice, &file, 500, b"x").await.refused(404, "file_not_found");
    makes_upload(&server, &alice, 1000).await;
}

#[tokio::test]
async fn removing_an_upload_ends_the_request_that_sends_it() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let file = makes_upload(&server, &alice, 9 * MIB).await;
    let (pieces, body) = slow_body();
    pieces.send(random(4 * MIB)).unwrap();
    let hanging = tokio::spawn(appending(&server, &alice, &file, 0).body(body).send());
    until(async || !server.objects().is_empty()).await;
    server.delete(&format!("/files/{file}")).token(&alice.access).send().await.done();
    hanging.await.unwrap().refused(409, "upload_taken_over");
    assert_eq!(server.objects().len(), 0);
    drop(pieces);
}

#[tokio::test]
async fn a_file_that_a_message_names_is_not_removed() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let file = alice.uploads(&server, random(10)).await;
    let mut message = alice.message_to(&[&alice]);
    message["content_type"] = "file".into();
    message["file_id"] = file.as_str().into();
    alice.posts(&server, &message).await.expect(200);
    let answer = server.delete(&format!("/files/{file}")).token(&alice.access).send().await;
    answer.refused(409, "file_in_use");
    assert_eq!(standing(&server, &alice, &file).await.header("upload-expires"), "");
    assert_eq!(download(&server, &alice, &file).await.len(), 10);
}

#[tokio::test]
async fn an_upload_expires_a_day_after_its_last_bytes() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let file = makes_upload(&server, &alice, 10).await;
    server.pass(Duration::from_secs(23 * 3600));
    let signed_in = async |server| {
        crate::people::login(server, "alice").await["access_token"].as_str().unwrap().to_owned()
    };
    let alice = Person { access: signed_in(&server).await, ..alice };
    appends(&server, &alice, &file, 0, b"12345").await.done();
    server.pass(Duration::from_secs(23 * 3600));
    let alice = Person { access: signed_in(&server).await, ..alice };
    appends(&server, &alice, &file, 5, b"67890").await.done();
    server.pass(Duration::from_secs(25 * 3600));
    let alice = Person { access: signed_in(&server).await, ..alice };
    assert_eq!(standing(&server, &alice, &file).await.status, 410);
    appends(&server, &alice, &file, 10, b"").await.refused(410, "upload_expired");
    let removal = server.delete(&format!("/files/{file}")).token(&alice.access).send().await;
    removal.refused(410, "upload_expired");
    let mut message = alice.message_to(&[&alice]);
    message["content_type"] = "file".into();
    message["file_id"] = file.as_str().into();
    alice.posts(&server, &message).await.refused(404, "file_not_found");

    let server = server.restart().await;
    until(async || server.objects().is_empty()).await;
    until(async || standing(&server, &alice, &file).await.status == 404).await;
}

#[tokio::test]
async fn a_server_that_stops_stores_what_has_come() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bytes = random(5 * MIB);
    let file = makes_upload(&server, &alice, bytes.len()).await;
    let (pieces, body) = slow_body();
    pieces.send(bytes[..4 * MIB + 9].to_vec()).unwrap();
    let hanging = tokio::spawn(appending(&server, &alice, &file, 0).body(body).send());
    until(async || !server.objects().is_empty()).await;
    let server = server.restart().await;
    hanging.await.unwrap().refused(503, "unavailable");
    let at = offset(&server, &alice, &file).await;
    assert!((4 * MIB..=4 * MIB + 9).contains(&at), "{at}");
    appends(&server, &alice, &file, at, &bytes[at..]).await.done();
    assert!(download(&server, &alice, &file).await == bytes);
    drop(pieces);
}

#[tokio::test]
async fn pages_of_an_allowed_origin_upload_too() {
    let server = spawn_server_with(&["--allowed-origins", "https://app.example.org"]).await;
    let alice = Person::arrives(&server, "alice").await;
    let preflight = server
        .call(reqwest::Method::OPTIONS, "/files")
        .header("origin", "https://app.example.org")
        .header("access-control-request-method", "PATCH")
        .send()
        .await;
    let allowed = preflight.header("access-control-allow-headers").to_lowercase();
    for name in ["authorization", "tus-resumable", "upload-length", "upload-metadata"] {
        assert!(allowed.contains(name), "{name}");
    }
    for name in ["upload-offset", "content-type", "x-http-method-override"] {
        assert!(allowed.contains(name), "{name}");
    }
    assert!(preflight.header("access-control-allow-methods").contains("PATCH"));
    let made = making(&server, &alice, 5).header("origin", "https://app.example.org").send().await;
    let exposed = made.header("access-control-expose-headers").to_lowercase();
    for name in ["location", "upload-offset", "upload-length", "upload-expires", "tus-resumable"] {
        assert!(exposed.contains(name), "{name}");
    }
}
