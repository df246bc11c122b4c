//! Where a connection goes, and how the peer is known to be the right one: TLS with a CA that somebody named, or none on purpose.
//!
//! Brokers, records, FHIR servers and `medseal hl7 send` all connect by this. How long that may take is theirs to say.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use crate::config::Tls;
use crate::limits;
use crate::store::now;
use crate::tls::{self, Shown, TlsError};

/// Why nothing can be connected to.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Not a host and port, or a host that no certificate can name.
    #[error("{0:?} is not HOST:PORT")]
    Address(String),
    /// Neither a CA nor the word that says so on purpose, or both.
    #[error("{0}: neither a CA nor the word that it is plain, or both")]
    Unprotected(String),
    /// CA, certificate or key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// How a peer is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trust<'a> {
    /// The CA (PEM) of its certificate.
    pub ca: Option<&'a Path>,
    /// No TLS, on purpose.
    pub plain: bool,
    /// The name in its certificate; without it, the host of the address.
    pub server_name: Option<&'a str>,
    /// What is shown to it.
    pub client: Option<&'a Tls>,
}

/// Bytes to a peer and back.
pub trait Stream: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin> Stream for T {}

/// A peer, checked and ready to be connected to.
#[derive(Clone)]
pub struct Target {
    address: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    shown: Option<Arc<Shown>>,
}

impl Target {
    /// Checks `HOST:PORT`, an IPv6 address in brackets, and reads the files that `trust` names. What is shown is read again whenever it
    /// connects, so that a renewed certificate is taken up; the CA is not.
    ///
    /// # Errors
    /// [`TargetError`].
    pub fn of(address: &str, trust: &Trust<'_>) -> Result<Self, TargetError> {
        let wrong = || TargetError::Address(address.to_owned());
        let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
        port.parse::<u16>().map_err(|_| wrong())?;
        let shown = trust.client.map(Shown::read).transpose()?.map(Arc::new);
        let tls = match (trust.ca, trust.plain) {
            (Some(ca), false) => {
                let name = trust.server_name.unwrap_or(host.trim_matches(['[', ']']));
                let name = ServerName::try_from(name.to_owned()).map_err(|_| wrong())?;
                let client = tls::client_config(ca, shown.clone())?;
                Some((TlsConnector::from(Arc::new(client)), name))
            }
            (None, true) => None,
            (None, false) | (Some(_), true) => return Err(TargetError::Unprotected(address.to_owned())),
        };
        Ok(Self { address: address.to_owned(), tls, shown })
    }

    /// Where it goes.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Connects, TLS included.
    ///
    /// # Errors
    /// What the system or TLS says.
    pub async fn connect(&self) -> std::io::Result<Box<dyn Stream>> {
        self.renew().await;
        let tcp = TcpStream::connect(&self.address).await?;
        tcp.set_nodelay(true)?;
        Ok(match &self.tls {
            Some((connector, name)) => Box::new(connector.connect(name.clone(), tcp).await?),
            None => Box::new(tcp),
        })
    }

    /// Takes up a renewed certificate. One that cannot be used leaves the one before, and whether that will do the peer says.
    async fn renew(&self) {
        let Some(shown) = self.shown.clone() else { return };
        match tokio::task::spawn_blocking(move || shown.renew(now())).await {
            Ok(Ok(None)) | Err(_) => {}
            Ok(Ok(Some(lasts))) => {
                tracing::info!(to = self.address, certificate = %lasts, "a renewed certificate is shown from now on");
            }
            Ok(Err(error)) => {
                tracing::warn!(to = self.address, %error, "a certificate cannot be taken up; the one before is shown");
            }
        }
    }
}

/// Pauses between attempts to connect: each twice as long as the one before, up to a longest.
#[derive(Debug)]
pub(crate) struct Pauses {
    next: Duration,
    connected: Option<Instant>,
}

impl Default for Pauses {
    fn default() -> Self {
        Self { next: limits::CONNECT_PAUSE.0, connected: None }
    }
}

impl Pauses {
    /// Begins with the shortest again.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// A connection is there. Only one that lasts makes the next pause a short one: what ends each connection at its
    /// beginning shall not be met ten times a second.
    pub(crate) fn connected(&mut self) {
        self.connected = Some(Instant::now());
    }

    /// How long to pause now.
    pub(crate) fn take(&mut self) -> Duration {
        if self.connected.take().is_some_and(|since| since.elapsed() >= limits::CONNECT_STEADY) {
            self.next = limits::CONNECT_PAUSE.0;
        }
        let now = self.next;
        self.next = (now * 2).min(limits::CONNECT_PAUSE.1);
        now
    }

    /// Waits; `false` when the gateway stops.
    pub(crate) async fn wait(&mut self, shutdown: &CancellationToken) -> bool {
        tokio::select! {
            () = shutdown.cancelled() => false,
            () = tokio::time::sleep(self.take()) => true,
        }
    }
}
