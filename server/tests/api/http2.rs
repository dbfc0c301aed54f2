//! HTTP/2 (RFC 9113), with prior knowledge: the same answers, and its own ways to be slow.

use std::time::Duration;

use bytes::Bytes;
use h2::{
    Reason,
    client::{ResponseFuture, SendRequest},
};
use poem::http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
    time::timeout,
};

use crate::{
    people::{Person, random},
    server::{TestServer, spawn_server, spawn_server_with},
    wire::until_connected,
};

const LIMIT: usize = 2 * 1024 * 1024 + 256 * 1024;

/// A client that follows the protocol and does nothing by itself.
struct Client {
    requests: SendRequest<Bytes>,
    connection: JoinHandle<Result<(), h2::Error>>,
}

impl Client {
    async fn connect(server: &TestServer) -> Self {
        let stream = TcpStream::connect(server.server.address()).await.unwrap();
        let (requests, connection) = h2::client::handshake(stream).await.unwrap();
        let connection = tokio::spawn(connection);
        Self { requests: requests.ready().await.unwrap(), connection }
    }

    fn sends(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        ends: bool,
    ) -> (ResponseFuture, h2::SendStream<Bytes>) {
        let mut request = Request::builder().method(method).uri(format!("http://x{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.requests.send_request(request.body(()).unwrap(), ends).unwrap()
    }
}

async fn read(response: Response<h2::RecvStream>) -> Value {
    let mut body = response.into_body();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.unwrap();
        body.flow_control().release_capacity(chunk.len()).unwrap();
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).unwrap()
}

async fn soon<T>(work: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(5), work).await.expect("within five seconds")
}

#[tokio::test]
async fn everything_goes_over_http2_too() {
    let server = spawn_server().await.speaking_http2();
    let alice = Person::arrives(&server, "alice").await;
    alice.sends(&server, &[&alice]).await;
    let bytes = random(1 << 20);
    let file = alice.uploads(&server, bytes.clone()).await;
    let read = alice.reads(&server, &format!("/messaging/download_file/{file}")).await;
    assert!(read.bytes == bytes);
    server.get("/nowhere").send().await.refused(404, "not_found");
    server.get("/openapi.json").send().await.expect(200);
    assert_eq!(server.server.connections(), 1);
}

#[tokio::test]
async fn many_requests_share_a_connection() {
    let server = spawn_server().await.speaking_http2();
    let alice = Person::arrives(&server, "alice").await;
    let reading = (0..500).map(|_| alice.reads(&server, "/auth/whoami"));
    for answer in futures_util::future::join_all(reading).await {
        answer.expect(200);
    }
    assert_eq!(server.server.connections(), 1);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_early() {
    let server = spawn_server().await;
    let mut client = Client::connect(&server).await;
    let media_type = ("content-type", "application/json");
    // With a length, nothing of the body need come.
    let length = (LIMIT + 1).to_string();
    let headers = [media_type, ("content-length", length.as_str())];
    let (response, _body) = client.sends("POST", "/auth/login", &headers, false);
    let response = soon(response).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(read(response).await["code"], "body_too_large");
    // Without, the bytes are counted as they come.
    let (mut response, mut body) = client.sends("POST", "/auth/login", &[media_type], false);
    let response = soon(async {
        loop {
            body.reserve_capacity(65_536);
            let room = std::future::poll_fn(|context| body.poll_capacity(context));
            tokio::select! {
                response = &mut response => return response,
                room = room => if let Some(Ok(room)) = room {
                    drop(body.send_data(vec![b' '; room].into(), false));
                },
            }
        }
    });
    assert_eq!(response.await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
    // The connection is none the worse.
    let (response, _) = client.sends("GET", "/health/ready", &[], true);
    assert_eq!(soon(response).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_body_that_stalls_is_answered_408_and_the_connection_goes_on() {
    let server = spawn_server_with(&["--body-timeout-ms", "300"]).await;
    let mut client = Client::connect(&server).await;
    let headers = [("content-type", "application/json"), ("content-length", "100")];
    let (response, mut body) = client.sends("POST", "/auth/login", &headers, false);
    body.send_data("{".into(), false).unwrap();
    let response = soon(response).await.unwrap();
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    assert_eq!(read(response).await["code"], "request_timeout");
    let (response, _) = client.sends("GET", "/health/ready", &[], true);
    assert_eq!(soon(response).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn compressed_requests_and_huge_heads_are_refused() {
    let server = spawn_server().await;
    let mut client = Client::connect(&server).await;
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let (response, _body) = client.sends("POST", "/auth/login", &headers, false);
    assert_eq!(soon(response).await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let huge = "a".repeat(500_000);
    let (response, _) = client.sends("GET", "/health/live", &[("x", &huge)], true);
    match soon(response).await {
        Ok(response) => assert_eq!(response.status(), 431),
        Err(error) => assert!(error.is_reset() || error.is_go_away(), "{error}"),
    }
    server.get("/health/ready").send().await.expect(200);
}

#[tokio::test]
async fn a_connection_without_requests_is_closed_in_time() {
    let server = spawn_server_with(&["--head-timeout-ms", "300"]).await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice();
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0].as_slice();
    // A request whose head never ends (RFC 9113, section 6.2: no END_HEADERS).
    let half_a_head = [0, 0, 1, 1, 1, 0, 0, 0, 1, 0x82].as_slice();
    for parts in [&[preface][..], &[preface, settings], &[preface, settings, half_a_head]] {
        let mut stream = TcpStream::connect(server.server.address()).await.unwrap();
        for part in parts {
            stream.write_all(part).await.unwrap();
        }
        let mut rest = Vec::new();
        // A reset also closes.
        drop(soon(stream.read_to_end(&mut rest)).await);
    }
    // One that answers every ping as well.
    let client = Client::connect(&server).await;
    drop(soon(client.connection).await.unwrap());
    until_connected(&server, 0).await;
}

#[tokio::test]
async fn who_resets_streams_as_fast_as_they_open_is_cut_off() {
    let server = spawn_server().await;
    let mut client = Client::connect(&server).await;
    let ended = soon(async {
        loop {
            if client.connection.is_finished() {
                return (&mut client.connection).await.unwrap();
            }
            tokio::task::yield_now().await;
            // So many that the server sees them together, however fast it is.
            for _ in 0..1000 {
                let Ok(ready) = client.requests.clone().ready().await else { break };
                client.requests = ready;
                let request = Request::post("http://x/auth/login").body(()).unwrap();
                let Ok((_, mut body)) = client.requests.send_request(request, false) else { break };
                body.send_reset(Reason::CANCEL);
            }
        }
    });
    let error = ended.await.unwrap_err();
    // The reason may be lost when the connection breaks under what is still being sent.
    let calmed = error.reason() == Some(Reason::ENHANCE_YOUR_CALM);
    assert!(calmed || error.is_io(), "{error}");
    server.get("/health/ready").send().await.expect(200);
}

#[tokio::test]
async fn an_answer_that_is_not_taken_is_reset_and_the_others_go_on() {
    let server = spawn_server_with(&["--write-timeout-ms", "300"]).await;
    let mut client = Client::connect(&server).await;
    let (response, _) = client.sends("GET", "/openapi.json", &[], true);
    let mut body = soon(response).await.unwrap().into_body();
    // What comes is never released, so that no more than the first window may come.
    let reset = soon(async {
        loop {
            match body.data().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return error,
                None => panic!("the document fits into one window"),
            }
        }
    });
    assert_eq!(reset.await.reason(), Some(Reason::CANCEL));
    let (response, _) = client.sends("HEAD", "/openapi.json", &[], true);
    assert_eq!(soon(response).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn stopping_ends_streams_and_finishes_what_is_short() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let mut client = Client::connect(&server).await;
    let bearer = format!("Bearer {}", alice.access);
    let authorization = ("authorization", bearer.as_str());
    let (events, _) = client.sends("GET", "/messaging/events", &[authorization], true);
    let mut events = soon(events).await.unwrap().into_body();
    assert!(soon(events.data()).await.unwrap().is_ok());
    let headers = [authorization, ("content-type", "application/json")];
    let (response, mut body) = client.sends("POST", "/users/lookup", &headers, false);
    body.send_data("{\"email\":".into(), false).unwrap();
    // Answers come in order of what the server has seen: the request above has begun.
    let (seen, _) = client.sends("GET", "/health/live", &[], true);
    soon(seen).await.unwrap();
    let TestServer { server, folder, .. } = server;
    let stopping = tokio::spawn(server.stop());
    while let Some(rest) = soon(events.data()).await {
        rest.expect("the stream is ended, not cut");
    }
    body.send_data("\"alice\"}".into(), true).unwrap();
    assert_eq!(read(soon(response).await.unwrap()).await["username"], json!("alice"));
    soon(client.connection).await.unwrap().unwrap();
    soon(stopping).await.unwrap();
    drop(folder);
}
