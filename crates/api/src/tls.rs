//! TLS of our own: the certificate and its key, read anew on a reload without a connection cut.

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate's file.
    #[error(
        "TLS_CERT={file}: {wrong}; expected a file with the certificate and its chain in PEM, such as certbot's fullchain.pem"
    )]
    Certificate {
        /// The file.
        file: String,
        /// What is wrong with it.
        wrong: String,
    },
    /// The key's file.
    #[error(
        "TLS_KEY={file}: {wrong}; expected a file with its key in PEM, such as certbot's privkey.pem"
    )]
    Key {
        /// The file.
        file: String,
        /// What is wrong with it.
        wrong: String,
    },
    /// They do not belong together.
    #[error(
        "TLS_CERT and TLS_KEY do not belong together: {0}; expected a certificate and its own key"
    )]
    Pair(rustls::Error),
}

/// What encrypts connections; cloning shares it.
#[derive(Debug, Clone)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    config: Arc<ArcSwap<ServerConfig>>,
}

impl Tls {
    /// Reads both files.
    ///
    /// # Errors
    /// When they cannot be used.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        Ok(Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            config: Arc::new(ArcSwap::from_pointee(config(certificate, key)?)),
        })
    }

    /// Reads both files anew: connections from now on get what is in them.
    ///
    /// # Errors
    /// When they cannot be used; then the old certificate stays.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.config
            .store(Arc::new(config(&self.certificate, &self.key)?));
        Ok(())
    }

    /// Shakes hands; `None` for who does not, in time and properly.
    pub(crate) async fn accept<S>(&self, stream: S, within: Duration) -> Option<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let acceptor = TlsAcceptor::from(self.config.load_full());
        tokio::time::timeout(within, acceptor.accept(stream))
            .await
            .ok()?
            .ok()
    }
}

fn config(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let wrong = |wrong: String| TlsError::Certificate {
        file: certificate.display().to_string(),
        wrong,
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(error.to_string()))?;
    if chain.is_empty() {
        return Err(wrong("there is no certificate in it".to_owned()));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| TlsError::Key {
        file: key.display().to_string(),
        wrong: error.to_string(),
    })?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(TlsError::Pair)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
