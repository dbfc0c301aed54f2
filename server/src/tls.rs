//! TLS: the certificate, read again when its files change.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The certificate that clients are shown, and where it is from.
#[derive(Debug)]
pub(crate) struct Certificate {
    files: Files,
    /// As they were before they were first read.
    first: Option<[Stamp; 2]>,
    current: RwLock<Arc<CertifiedKey>>,
    asked: Notify,
}

/// PEM files: a chain of certificates, the server's own first, and its private key.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    /// The chain.
    pub(crate) chain: PathBuf,
    /// The key.
    pub(crate) key: PathBuf,
}

/// Tells a file from what stood there before.
type Stamp = (SystemTime, u64);

impl Files {
    /// Reads both.
    ///
    /// # Errors
    /// When a file can't be read or isn't PEM, or the two don't belong together.
    fn read(&self) -> io::Result<CertifiedKey> {
        let of = |path: &Path| format!("{}: ", path.display());
        let chain = CertificateDer::pem_file_iter(&self.chain)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| io::Error::other(of(&self.chain) + &error.to_string()))?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| io::Error::other(of(&self.key) + &error.to_string()))?;
        CertifiedKey::from_der(chain, key, &provider())
            .map_err(|error| io::Error::other(of(&self.chain) + &error.to_string()))
    }

    fn stamps(&self) -> io::Result<[Stamp; 2]> {
        let stamp = |path: &Path| {
            let metadata = std::fs::metadata(path)?;
            Ok::<_, io::Error>((metadata.modified()?, metadata.len()))
        };
        Ok([stamp(&self.chain)?, stamp(&self.key)?])
    }
}

impl Certificate {
    /// Reads the certificate.
    ///
    /// # Errors
    /// When it can't be used.
    pub(crate) fn load(files: Files) -> io::Result<Arc<Self>> {
        let first = files.stamps().ok();
        let current = RwLock::new(Arc::new(files.read()?));
        Ok(Arc::new(Self { files, first, current, asked: Notify::new() }))
    }

    /// What takes connections with it, for HTTP/2 and HTTP/1.1 (RFC 7301).
    ///
    /// # Errors
    /// Never, as the provider has all that the default versions need.
    pub(crate) fn acceptor(self: &Arc<Self>) -> io::Result<TlsAcceptor> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config).into())
    }

    /// Has the files read again, changed or not.
    pub(crate) fn ask(&self) {
        self.asked.notify_one();
    }

    /// Reads the files again whenever they have changed, until `stopping`. What can't be used
    /// changes nothing: files are often replaced one after the other.
    pub(crate) async fn watch(self: Arc<Self>, stopping: CancellationToken) {
        let mut seen = self.first;
        loop {
            let asked = tokio::select! {
                () = stopping.cancelled() => return,
                () = self.asked.notified() => true,
                () = tokio::time::sleep(LOOK) => false,
            };
            let stamps = self.files.stamps().ok();
            if !asked && (stamps.is_none() || stamps == seen) {
                continue;
            }
            seen = stamps;
            match self.files.read() {
                Ok(certificate) => {
                    let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                    *current = Arc::new(certificate);
                    tracing::info!("the certificate was read again");
                }
                Err(error) => tracing::warn!(%error, "the certificate stays as it was"),
            }
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn provider() -> CryptoProvider {
    aws_lc_rs::default_provider()
}

#[cfg(test)]
mod tests {
    use std::{fs::File, time::SystemTime};

    use rcgen::generate_simple_self_signed;

    use super::{Arc, CancellationToken, Certificate, CertifiedKey, Files, LOOK, PoisonError};

    fn renew(files: &Files) {
        let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&files.chain, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    }

    fn shown(certificate: &Certificate) -> Arc<CertifiedKey> {
        Arc::clone(&certificate.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    #[tokio::test]
    async fn files_replaced_before_the_watch_begins_are_read_too() {
        let folder = tempfile::TempDir::new().unwrap();
        let files =
            Files { chain: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        renew(&files);
        let before = SystemTime::now() - LOOK;
        File::options().append(true).open(&files.chain).unwrap().set_modified(before).unwrap();
        let certificate = Certificate::load(files.clone()).unwrap();
        let first = shown(&certificate);
        renew(&files);
        let watching = tokio::spawn(Arc::clone(&certificate).watch(CancellationToken::new()));
        let reading = async {
            while Arc::ptr_eq(&first, &shown(&certificate)) {
                tokio::time::sleep(LOOK / 20).await;
            }
        };
        tokio::time::timeout(LOOK * 20, reading).await.expect("it is read again");
        assert!(shown(&certificate).cert != first.cert);
        watching.abort();
    }
}
