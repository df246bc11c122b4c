//! Mutual TLS 1.3 for devices: the server's certificate as [`Shown`] at the moment, the clients' from the accepted makers.
//!
//! The acceptor is made anew when a maker is accepted; connections that are open stay, since who may deliver is asked of the
//! registry ([`admit`]) and not of TLS alone.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use seal::{DeviceId, Maker, Reason, VerifyingKey};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::record::DeviceStatus;
use crate::registry::Snapshot;
use crate::tls::{Shown, TlsError};

/// Whether a client must show a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientCertificate {
    /// It must; without one the handshake fails.
    Required,
    /// It may; one that no accepted maker issued fails the handshake all the same.
    Offered,
}

/// Why there is no TLS connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandshakeError {
    /// It took too long.
    #[error("no TLS handshake within the time for it")]
    Late,
    /// No device can prove who it is yet.
    #[error("no maker is accepted yet")]
    NoMaker,
    /// A device must show a certificate.
    #[error("no client certificate")]
    NoCertificate,
    /// The certificate names no device.
    #[error(transparent)]
    Certificate(#[from] seal::KeyError),
    /// TLS failed.
    #[error("{0}")]
    Tls(#[from] std::io::Error),
    /// The library refuses the settings.
    #[error(transparent)]
    Unusable(#[from] TlsError),
}

/// Makes TLS connections for the makers of the moment.
pub(crate) struct DeviceTls {
    shown: Arc<Shown>,
    clients: ClientCertificate,
    alpn: &'static [&'static [u8]],
    current: Mutex<Option<(Arc<[Maker]>, TlsAcceptor)>>,
}

impl DeviceTls {
    /// `alpn` are the protocols spoken here, none for those that have no name in TLS.
    pub(crate) fn new(
        shown: Arc<Shown>,
        clients: ClientCertificate,
        alpn: &'static [&'static [u8]],
    ) -> Result<Self, TlsError> {
        let made = Self { shown, clients, alpn, current: Mutex::default() };
        made.server_config(RootCertStore::empty())?;
        Ok(made)
    }

    /// Makes the connection and gives the certificate that the client showed.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
        registry: &Snapshot,
        deadline: Instant,
    ) -> Result<(TlsStream<TcpStream>, Option<Vec<u8>>), HandshakeError> {
        let acceptor = self.acceptor(&registry.makers)?;
        let accepted = timeout_at(deadline, acceptor.accept(stream)).await;
        let stream = accepted.map_err(|_| HandshakeError::Late)??;
        let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let certificate = certificate.map(|certificate| certificate.to_vec());
        match (self.clients, &certificate) {
            (ClientCertificate::Required, None) => Err(HandshakeError::NoCertificate),
            (ClientCertificate::Required | ClientCertificate::Offered, _) => Ok((stream, certificate)),
        }
    }

    /// The acceptor for these makers. It is made anew only when they change.
    fn acceptor(&self, makers: &Arc<[Maker]>) -> Result<TlsAcceptor, HandshakeError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((for_makers, acceptor)) = &*current
            && Arc::ptr_eq(for_makers, makers)
        {
            return Ok(acceptor.clone());
        }
        let mut roots = RootCertStore::empty();
        for maker in makers.iter() {
            roots.add(maker.der().to_vec().into()).map_err(TlsError::from)?;
        }
        if roots.is_empty() && self.clients == ClientCertificate::Required {
            return Err(HandshakeError::NoMaker);
        }
        let acceptor = TlsAcceptor::from(Arc::new(self.server_config(roots)?));
        *current = Some((makers.clone(), acceptor.clone()));
        Ok(acceptor)
    }

    /// Without roots nobody is asked for a certificate.
    fn server_config(&self, roots: RootCertStore) -> Result<ServerConfig, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])?;
        let builder = if roots.is_empty() {
            builder.with_no_client_auth()
        } else {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = match self.clients {
                ClientCertificate::Required => verifier,
                ClientCertificate::Offered => verifier.allow_unauthenticated(),
            };
            let verifier = verifier.build().map_err(|error| rustls::Error::General(error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        };
        let mut config = builder.with_cert_resolver(self.shown.clone());
        config.alpn_protocols = self.alpn.iter().map(|name| name.to_vec()).collect();
        // Every connection proves the key anew; a resumed one would not.
        config.send_tls13_tickets = 0;
        Ok(config)
    }
}

/// The device of a client certificate, and whether it may come in.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) device: DeviceId,
    pub(crate) verdict: Result<(), Reason>,
}

/// Who holds this certificate; an error when it names nobody.
pub(crate) fn caller(certificate: &[u8], registry: &Snapshot) -> Result<Caller, HandshakeError> {
    let device = VerifyingKey::from_certificate_der(certificate)?.device().clone();
    let verdict = admit(&device, certificate, registry);
    Ok(Caller { device, verdict })
}

/// Whether the device may come in with this certificate.
pub(crate) fn admit(device: &DeviceId, certificate: &[u8], registry: &Snapshot) -> Result<(), Reason> {
    let enrolled = registry.devices.get(device).ok_or(Reason::UnknownDevice)?;
    match enrolled.status {
        DeviceStatus::Revoked => Err(Reason::RevokedDevice),
        DeviceStatus::Active => match enrolled.identity() {
            Some(identity) if identity.tls_certificate == certificate => Ok(()),
            Some(_) | None => Err(Reason::Certificate),
        },
    }
}
