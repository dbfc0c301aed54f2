//! TLS, and certificates that change.

use std::{path::PathBuf, sync::Arc, time::Duration};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::server::{TestServer, spawn_server_with};

/// Where a certificate lies.
struct Files {
    folder: TempDir,
}

impl Files {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a new certificate, its key last, and returns it.
    fn renew(&self) -> CertificateDer<'static> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(self.path("cert.pem"), cert.pem()).unwrap();
        std::fs::write(self.path("key.pem"), signing_key.serialize_pem()).unwrap();
        cert.der().clone()
    }

    async fn server(&self, options: &[&str]) -> TestServer {
        let (cert, key) = (self.path("cert.pem"), self.path("key.pem"));
        let mut line = vec!["--tls-cert", cert.to_str().unwrap()];
        line.extend(["--tls-key", key.to_str().unwrap()]);
        line.extend(options);
        spawn_server_with(&line).await
    }
}

fn files() -> (Files, CertificateDer<'static>) {
    let files = Files { folder: TempDir::new().unwrap() };
    let certificate = files.renew();
    (files, certificate)
}

/// Connects if the server shows this very certificate.
async fn connect(
    server: &TestServer,
    certificate: &CertificateDer<'static>,
    protocol: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let stream = TcpStream::connect(server.server.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

const REQUEST: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn both_protocols_go_over_tls_and_browsers_are_told_to_stay_with_it() {
    let (files, certificate) = files();
    let server = files.server(&[]).await;
    assert!(server.url.starts_with("https://"));

    let mut stream = connect(&server, &certificate, "http/1.1").await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    let mut answer = String::new();
    drop(stream.read_to_string(&mut answer).await);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");

    let stream = connect(&server, &certificate, "h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = poem::http::Request::get("https://localhost/health/live").body(()).unwrap();
    let (response, _) = client.send_request(request, true).unwrap();
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers().contains_key("strict-transport-security"));
    connection.abort();
}

#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart() {
    let (files, first) = files();
    let server = files.server(&[]).await;
    let mut open = connect(&server, &first, "http/1.1").await.unwrap();
    let key = std::fs::read(files.path("key.pem")).unwrap();
    let second = files.renew();
    let shown = async {
        while connect(&server, &second, "http/1.1").await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(10), shown).await.expect("the new one is shown");
    connect(&server, &first, "http/1.1").await.unwrap_err();
    open.write_all(REQUEST).await.unwrap();
    let mut answer = String::new();
    drop(open.read_to_string(&mut answer).await);
    assert!(answer.starts_with("HTTP/1.1 200"), "what was open goes on: {answer}");

    // A key of another certificate changes nothing, nor do files that are gone.
    std::fs::write(files.path("key.pem"), key).unwrap();
    server.server.read_certificate();
    connect(&server, &second, "http/1.1").await.unwrap();
    std::fs::remove_file(files.path("cert.pem")).unwrap();
    server.server.read_certificate();
    connect(&server, &second, "http/1.1").await.unwrap();
}

#[tokio::test]
async fn a_handshake_that_stalls_and_what_is_no_handshake_are_closed() {
    let (files, _) = files();
    let server = files.server(&["--head-timeout-ms", "300"]).await;
    for text in [b"".as_slice(), b"\x16\x03\x01\x02\x00\x01\x00", REQUEST] {
        let mut stream = TcpStream::connect(server.server.address()).await.unwrap();
        stream.write_all(text).await.unwrap();
        let mut rest = Vec::new();
        let read = timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
        drop(read.expect("the server closes"));
        assert!(!rest.starts_with(b"HTTP"));
    }
}
