//! Mutual TLS 1.3: the server's certificate from the configuration, the clients' from the accepted makers.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use seal::{DeviceId, Maker, Reason, VerifyingKey};
use tokio_rustls::TlsAcceptor;

use super::events::Fault;
use crate::config::Tls;
use crate::record::DeviceStatus;
use crate::registry::Snapshot;
use crate::tls::{self, TlsError};

/// Makes the TLS acceptor for the makers of the moment.
pub(super) struct Acceptors {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    current: Mutex<Option<(Arc<[Maker]>, TlsAcceptor)>>,
}

impl Acceptors {
    pub(super) fn new(files: &Tls) -> Result<Self, TlsError> {
        let (chain, key) = tls::credentials(files)?;
        let made = Self { chain, key, current: Mutex::default() };
        made.server_config(RootCertStore::empty(), false)?;
        Ok(made)
    }

    /// The acceptor for these makers. It is made anew only when they change.
    pub(super) fn acceptor(&self, makers: &Arc<[Maker]>) -> Result<TlsAcceptor, Fault> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((for_makers, acceptor)) = &*current
            && Arc::ptr_eq(for_makers, makers)
        {
            return Ok(acceptor.clone());
        }
        let mut roots = RootCertStore::empty();
        for maker in makers.iter() {
            roots.add(maker.der().to_vec().into()).map_err(|error| Fault::Handshake(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(Fault::Handshake("no maker is accepted yet".into()));
        }
        let config = self.server_config(roots, true).map_err(|error| Fault::Handshake(error.to_string()))?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        *current = Some((makers.clone(), acceptor.clone()));
        Ok(acceptor)
    }

    fn server_config(&self, roots: RootCertStore, clients: bool) -> Result<ServerConfig, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])?;
        let builder = if clients {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| rustls::Error::General(error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_single_cert(self.chain.clone(), self.key.clone_key())?;
        // Every connection proves the key anew; a resumed one would not.
        config.send_tls13_tickets = 0;
        Ok(config)
    }
}

/// The device of a client certificate, and whether it may come in.
pub(super) struct Caller {
    pub(super) device: DeviceId,
    pub(super) verdict: Result<(), Reason>,
}

/// Who holds this certificate; an error when it names nobody.
pub(super) fn caller(certificate: &[u8], registry: &Snapshot) -> Result<Caller, Fault> {
    let key = VerifyingKey::from_certificate_der(certificate)
        .map_err(|error| Fault::Handshake(error.to_string()))?;
    let device = key.device().clone();
    let verdict = admit(&device, certificate, registry);
    Ok(Caller { device, verdict })
}

/// Whether the device may come in with this certificate.
pub(super) fn admit(device: &DeviceId, certificate: &[u8], registry: &Snapshot) -> Result<(), Reason> {
    let enrolled = registry.devices.get(device).ok_or(Reason::UnknownDevice)?;
    match enrolled.status {
        DeviceStatus::Revoked => Err(Reason::RevokedDevice),
        DeviceStatus::Active if enrolled.identity.tls_certificate != certificate => Err(Reason::Certificate),
        DeviceStatus::Active => Ok(()),
    }
}
