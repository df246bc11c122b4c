//! A broker that the gateway connects to: where it is, how it proves itself, and who we say we are.

use tokio::time::timeout;
use wire::Account;
use zeroize::Zeroizing;

use crate::config;
use crate::connect::{Stream, Target, TargetError, Trust};
use crate::limits;
use crate::roster::Guard;
use crate::tls::TlsError;

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

impl From<TargetError> for RemoteError {
    fn from(error: TargetError) -> Self {
        match error {
            TargetError::Address(address) => Self::Address(address),
            TargetError::Unprotected(address) => Self::Unprotected(address),
            TargetError::Tls(error) => Self::Tls(error),
        }
    }
}

/// A broker, checked and ready to be connected to.
pub(super) struct Remote {
    pub(super) target: Target,
    /// Who we say we are.
    pub(super) account: Option<Account>,
}

impl Remote {
    pub(super) fn of(config: &config::Remote) -> Result<Self, RemoteError> {
        let target = Target::of(
            &config.address,
            &Trust {
                ca: config.ca.as_deref(),
                plain: config.plain,
                server_name: config.server_name.as_deref(),
                client: config.client.as_ref(),
            },
        )?;
        let account = match (&config.user, &config.password) {
            (Some(user), Some(path)) => {
                let read = std::fs::read_to_string(path).map(Zeroizing::new);
                let text = read.map_err(|source| RemoteError::Password { path: path.clone(), source })?;
                let password = Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned());
                Some(Account { user: user.clone(), password })
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err(RemoteError::Credentials(config.address.clone()));
            }
        };
        Ok(Self { target, account })
    }

    /// What keeps strangers out of the connection.
    pub(super) fn guard(config: &config::Remote) -> Guard {
        match (config.plain, &config.client) {
            (true, _) => Guard::Plain,
            (false, Some(_)) => Guard::MutualTls,
            (false, None) => Guard::Tls,
        }
    }

    /// Connects, TLS included.
    pub(super) async fn connect(&self) -> std::io::Result<Box<dyn Stream>> {
        timeout(limits::BROKER_CONNECT, self.target.connect())
            .await
            .map_err(|_| std::io::ErrorKind::TimedOut)?
    }
}
