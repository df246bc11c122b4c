//! TLS 1.3 with mutual authentication: the gateway by its site's CA, the device by its element.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, RootCertStore};

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
