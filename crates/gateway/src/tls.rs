//! The certificate and key with which the listeners prove who they are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::config::Tls;

/// Why a certificate or its key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file cannot be read or is not PEM of that kind.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: pem::Error,
    },
    /// There is no CA in the file.
    #[error("{}: no certificate in it", .0.display())]
    NoCertificate(PathBuf),
    /// They do not fit each other.
    #[error("certificate and key: {0}")]
    Unusable(#[from] rustls::Error),
}

/// A certificate, those that lead to its CA, and its key.
pub(crate) type Credentials = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Reads certificate and key.
pub(crate) fn credentials(tls: &Tls) -> Result<Credentials, TlsError> {
    let chain = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(file(&tls.certificate))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(file(&tls.key))?;
    Ok((chain, key))
}

/// Reads one certificate.
pub(crate) fn certificate(path: &Path) -> Result<CertificateDer<'static>, TlsError> {
    CertificateDer::from_pem_file(path).map_err(file(path))
}

pub(crate) fn file(path: &Path) -> impl FnOnce(pem::Error) -> TlsError {
    let path = path.to_owned();
    move |source| TlsError::File { path, source }
}

/// How the gateway connects to a server whose certificate a CA of the file `ca` issued; `client` is what it shows itself.
pub(crate) fn client_config(ca: &Path, client: Option<&Tls>) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).map_err(file(ca))? {
        roots.add(certificate.map_err(file(ca))?)?;
    }
    if roots.is_empty() {
        return Err(TlsError::NoCertificate(ca.into()));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    Ok(match client {
        Some(files) => {
            let (chain, key) = credentials(files)?;
            builder.with_client_auth_cert(chain, key)?
        }
        None => builder.with_no_client_auth(),
    })
}
