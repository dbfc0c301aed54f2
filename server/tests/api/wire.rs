//! What happens below HTTP libraries: slow, broken and oversized requests on a bare connection.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::{
    server::{TestServer, spawn_server, spawn_server_with},
    waiting::until,
};

pub async fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.server.address()).await.unwrap()
}

/// Reads until the server closes, which it must do within five seconds.
pub async fn read_to_end(stream: &mut TcpStream) -> String {
    read_to_end_within(Duration::from_secs(5), stream).await
}

async fn read_to_end_within(time: Duration, stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset also closes.
    let read = timeout(time, stream.read_to_end(&mut bytes)).await;
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

/// Connects from another of the addresses that this machine is to itself.
async fn connect_from(address: &str, server: &TestServer) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{address}:0").parse().unwrap()).unwrap();
    socket.connect(server.server.address()).await.unwrap()
}

/// Waits until so many connections are open.
pub async fn until_connected(server: &TestServer, count: usize) {
    until(async || server.server.connections() == count).await;
}

#[tokio::test]
async fn five_hundred_half_open_connections_hold_up_nobody_and_are_closed_in_time() {
    let patience = Duration::from_secs(10);
    let server = spawn_server_with(&["--head-timeout-ms", "10000"]).await;
    let begun = Instant::now();
    let mut streams = Vec::new();
    for index in 0..500 {
        let mut stream = connect_from("127.0.0.2", &server).await;
        let texts = ["", "G", "PRI * HTTP/2", "POST /auth/login HTTP/1.1\r\nhost: x\r\nconte"];
        stream.write_all(texts[index % 4].as_bytes()).await.unwrap();
        streams.push(stream);
    }
    until_connected(&server, 500).await;
    crate::people::Person::arrives(&server, "alice").await;
    let mut one_more = connect_from("127.0.0.2", &server).await;
    // One that were let in would only be closed when no head has come.
    assert_eq!(read_to_end(&mut one_more).await, "", "the network has its 500");
    assert!(begun.elapsed() < patience, "none of the 500 has had to go yet");
    for stream in &mut streams {
        let answer = read_to_end_within(patience * 2, stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    assert!(begun.elapsed() >= patience);
}

#[tokio::test]
async fn a_full_house_takes_nobody_until_somebody_leaves() {
    let server = spawn_server_with(&["--max-connections", "3"]).await;
    let mut inside = Vec::new();
    for index in 1..=3 {
        inside.push(connect_from(&format!("127.0.0.{index}"), &server).await);
    }
    until_connected(&server, 3).await;
    let mut one_more = connect_from("127.0.0.9", &server).await;
    assert_eq!(read_to_end(&mut one_more).await, "");
    inside.pop();
    until_connected(&server, 2).await;
    server.get("/health/ready").send().await.expect(200);
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
async fn a_body_that_drips_is_answered_408() {
    let server =
        spawn_server_with(&["--body-window-ms", "400", "--body-bytes-per-second", "1000"]).await;
    let mut stream = connect(&server).await;
    let head = "POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 2000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let dripping = tokio::spawn(async move {
        // Never still for long, but no more than 500 bytes a second.
        while writer.write_all(b"     ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let mut answer = [0; 12];
    let read = timeout(Duration::from_secs(5), reader.read_exact(&mut answer)).await;
    read.expect("answered in time").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    dripping.abort();
}

#[tokio::test]
async fn a_body_at_the_least_speed_goes_through() {
    let window = ["--body-window-ms", "200", "--body-bytes-per-second", "1000"];
    let server = spawn_server_with(&[&window[..], &["--body-timeout-ms", "60000"]].concat()).await;
    let body = r#"{"email":"nobody","password":"12345678"}"#;
    // Each has what a window must bring, however much longer it is on the way.
    let pieces = futures_util::stream::unfold(0, move |count| async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let piece = format!("{:>200}", if count < 3 { "" } else { body });
        (count <= 3).then_some((Ok::<_, std::io::Error>(piece), count + 1))
    });
    let answer = server.post("/auth/login").raw(reqwest::Body::wrap_stream(pieces)).send().await;
    answer.refused(401, "wrong_credentials");
}

#[tokio::test]
async fn who_does_not_take_the_answers_is_cut_off() {
    let server = spawn_server_with(&["--write-timeout-ms", "300"]).await;
    let mut stream = connect(&server).await;
    let request = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n";
    // More than all buffers on the way hold; the server may stop reading before.
    drop(
        timeout(Duration::from_millis(100), stream.write_all(request.repeat(2000).as_bytes()))
            .await,
    );
    until_connected(&server, 1).await;
    until_connected(&server, 0).await;
}

#[tokio::test]
async fn a_quiet_stream_of_events_stays_open() {
    let server = spawn_server_with(&[
        "--write-timeout-ms",
        "1000",
        "--head-timeout-ms",
        "1000",
        "--body-timeout-ms",
        "1000",
    ])
    .await;
    let alice = crate::people::Person::arrives(&server, "alice").await;
    for http2 in [false, true] {
        let client = reqwest::Client::builder();
        let client = if http2 { client.http2_prior_knowledge() } else { client };
        let events = client.build().unwrap().get(format!("{}/messaging/events", server.url));
        let mut events = events.bearer_auth(&alice.access).send().await.unwrap();
        assert!(events.chunk().await.unwrap().is_some());
        tokio::time::sleep(Duration::from_millis(2500)).await;
        alice.sends(&server, &[&alice]).await;
        let told = timeout(Duration::from_secs(5), events.chunk()).await.unwrap().unwrap();
        assert!(told.is_some());
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
