//! Bodies and parameters that are not as they must be.

use futures_util::StreamExt;
use serde_json::json;

use crate::{
    people::{PASSWORD, Person, random, register},
    server::{client, spawn_server},
};

const LIMIT: usize = 2 * 1024 * 1024 + 256 * 1024;

#[tokio::test]
async fn json_is_read_strictly_and_faults_are_pointed_at() {
    let server = spawn_server().await;
    let cases = [
        (r#"{"email":"a@b.c","password":"12345678","x":1}"#, "/x", "unknown_member"),
        (r#"{"email":"a@b.c","password":"12345678","a/b~c":1}"#, "/a~1b~0c", "unknown_member"),
        (r#"{"email":"a@b.c"}"#, "/password", "missing_member"),
        (r#"{}"#, "/email", "missing_member"),
        (r#"{"email":"a@b.c","email":"a@b.c","password":"12345678"}"#, "/email", "repeated_member"),
        (r#"{"email":"a@b.c","password":null}"#, "/password", "null"),
        (r#"{"email":"a@b.c","password":"12345678","x":[{"y":null}]}"#, "/x/0/y", "null"),
        (r#"{"email":"a@b.c","password":12345678}"#, "/password", "wrong_type"),
        (r#"{"email":["a@b.c"],"password":"12345678"}"#, "/email", "wrong_type"),
        (r#"{"email":"a@b.c\u0000","password":"12345678"}"#, "/email", "invalid_value"),
        (r#"{"email":"","password":"12345678"}"#, "/email", "invalid_value"),
        (r#""text""#, "", "wrong_type"),
        (r#"[]"#, "", "wrong_type"),
        (r#"["a@b.c","12345678"]"#, "", "wrong_type"),
        (r#"null"#, "", "null"),
    ];
    for (body, pointer, code) in cases {
        let answer = server.post("/auth/login").raw(body).send().await;
        let problem = answer.refused(400, "invalid_request");
        let fault = &problem["errors"][0];
        assert_eq!(fault["pointer"], pointer, "{body}");
        assert_eq!(fault["code"], code, "{body}");
    }
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let server = spawn_server().await;
    let deep = format!("{{\"email\":{}", "[".repeat(100_000));
    let cases: [&[u8]; 12] = [
        b"",
        b"{",
        b"{}x",
        b"{'a':1}",
        b"{\"a\":NaN}",
        b"{\"a\":01}",
        b"{\"email\":\"\xff\"}",
        br#"{"email":"\ud800"}"#,
        br#"{"email":"\udc00\ud800"}"#,
        b"\xef\xbb\xbf{}",
        b"{\"a\":1,}",
        deep.as_bytes(),
    ];
    for body in cases {
        let answer = server.post("/auth/login").raw(body.to_vec()).send().await;
        answer.refused(400, "malformed_json");
    }
}

#[tokio::test]
async fn an_optional_member_is_left_out_not_null() {
    let server = spawn_server().await;
    let body = json!({
        "username": "alice", "email": "alice@example.org", "password": PASSWORD, "keys": null,
    });
    let answer = register(&server, &body).await;
    answer.refused(400, "invalid_request");
    assert_eq!(answer.pointers(), ["/keys"]);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_and_without_a_length() {
    let server = spawn_server().await;
    let padded = |size: usize| {
        let mut body = json!({ "email": "a@b.c", "password": "12345678" }).to_string();
        body.push_str(&" ".repeat(size - body.len()));
        body
    };
    let answer = server.post("/auth/login").raw(padded(LIMIT)).send().await;
    answer.refused(401, "wrong_credentials");
    server.post("/auth/login").raw(padded(LIMIT + 1)).send().await.refused(413, "body_too_large");
    let chunks = padded(LIMIT + 1).into_bytes();
    let chunks: Vec<_> =
        chunks.chunks(50_000).map(|part| Ok::<_, std::io::Error>(part.to_vec())).collect();
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    server.post("/auth/login").raw(body).send().await.refused(413, "body_too_large");
}

#[tokio::test]
async fn a_body_without_end_is_refused_early() {
    let server = spawn_server().await;
    let endless = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 65_536]));
    // Far more than fits into the buffers on the way.
    let body = reqwest::Body::wrap_stream(endless.take(100_000));
    let response = client()
        .post(format!("{}/auth/login", server.url))
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await;
    // The server stops reading; whether its answer arrives first is up to the network.
    if let Ok(response) = response {
        assert_eq!(response.status(), 413);
    }
    server.get("/health/ready").send().await.expect(200);
}

#[tokio::test]
async fn another_content_type_is_refused() {
    let server = spawn_server().await;
    let body = json!({ "email": "a@b.c", "password": "12345678" }).to_string();
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        let call = server.post("/auth/login").header("content-type", media_type).body(body.clone());
        call.send().await.refused(415, "unsupported_media_type");
    }
    let answer = server.post("/auth/login").body(body.clone()).send().await;
    answer.refused(415, "unsupported_media_type");
    for media_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let call = server.post("/auth/login").header("content-type", media_type).body(body.clone());
        call.send().await.refused(401, "wrong_credentials");
    }
}

#[tokio::test]
async fn a_compressed_request_is_refused() {
    let server = spawn_server().await;
    for encoding in ["gzip", "br", "deflate", "zstd", "identity, gzip"] {
        let call = server.post("/auth/login").header("content-encoding", encoding);
        call.raw(random(100)).send().await.refused(415, "unsupported_encoding");
    }
}

#[tokio::test]
async fn sql_in_a_string_is_data() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    for text in ["' OR '1'='1", "x'; DROP TABLE accounts; --", "\" OR 1=1 --", "%", "_"] {
        let password = format!("{text}12345678");
        let body = json!({ "email": "alice", "password": password });
        let answer = server.post("/auth/login").json(&body).send().await;
        answer.refused(401, "wrong_credentials");
        // What has a meaning of its own around addresses is refused in them.
        let email = format!("{}@example.org", text.replace([' ', ';', '"'], ""));
        let body = json!({ "email": email });
        let answer = server.post("/users/lookup").token(&alice.access).json(&body).send().await;
        answer.refused(404, "user_not_found");
    }
    alice.reads(&server, "/auth/whoami").await.expect(200);
}

#[tokio::test]
async fn what_is_not_there_is_404_and_another_method_is_405() {
    let server = spawn_server().await;
    let nowhere = [
        "/auth",
        "/auth/",
        "/auth/login/",
        "/users",
        "/messaging/inbox/1",
        "/AUTH/LOGIN",
        "//",
        "/%00",
    ];
    for path in nowhere {
        server.get(path).send().await.refused(404, "not_found");
    }
    for (method, path, allow) in [
        ("DELETE", "/auth/login", "POST"),
        ("GET", "/users/lookup", "POST"),
        ("PUT", "/messaging/inbox", "GET"),
        ("BREW", "/auth/login", "POST"),
        ("POST", "/openapi.json", "GET"),
        ("POST", "/", "GET"),
    ] {
        let answer = server.call(method.parse().unwrap(), path).send().await;
        answer.refused(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
}

#[tokio::test]
async fn an_identifier_in_the_path_must_be_one() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    for id in ["x", "1", "%27", "0192F0C1-2345-7ABC-8DEF-0123456789AB", "%F0%9F%92%A9"] {
        for path in ["/users", "/messaging/conversations", "/messaging/download_file"] {
            let answer = alice.reads(&server, &format!("{path}/{id}")).await;
            answer.refused(400, "invalid_parameter");
        }
    }
}
