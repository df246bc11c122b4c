//! The certificates and keys with which we prove who we are ([`Shown`]), and those by which we know others.

mod shown;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::{ClientConfig, RootCertStore};
use seal::Micros;

use crate::certificates;

pub(crate) use shown::{Identities, Shown};

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
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// What is in the file is no certificate.
    #[error("{}: {what}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The certificate is over, or not valid yet.
    #[error("{}: valid {}, which is not now", path.display(), certificates::span(*from, *until))]
    NotNow {
        /// The file.
        path: PathBuf,
        /// From when it is valid.
        from: Micros,
        /// Until when.
        until: Micros,
    },
    /// There is no CA in the file.
    #[error("{}: no certificate in it", .0.display())]
    NoCertificate(PathBuf),
    /// They do not fit each other.
    #[error("certificate and key: {0}")]
    Unusable(#[from] rustls::Error),
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
pub(crate) fn client_config(ca: &Path, client: Option<Arc<Shown>>) -> Result<ClientConfig, TlsError> {
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
        Some(shown) => builder.with_client_cert_resolver(shown),
        None => builder.with_no_client_auth(),
    })
}
