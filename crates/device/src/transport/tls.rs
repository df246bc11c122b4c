//! TLS 1.3 with mutual authentication: the gateway by its site's CA, the device by its element.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::element::{ElementError, SharedElement, TlsKey};

/// Why no connection can be configured.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The CA's certificate is none, or the library refuses the settings.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
    /// The element has no TLS key or certificate.
    #[error(transparent)]
    Element(#[from] ElementError),
}

/// How a device connects: TLS 1.3 only, trusting the CA `ca` (DER) and nothing else, with the element's TLS key.
/// Sessions are not resumed: each connection is authenticated by the element anew.
///
/// # Errors
/// [`TlsError`]
pub fn client_config(ca: &[u8], element: &SharedElement) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(ca.to_vec()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = SingleCertAndKey::from(TlsKey::certified(element)?);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(key));
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// A server, and how a device connects to it.
#[derive(Debug, Clone)]
pub struct Server {
    /// Host and port.
    pub address: String,
    /// The name in its certificate.
    pub name: ServerName<'static>,
    /// The device's side of TLS, from [`client_config`].
    pub tls: Arc<ClientConfig>,
}

impl Server {
    /// Connects, speaking `alpn` where the protocol has a name in TLS.
    pub(super) async fn connect(&self, alpn: Option<&[u8]>) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let tls = match alpn {
            Some(alpn) => {
                let mut tls = ClientConfig::clone(&self.tls);
                tls.alpn_protocols = vec![alpn.to_vec()];
                Arc::new(tls)
            }
            None => self.tls.clone(),
        };
        TlsConnector::from(tls).connect(self.name.clone(), stream).await
    }
}
