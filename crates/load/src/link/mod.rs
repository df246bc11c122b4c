//! One connection to a gateway, whatever it speaks: messages go in, verdicts come out in the order of the messages.
//!
//! Every protocol here answers in order: MQTT by its rules (MQTT 5.0 section 4.6), MLLP by having nothing else to tell answers apart,
//! HTTP by one request at a time, our gRPC stream by its contract. A link checks it where an answer says what it answers. Only AMQP
//! settles in any order, and there verdicts wait for those before them.

mod amqp;
mod grpc;
pub(crate) mod https;
mod mllp;
mod mqtt;
pub(crate) mod stream;

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::{ClientConfig, RootCertStore};
use serde::{Serialize, Serializer};
use tokio::time::timeout;

use crate::fleet;
use crate::limits;
use crate::message::{Key, Message};
use crate::pki::{self, PkiError};
use crate::site::SiteError;
use crate::target::Target;
use crate::token::{Asker, Relay, Scope};

pub use amqp::Queue;
pub use wire::Account;
pub use wire::mqtt::Version;

/// What a gateway said of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is on disk, now or before; behind a broker, the broker has it ([`Endpoint::keeper`]).
    Stored,
    /// It was refused, with this word.
    Refused(String),
    /// It could not be stored at present: it is to be sent again.
    Unavailable,
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(match self {
            Self::Stored => "stored",
            Self::Refused(why) => why,
            Self::Unavailable => "unavailable",
        })
    }
}

/// Why a connection does not come about or ends.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The network or TLS failed; a gateway that does not accept the certificate shows here too.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Not connected within the time limit.
    #[error("not connected within {} s", limits::CONNECT.as_secs())]
    Slow,
    /// The other side refused the connection, in its own words.
    #[error("refused: {0}")]
    Refused(String),
    /// The other side ended the connection, with its reason if it gave one.
    #[error("closed by the other side{0}")]
    Closed(String),
    /// What came does not belong there.
    #[error("{protocol}: {what}")]
    Protocol {
        /// The protocol.
        protocol: &'static str,
        /// What is wrong.
        what: String,
    },
}

/// Where and how a connection is made.
#[derive(Clone, Debug)]
pub enum Endpoint {
    /// MQTT, a device's batches or anybody's messages to a broker.
    Mqtt {
        /// Where.
        target: Target,
        /// With TLS, and what is shown there.
        tls: Option<Arc<ClientConfig>>,
        /// The protocol's version.
        version: Version,
        /// The client id.
        client: String,
        /// The topic of every message.
        topic: String,
    },
    /// A device's batches by HTTPS requests.
    Https {
        /// Where.
        target: Target,
        /// What is shown there.
        tls: Arc<ClientConfig>,
        /// How it gets its token.
        asker: Asker,
    },
    /// A device's batches on a gRPC stream.
    Grpc {
        /// Where.
        target: Target,
        /// What is shown there.
        tls: Arc<ClientConfig>,
        /// How it gets its token.
        asker: Asker,
        /// Where it gets it.
        tokens: Target,
        /// What is shown there.
        tokens_tls: Arc<ClientConfig>,
    },
    /// A device's batches into a queue of an AMQP 1.0 broker.
    Amqp {
        /// Where the broker is.
        target: Target,
        /// With TLS, and what is shown there.
        tls: Option<Arc<ClientConfig>>,
        /// The queue.
        queue: Queue,
        /// The token that each message bears.
        relay: Relay,
    },
    /// HL7 v2 over MLLP, release 1.
    Mllp {
        /// Where.
        target: Target,
        /// With TLS, and what is shown there.
        tls: Option<Arc<ClientConfig>>,
    },
}

/// Who has a message when it is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keeper {
    /// A gateway has it on disk.
    Gateway,
    /// A broker has taken it. Whether a gateway has it is not known here.
    Broker,
}

impl Endpoint {
    /// An MLLP connection without TLS.
    #[must_use]
    pub fn mllp(target: Target) -> Self {
        Self::Mllp { target, tls: None }
    }

    /// The protocol's name.
    #[must_use]
    pub fn input(&self) -> &'static str {
        match self {
            Self::Mqtt { .. } => "mqtt",
            Self::Https { .. } => "https",
            Self::Grpc { .. } => "grpc",
            Self::Amqp { .. } => "amqp",
            Self::Mllp { .. } => "mllp",
        }
    }

    /// Who has a message when it is acknowledged. MQTT is taken for a gateway's own; that of a broker is the broker's.
    #[must_use]
    pub fn keeper(&self) -> Keeper {
        match self {
            Self::Mqtt { .. } | Self::Https { .. } | Self::Grpc { .. } | Self::Mllp { .. } => Keeper::Gateway,
            Self::Amqp { .. } => Keeper::Broker,
        }
    }

    /// Where it goes.
    #[must_use]
    pub fn target(&self) -> &Target {
        match self {
            Self::Mqtt { target, .. }
            | Self::Https { target, .. }
            | Self::Grpc { target, .. }
            | Self::Amqp { target, .. }
            | Self::Mllp { target, .. } => target,
        }
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) enum Link {
    Mqtt(mqtt::Mqtt),
    Https(Box<https::Https>),
    Grpc(Box<grpc::Grpc>),
    Amqp(Box<amqp::Amqp>),
    Mllp(mllp::Mllp),
}

impl Link {
    /// Connects, and waits until the other side accepts.
    pub(crate) async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let opening = async {
            Ok(match endpoint {
                Endpoint::Mqtt { target, tls, version, client, topic } => {
                    let stream = stream::connect(target, tls.as_ref()).await?;
                    Self::Mqtt(mqtt::Mqtt::open(stream, *version, client, topic).await?)
                }
                Endpoint::Https { target, tls, asker } => {
                    let stream = stream::connect(target, Some(tls)).await?;
                    Self::Https(Box::new(https::Https::open(stream, asker, Scope::Write).await?))
                }
                Endpoint::Grpc { target, tls, asker, tokens, tokens_tls } => {
                    Self::Grpc(Box::new(grpc::Grpc::open(target, tls, asker, (tokens, tokens_tls)).await?))
                }
                Endpoint::Amqp { target, tls, queue, relay } => {
                    Self::Amqp(Box::new(amqp::Amqp::open(target, tls.as_ref(), queue, relay).await?))
                }
                Endpoint::Mllp { target, tls } => {
                    Self::Mllp(mllp::Mllp::new(stream::connect(target, tls.as_ref()).await?))
                }
            })
        };
        timeout(limits::CONNECT, opening).await.map_err(|_| LinkError::Slow)?
    }

    /// Messages that the other side lets be under way.
    pub(crate) fn most(&self) -> usize {
        match self {
            Self::Mqtt(mqtt) => mqtt.most(),
            Self::Https(_) | Self::Grpc(_) | Self::Amqp(_) | Self::Mllp(_) => limits::WINDOW,
        }
    }

    /// Takes a message; it goes out with the next call of `next`.
    pub(crate) fn put(&mut self, message: &Message) -> Result<(), LinkError> {
        match self {
            Self::Mqtt(mqtt) => mqtt.put(&message.bytes),
            Self::Https(https) => {
                https.put(&message.bytes);
                Ok(())
            }
            Self::Grpc(grpc) => grpc.put(&message.bytes),
            Self::Amqp(amqp) => amqp.put(&message.bytes),
            Self::Mllp(mllp) => mllp.put(message),
        }
    }

    /// Says something where a protocol wants to hear something of a quiet peer; it goes out with the next call of `next`.
    pub(crate) fn keep_alive(&mut self) {
        match self {
            Self::Mqtt(mqtt) => mqtt.ping(),
            // AMQP's library does so by itself, as the broker wishes.
            Self::Https(_) | Self::Grpc(_) | Self::Amqp(_) | Self::Mllp(_) => {}
        }
    }

    /// The verdict on the oldest message without one, if it has come already.
    pub(crate) fn ready(&mut self) -> Result<Option<Verdict>, LinkError> {
        match self {
            Self::Mqtt(mqtt) => mqtt.ready(),
            Self::Https(https) => Ok(https.ready()),
            Self::Grpc(grpc) => Ok(grpc.ready()),
            Self::Amqp(amqp) => Ok(amqp.ready()),
            Self::Mllp(mllp) => mllp.ready(),
        }
    }

    /// Sends what was put, then waits for the verdict on the oldest message without one. It may be dropped before it is ready.
    pub(crate) async fn next(&mut self) -> Result<Verdict, LinkError> {
        loop {
            if let Some(verdict) = self.ready()? {
                return Ok(verdict);
            }
            match self {
                Self::Mqtt(mqtt) => mqtt.exchange().await?,
                Self::Https(https) => https.exchange().await?,
                Self::Grpc(grpc) => grpc.exchange().await?,
                Self::Amqp(amqp) => amqp.exchange().await?,
                Self::Mllp(mllp) => mllp.exchange().await?,
            }
        }
    }

    /// Says goodbye, if the protocol has a word for it, and closes. The other side may be gone.
    pub(crate) async fn close(self) {
        let closing = async {
            match self {
                Self::Mqtt(mqtt) => mqtt.close().await,
                Self::Https(https) => https.close().await,
                // HTTP/2 says goodbye when the last handle goes.
                Self::Grpc(grpc) => {
                    drop(grpc);
                    Ok(())
                }
                Self::Amqp(amqp) => amqp.close().await,
                Self::Mllp(mllp) => mllp.close().await,
            }
        };
        if let Ok(Err(error)) = timeout(limits::PAUSE.1, closing).await {
            tracing::debug!(%error, "the connection had ended before it was closed");
        }
    }
}

/// The CA of this file (PEM), to be trusted and nobody else.
///
/// # Errors
/// [`SiteError`] when there is none in it.
pub fn roots(ca: &Path) -> Result<Arc<RootCertStore>, SiteError> {
    let mut roots = RootCertStore::empty();
    roots.add(pki::certificate(ca)?)?;
    Ok(Arc::new(roots))
}

/// How a sender of HL7 connects that trusts the CA of this file (PEM), with a certificate and its key (PEM) where it has one.
///
/// # Errors
/// [`SiteError`] when a file is not what it must be.
pub fn client_tls(ca: &Path, own: Option<(&Path, &Path)>) -> Result<Arc<ClientConfig>, SiteError> {
    let builder = fleet::client(&roots(ca)?)?;
    Ok(Arc::new(match own {
        Some((certificate, key)) => {
            let form = |error: pem::Error| PkiError::Form { path: key.into(), what: error.to_string() };
            let key = PrivateKeyDer::from_pem_file(key).map_err(form)?;
            builder.with_client_auth_cert(vec![pki::certificate(certificate)?], key)?
        }
        None => builder.with_no_client_auth(),
    }))
}

/// The control id of a message; nothing for a sealed one.
fn control_id(message: &Message) -> &str {
    match &message.key {
        Key::Hl7 { control_id } => control_id,
        Key::Sealed { .. } => "",
    }
}
