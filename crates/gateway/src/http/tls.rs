//! The listener's TLS: versions 1.3 and 1.2 with the server's own certificate, no client certificate asked for.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::version::{TLS12, TLS13};

use crate::config::Tls;
use crate::tls::{Shown, TlsError};

/// Reads certificate and key.
///
/// # Errors
/// When a file cannot be read or key and certificate cannot be used together.
pub fn server_config(tls: &Tls) -> Result<ServerConfig, TlsError> {
    showing(Arc::new(Shown::read(tls)?))
}

/// Shows in every handshake what is to be shown at that moment.
pub(super) fn showing(shown: Arc<Shown>) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(shown);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
