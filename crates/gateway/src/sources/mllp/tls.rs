//! TLS 1.3 for systems of the hospital: the server's certificate as [`Shown`] at the moment, the clients' from CAs of its own choice.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use crate::start::Services;
use crate::tls::{Shown, TlsError, file};

/// An acceptor that asks for a certificate of one of the CAs in `clients`, or for none.
pub(in crate::sources) fn acceptor(
    shown: Arc<Shown>,
    clients: Option<&Path>,
) -> Result<TlsAcceptor, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])?;
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            let all = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            for certificate in all.map_err(file(path))? {
                roots.add(certificate)?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = verifier.build().map_err(|error| rustls::Error::General(error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_cert_resolver(shown);
    // Every connection proves the key anew; a resumed one would not.
    config.send_tls13_tickets = 0;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The same of what the gateway's own files hold, or none where TLS was left out on purpose.
pub(in crate::sources) fn acceptor_unless(
    plain: bool,
    services: &Services,
    clients: Option<&Path>,
) -> Result<Option<TlsAcceptor>, TlsError> {
    if plain {
        return Ok(None);
    }
    acceptor(services.identities.of(&services.config.tls)?, clients).map(Some)
}
