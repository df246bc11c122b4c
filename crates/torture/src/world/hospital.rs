//! The hospital's CA, which certifies the gateway: it issues certificates that end within seconds, as somebody who forgot to renew one would see it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use gateway::config::Tls;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::error::{TortureError, io};
use crate::limits;

/// The CA with its key, and the files that the gateway shows.
pub(crate) struct Hospital {
    issuer: Issuer<'static, KeyPair>,
    files: Tls,
}

/// What somebody sees who connects with TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A certificate that can be trusted.
    Valid(CertificateDer<'static>),
    /// One that has ended.
    Over,
    /// No handshake that tells.
    Nothing(String),
}

fn made(error: impl std::fmt::Display) -> TortureError {
    TortureError::Load(format!("the gateway's certificate: {error}"))
}

impl Hospital {
    /// Of a site's folder.
    pub(crate) fn open(site: &Path, files: &Tls) -> Result<Self, TortureError> {
        let text = |name: &str| {
            let path = site.join(name);
            std::fs::read_to_string(&path).map_err(io(path.display().to_string()))
        };
        let key = KeyPair::from_pem(&text("site/ca.key")?).map_err(made)?;
        let issuer = Issuer::from_ca_cert_pem(&text("site/ca.pem")?, key).map_err(made)?;
        Ok(Self { issuer, files: files.clone() })
    }

    /// Issues a certificate that holds for so long from now, with a key of its own, and puts both where the gateway's are.
    pub(crate) fn issue(&self, holds: Duration) -> Result<CertificateDer<'static>, TortureError> {
        let key = KeyPair::generate().map_err(made)?;
        let names = ["localhost", "127.0.0.1"].map(str::to_owned).to_vec();
        let mut params = CertificateParams::new(names).map_err(made)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.not_before = (SystemTime::now() - Duration::from_secs(3600)).into();
        params.not_after = (SystemTime::now() + holds).into();
        let certificate = params.signed_by(&key, &self.issuer).map_err(made)?;
        // One after the other, as people do: between the two they do not fit each other.
        put(&self.files.key, &key.serialize_pem())?;
        put(&self.files.certificate, &certificate.pem())?;
        Ok(certificate.der().clone())
    }
}

/// Writes a file beside its name and moves it there.
fn put(path: &Path, text: &str) -> Result<(), TortureError> {
    let part = PathBuf::from(format!("{}.part", path.display()));
    let written = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path));
    written.map_err(io(path.display().to_string()))
}

/// What is seen at a port of the gateway.
pub(crate) async fn seen(at: std::net::SocketAddr, known: &Arc<ClientConfig>) -> Seen {
    let handshake = async {
        let name = ServerName::try_from("localhost").map_err(std::io::Error::other)?;
        let stream = TcpStream::connect(at).await?;
        let stream = TlsConnector::from(known.clone()).connect(name, stream).await?;
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        Ok(shown.map(|shown| shown.clone().into_owned()))
    };
    match timeout(limits::FAULT, handshake).await {
        Ok(Ok(Some(shown))) => Seen::Valid(shown),
        Ok(Ok(None)) => Seen::Nothing("no certificate".into()),
        Ok(Err(error)) if is_over(&error) => Seen::Over,
        Ok(Err(error)) => Seen::Nothing(error.to_string()),
        Err(_) => Seen::Nothing("no handshake in time".into()),
    }
}

fn is_over(error: &std::io::Error) -> bool {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    matches!(
        cause,
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. }
        ))
    )
}
