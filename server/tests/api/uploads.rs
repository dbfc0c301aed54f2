//! Uploading files.

use std::time::Duration;

use futures_util::StreamExt;

use crate::{
    people::{Person, random, uuid},
    server::{Answer, TestServer, client, spawn_server, spawn_server_with},
    waiting::until,
};

async fn upload(server: &TestServer, person: &Person, length: &str, bytes: Vec<u8>) -> Answer {
    server
        .post("/files")
        .token(&person.access)
        .header("upload-length", length)
        .body(bytes)
        .send()
        .await
}

#[tokio::test]
async fn a_whole_file_is_uploaded_in_one_request() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    for size in [0, 1, 5_000, 4 << 20, (9 << 20) + 17] {
        let bytes = random(size);
        let answer = server
            .post("/files")
            .token(&alice.access)
            .header("upload-length", &size.to_string())
            .header("tus-resumable", "1.0.0")
            .header("content-type", "application/offset+octet-stream")
            .body(bytes.clone())
            .send()
            .await;
        let file = answer.expect(201);
        assert_eq!(file["size"], size);
        let id = file["file_id"].as_str().unwrap();
        assert_eq!(answer.header("location"), format!("/files/{id}"));
        assert_eq!(answer.header("tus-resumable"), "1.0.0");
        let path = format!("/messaging/download_file/{id}");
        let read = alice.reads(&server, &path).await;
        assert_eq!(read.status, 200);
        assert!(read.bytes == bytes, "{size} bytes come back as they were");
    }
}

#[tokio::test]
async fn a_file_may_come_in_chunks_of_unknown_length() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let chunks =
        futures_util::stream::iter((0..9).map(|_| Ok::<_, std::io::Error>(random(1 << 20))));
    let answer = server
        .post("/files")
        .token(&alice.access)
        .header("upload-length", &(9 << 20).to_string())
        .body(reqwest::Body::wrap_stream(chunks))
        .send()
        .await;
    assert_eq!(answer.expect(201)["size"], 9 << 20);
}

#[tokio::test]
async fn a_body_of_another_length_leaves_nothing_behind() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    upload(&server, &alice, "10", random(9)).await.refused(400, "upload_length_mismatch");
    upload(&server, &alice, "10", random(11)).await.refused(413, "upload_too_long");
    for (size, status, code) in
        [((5 << 20) - 1, 400, "upload_length_mismatch"), ((5 << 20) + 1, 413, "upload_too_long")]
    {
        let bytes = random(size);
        let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes)]);
        let answer = server
            .post("/files")
            .token(&alice.access)
            .header("upload-length", &(5 << 20).to_string())
            .body(reqwest::Body::wrap_stream(chunks))
            .send()
            .await;
        answer.refused(status, code);
    }
    assert_eq!(server.objects().len(), 0);
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing_behind() {
    let server = spawn_server_with(&["--max-account-file-bytes", "10000000"]).await;
    let alice = Person::arrives(&server, "alice").await;
    let chunks =
        futures_util::stream::iter([Ok(random(6 << 20)), Err(std::io::Error::other("cut"))]);
    let http = client();
    let cut = http
        .post(format!("{}/files", server.url))
        .bearer_auth(&alice.access)
        .header("upload-length", "9000000")
        .body(reqwest::Body::wrap_stream(chunks))
        .send()
        .await;
    assert!(cut.is_err());
    // The room that it had reserved is free again.
    until(async || {
        let answer = upload(&server, &alice, "9000000", random(9_000_000)).await;
        if answer.status != 201 {
            answer.refused(413, "quota_exceeded");
        }
        answer.status == 201
    })
    .await;
    assert_eq!(server.objects().len(), 3);
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_refused_before_it_comes() {
    let server = spawn_server_with(&["--max-file-bytes", "1000"]).await;
    let alice = Person::arrives(&server, "alice").await;
    upload(&server, &alice, "1000", random(1000)).await.expect(201);
    upload(&server, &alice, "1001", random(1001)).await.refused(413, "file_too_large");
    let huge = i64::MAX.to_string();
    let chunks = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(random(1 << 16)));
    let answer = server
        .post("/files")
        .token(&alice.access)
        .header("upload-length", &huge)
        .body(reqwest::Body::wrap_stream(chunks.take(4)))
        .send()
        .await;
    answer.refused(413, "file_too_large");
}

#[tokio::test]
async fn the_files_of_an_account_have_a_limit_together() {
    let server = spawn_server_with(&["--max-account-file-bytes", "1000"]).await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    upload(&server, &alice, "600", random(600)).await.expect(201);
    upload(&server, &alice, "401", random(401)).await.refused(413, "quota_exceeded");
    upload(&server, &alice, "400", random(400)).await.expect(201);
    upload(&server, &bob, "1000", random(1000)).await.expect(201);
    assert_eq!(server.objects().len(), 3);
}

#[tokio::test]
async fn upload_length_must_be_a_size() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    for length in ["-1", "1.5", "x", "", "99999999999999999999", "0x5"] {
        upload(&server, &alice, length, random(5)).await.refused(400, "invalid_parameter");
    }
    let answer = server.post("/files").token(&alice.access).body(random(5)).send().await;
    answer.refused(400, "invalid_parameter");
}

#[tokio::test]
async fn another_version_of_tus_is_refused() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let answer = server
        .post("/files")
        .token(&alice.access)
        .header("upload-length", "5")
        .header("tus-resumable", "0.2.2")
        .body(random(5))
        .send()
        .await;
    answer.refused(412, "unsupported_tus_version");
    assert_eq!(answer.header("tus-version"), "1.0.0");
}

#[tokio::test]
async fn another_content_type_is_refused() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    for media_type in ["text/plain", "multipart/form-data; boundary=x", "application/json"] {
        let answer = server
            .post("/files")
            .token(&alice.access)
            .header("upload-length", "5")
            .header("content-type", media_type)
            .body(random(5))
            .send()
            .await;
        answer.refused(415, "unsupported_media_type");
    }
}

#[tokio::test]
async fn a_file_that_nobody_names_goes_after_a_day_and_one_that_is_named_stays() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let named = alice.uploads(&server, random(100)).await;
    let unnamed = alice.uploads(&server, random(100)).await;
    let mut message = alice.message_to(&[&alice]);
    message["content_type"] = "file".into();
    message["file_id"] = named.clone().into();
    alice.posts(&server, &message).await.expect(200);
    server.pass(Duration::from_secs(25 * 3600));

    let server = server.restart().await;
    let alice = crate::people::login(&server, "alice").await;
    let token = alice["access_token"].as_str().unwrap();
    let read = async |file: &str| {
        server.get(&format!("/messaging/download_file/{file}")).token(token).send().await
    };
    until(async || read(&unnamed).await.status == 404).await;
    assert_eq!(read(&named).await.bytes.len(), 100);
    assert_eq!(read(&uuid()).await.status, 404);
}
