//! A broker that the gateway connects to: where it is, how it proves itself, and who we say we are.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::config;
use crate::limits;
use crate::tls::{self, TlsError};

/// Why a broker of the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// Not a host and port.
    #[error("{0:?} is no HOST:PORT")]
    Address(String),
    /// Neither a CA nor the word that says so on purpose, or both.
    #[error("{0}: name its CA (`ca`), or say `plain = true` and no CA")]
    Unprotected(String),
    /// A name without a password or the other way round.
    #[error("{0}: `user` and `password` belong together")]
    Credentials(String),
    /// The file of the password cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Password {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// CA, certificate or key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Bytes to a broker and back.
pub(super) trait Stream: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin> Stream for T {}

/// A broker, checked and ready to be connected to.
pub(super) struct Remote {
    pub(super) address: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    /// A name and its password.
    pub(super) user: Option<(String, Zeroizing<String>)>,
}

impl Remote {
    pub(super) fn of(config: &config::Remote) -> Result<Self, RemoteError> {
        let address = &config.address;
        let wrong = || RemoteError::Address(address.clone());
        let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
        port.parse::<u16>().map_err(|_| wrong())?;
        let tls = match (&config.ca, config.plain) {
            (Some(ca), false) => {
                let name = config.server_name.as_deref().unwrap_or(host.trim_matches(['[', ']']));
                let name = ServerName::try_from(name.to_owned()).map_err(|_| wrong())?;
                let client = tls::client_config(ca, config.client.as_ref())?;
                Some((TlsConnector::from(Arc::new(client)), name))
            }
            (None, true) => None,
            (None, false) | (Some(_), true) => return Err(RemoteError::Unprotected(address.clone())),
        };
        let user = match (&config.user, &config.password) {
            (Some(user), Some(path)) => {
                let read = std::fs::read_to_string(path).map(Zeroizing::new);
                let text = read.map_err(|source| RemoteError::Password { path: path.clone(), source })?;
                Some((user.clone(), Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned())))
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(RemoteError::Credentials(address.clone())),
        };
        Ok(Self { address: address.clone(), tls, user })
    }

    /// Connects, TLS included.
    pub(super) async fn connect(&self) -> std::io::Result<Box<dyn Stream>> {
        let connecting = async {
            let tcp = TcpStream::connect(&self.address).await?;
            tcp.set_nodelay(true)?;
            Ok::<Box<dyn Stream>, std::io::Error>(match &self.tls {
                Some((connector, name)) => Box::new(connector.connect(name.clone(), tcp).await?),
                None => Box::new(tcp),
            })
        };
        timeout(limits::BROKER_CONNECT, connecting).await.map_err(|_| std::io::ErrorKind::TimedOut)?
    }
}

/// Pauses between attempts: each twice as long as the one before, up to a longest.
pub(super) struct Pauses {
    next: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self { next: limits::BROKER_PAUSE.0 }
    }
}

impl Pauses {
    /// Begins with the shortest again.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Waits; `false` when the gateway stops.
    pub(super) async fn wait(&mut self, shutdown: &CancellationToken) -> bool {
        let pause = self.next;
        self.next = (pause * 2).min(limits::BROKER_PAUSE.1);
        tokio::select! {
            () = shutdown.cancelled() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }
}
