//! What happens below HTTP libraries: slow, broken and oversized requests on a bare connection.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::server::{TestServer, spawn_server, spawn_server_with};

async fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.server.address()).await.unwrap()
}

/// Reads until the server closes, which it must do within five seconds.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset also closes.
    let read = timeout(Duration::from_secs(5), stream.read_to_end(&mut bytes)).await;
    drop(read.expect("the server closes"));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Sends a request as it stands and returns the whole answer.
pub async fn request(server: &TestServer, method: &str, path: &str, more: &str) -> String {
    let mut stream = connect(server).await;
    let text = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{more}\r\n");
    stream.write_all(text.as_bytes()).await.unwrap();
    read_to_end(&mut stream).await
}

#[tokio::test]
async fn half_a_head_is_closed_in_time_by_the_hundred() {
    let server = spawn_server_with(&["--head-timeout-ms", "300"]).await;
    let begun = Instant::now();
    let mut streams = Vec::new();
    for index in 0..300 {
        let mut stream = connect(&server).await;
        let text = ["", "G", "POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-le"][index % 3];
        stream.write_all(text.as_bytes()).await.unwrap();
        streams.push(stream);
    }
    server.get("/health/ready").send().await.expect(200);
    for stream in &mut streams {
        let answer = read_to_end(stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_head_that_drips_is_closed_in_time() {
    let server = spawn_server_with(&["--head-timeout-ms", "300"]).await;
    let mut stream = connect(&server).await;
    let begun = Instant::now();
    for letter in "GET /health/live HTTP/1.1\r\nx-y: ".bytes().chain(std::iter::repeat(b'a')) {
        if stream.write_all(&[letter]).await.is_err() || begun.elapsed() > Duration::from_secs(5) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_body_that_stalls_is_answered_408() {
    let server = spawn_server_with(&["--body-timeout-ms", "300"]).await;
    let alice = crate::people::Person::arrives(&server, "alice").await;
    let login = "POST /auth/login HTTP/1.1\r\ncontent-type: application/json\r\n".to_owned();
    let upload = format!(
        "POST /files HTTP/1.1\r\nauthorization: Bearer {}\r\nupload-length: 100\r\n",
        alice.access
    );
    for head in [login, upload] {
        let mut stream = connect(&server).await;
        let text = format!("{head}host: x\r\ncontent-length: 100\r\n\r\n{{");
        stream.write_all(text.as_bytes()).await.unwrap();
        let answer = read_to_end(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains(r#""code":"request_timeout""#), "{answer}");
    }
}

#[tokio::test]
async fn headers_of_500_kilobytes_are_refused() {
    let server = spawn_server().await;
    let mut stream = connect(&server).await;
    let head =
        format!("GET /health/live HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(500_000));
    // The server may close before it has been given everything.
    drop(stream.write_all(head.as_bytes()).await);
    let answer = read_to_end(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    server.get("/health/ready").send().await.expect(200);
}

#[tokio::test]
async fn what_is_not_http_is_closed() {
    let server = spawn_server().await;
    for text in [
        "\r\n\r\n\r\n",
        "HELLO\r\n\r\n",
        "GET\r\n\r\n",
        "\x16\x03\x01\x02",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\nx y: z\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n",
    ] {
        let mut stream = connect(&server).await;
        stream.write_all(text.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = read_to_end(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{text:?}: {answer}");
    }
    server.get("/health/ready").send().await.expect(200);
}

#[tokio::test]
async fn a_repeated_query_parameter_is_refused_on_every_route() {
    let server = spawn_server().await;
    for path in ["/health/live?x=1&x=2", "/openapi.json?x&x", "/?a=1&b=2&a=3"] {
        server.get(path).send().await.refused(400, "invalid_parameter");
    }
}
