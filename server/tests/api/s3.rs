//! Files kept in a store that speaks S3, and what happens when it does not do its work.

use std::time::Instant;

use crate::{
    people::{Person, random},
    server::{TestServer, spawn_server_in_s3},
    store::Mood,
    tus::{appends, download, makes_upload, offset},
    waiting::until,
};

const MIB: usize = 1 << 20;

async fn spawn_impatient_server() -> TestServer {
    spawn_server_in_s3(&["--files-timeout-ms", "2000"]).await
}

/// Sends what is missing of `bytes` until all of it is there. A store that works may need more time
/// than an impatient server gives it.
async fn appends_rest(server: &TestServer, person: &Person, file: &str, bytes: &[u8]) {
    until(async || {
        let at = offset(server, person, file).await;
        let answer = appends(server, person, file, at, &bytes[at..]).await;
        if answer.status != 204 {
            answer.refused(503, "unavailable");
        }
        answer.status == 204
    })
    .await;
}

#[tokio::test]
async fn files_lie_in_the_bucket_and_nowhere_else() {
    let server = spawn_server_in_s3(&[]).await;
    let alice = Person::arrives(&server, "alice").await;
    let bytes = random(9 * MIB + 17);
    let file = alice.uploads(&server, bytes.clone()).await;
    assert_eq!(server.objects().len(), 3);
    assert!(!server.folder.path().join("files").exists());
    let server = server.restart().await;
    assert!(download(&server, &alice, &file).await == bytes);
    server.delete(&format!("/files/{file}")).token(&alice.access).send().await.done();
    assert_eq!(server.objects().len(), 0);
}

#[tokio::test]
async fn an_upload_goes_on_once_the_store_works_again() {
    let server = spawn_impatient_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bytes = random(5 * MIB);
    let file = makes_upload(&server, &alice, bytes.len()).await;
    appends_rest(&server, &alice, &file, &bytes[..MIB]).await;
    for mood in [Mood::Breaks, Mood::Hangs] {
        server.store().set(mood);
        let answer = appends(&server, &alice, &file, MIB, &bytes[MIB..]).await;
        answer.refused(503, "unavailable");
        assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
        // Nothing is half done, and what does not need the store goes on.
        assert_eq!(offset(&server, &alice, &file).await, MIB);
        alice.sends(&server, &[&alice]).await;
    }
    server.store().set(Mood::Works);
    appends_rest(&server, &alice, &file, &bytes).await;
    assert!(download(&server, &alice, &file).await == bytes);
}

#[tokio::test]
async fn a_whole_upload_into_a_broken_store_takes_no_room() {
    let quota = ["--max-account-file-bytes", "1000"];
    let server = spawn_server_in_s3(&[&["--files-timeout-ms", "2000"], &quota[..]].concat()).await;
    let alice = Person::arrives(&server, "alice").await;
    server.store().set(Mood::Breaks);
    let post = server.post("/files").token(&alice.access).header("upload-length", "1000");
    post.body(random(1000)).send().await.refused(503, "unavailable");
    server.store().set(Mood::Works);
    // What could not be removed then goes with the next sweep.
    let server = server.restart_with(&quota).await;
    until(async || {
        let post = server.post("/files").token(&alice.access).header("upload-length", "1000");
        let answer = post.body(random(1000)).send().await;
        if answer.status != 201 {
            answer.refused(413, "quota_exceeded");
        }
        answer.status == 201
    })
    .await;
}

#[tokio::test]
async fn a_download_from_a_broken_store_is_refused_before_it_begins() {
    let server = spawn_impatient_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let file = alice.uploads(&server, random(100)).await;
    let path = format!("/messaging/download_file/{file}");
    for mood in [Mood::Breaks, Mood::Hangs] {
        server.store().set(mood);
        let begun = Instant::now();
        let answer = alice.reads(&server, &path).await;
        answer.refused(503, "unavailable");
        assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
        assert!(begun.elapsed().as_secs() < 20);
    }
    server.store().set(Mood::Works);
    assert_eq!(download(&server, &alice, &file).await.len(), 100);
}

#[tokio::test]
async fn a_short_fault_of_the_store_is_not_noticed() {
    let server = spawn_server_in_s3(&[]).await;
    let alice = Person::arrives(&server, "alice").await;
    let file = makes_upload(&server, &alice, 10).await;
    server.store().set(Mood::Breaks);
    let (answer, ()) = tokio::join!(appends(&server, &alice, &file, 0, b"1234567890"), async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        server.store().set(Mood::Works);
    });
    answer.done();
    assert_eq!(download(&server, &alice, &file).await, b"1234567890");
}
