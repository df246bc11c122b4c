//! The ways by which sealed batches reach a gateway.
//!
//! ```text
//! spool ─► agent::deliver ─► Link::publish … Link::next ─► mqtt  │ https │ grpc │ amqp ─► gateway, or a broker before it
//!                                                          tokens: an access token, signed for by the element
//! ```
//!
//! A [`Transport`] is chosen in the device's configuration; opened, it is a [`Link`], and all links keep one contract: what was published is
//! answered in its own time, in any order, at most once; an answer that got lost shows as the link's end, and then what was
//! not answered is sent again on the next one. So the spool, the order and the absence of gaps are the agent's, whatever the way.
//!
//! | transport | a batch is *acknowledged* when | the device proves itself by |
//! |---|---|---|
//! | [`mqtt`] | the gateway has it on disk | its TLS certificate |
//! | [`https`] | the gateway has it on disk | its TLS certificate and an access token bound to it |
//! | [`grpc`] | the gateway has it on disk | the same |
//! | [`amqp`] | the *broker* has taken it | a token in each message, for the gateway; the broker's own rules |

pub mod amqp;
pub mod backoff;
pub mod grpc;
mod http;
pub mod https;
pub mod mqtt;
mod tls;
pub mod tokens;

use std::future::Future;
use std::io;
use std::pin::Pin;

use rustls::pki_types::InvalidDnsNameError;
use seal::{Counter, Reason};
use tokio::time::timeout;

pub use tls::{Server, TlsError, client_config};

use crate::limits;
use mqtt::WireError;
use tokens::TokenError;

/// What is under way and will be given up only by whoever holds it.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A way to a gateway, ready to be opened.
#[derive(Debug, Clone)]
pub enum Transport {
    /// MQTT over TLS.
    Mqtt(mqtt::Endpoint),
    /// HTTPS requests.
    Https(https::Endpoint),
    /// A gRPC stream.
    Grpc(grpc::Endpoint),
    /// A queue of an AMQP 1.0 broker, from which the gateway takes.
    Amqp(amqp::Endpoint),
}

impl From<mqtt::Endpoint> for Transport {
    fn from(endpoint: mqtt::Endpoint) -> Self {
        Self::Mqtt(endpoint)
    }
}

impl Transport {
    /// Connects and waits until the other side accepts.
    ///
    /// # Errors
    /// [`LinkError`]; nothing was sent then.
    pub async fn open(&self) -> Result<Box<dyn Link>, LinkError> {
        let opening = async {
            Ok(match self {
                Self::Mqtt(endpoint) => Box::new(mqtt::Connection::open(endpoint).await?) as Box<dyn Link>,
                Self::Https(endpoint) => Box::new(https::Connection::open(endpoint).await?),
                Self::Grpc(endpoint) => Box::new(grpc::Stream::open(endpoint).await?),
                Self::Amqp(endpoint) => Box::new(amqp::Sender::open(endpoint).await?),
            })
        };
        timeout(limits::CONNECT, opening).await.map_err(|_| LinkError::Slow)?
    }
}

/// One open connection.
pub trait Link: Send {
    /// How many more batches may be on their way now.
    fn room(&self) -> usize;

    /// Takes a sealed batch to be sent with the next call of `next`.
    ///
    /// # Errors
    /// [`LinkError`] when it cannot be sent on this link.
    fn publish(&mut self, sealed: &[u8]) -> Result<MessageId, LinkError>;

    /// Sends what is to be sent, keeps the connection alive, and waits for what the other side says. It may be dropped before it is ready
    /// without anything being lost.
    ///
    /// # Errors
    /// [`LinkError`] when the connection has ended, or must be left.
    fn next(&mut self) -> Pending<'_, Result<Incoming, LinkError>>;

    /// Says goodbye and closes; the other side may be gone already.
    fn close(self: Box<Self>) -> Pending<'static, ()>;
}

/// Names a batch on its way, on one link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub(crate) u64);

/// Why a batch was refused, as far as the gateway says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// With the word of `docs/formats.md`.
    For(Reason),
    /// With a code of the protocol alone: of MQTT's PUBACK, or an HTTP status.
    Code(u16),
}

/// What is said to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoming {
    /// The connection is accepted.
    Accepted,
    /// The batch is stored for good; with MQTT 3.1.1 unless a refusal of its counter came before.
    Acknowledged(MessageId),
    /// The batch is refused.
    Refused(MessageId, Refusal),
    /// The batch with this counter is refused (MQTT 3.1.1).
    RefusedCounter(Counter, Reason),
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
    /// No answer within the time limit.
    #[error("no answer within {} s", limits::ANSWER.as_secs())]
    Silent,
    /// The gateway spoke no MQTT, or refused.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The other side speaks something else, or ended the conversation.
    #[error("{0}")]
    Protocol(String),
    /// The gateway refuses this device, for the reason that `docs/formats.md` names.
    #[error("refused by the gateway: {0}")]
    Refused(Reason),
    /// There is no access token.
    #[error("no access token: {0}")]
    Token(#[from] TokenError),
    /// Batches cannot be stored at the moment.
    #[error("the gateway cannot store anything at present")]
    Unavailable,
    /// The other side closed the connection.
    #[error("closed by the gateway")]
    Closed,
    /// The gateway's name is none.
    #[error("no host name: {0}")]
    Name(#[from] InvalidDnsNameError),
}

/// Numbers the batches of one link.
#[derive(Debug, Default)]
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> MessageId {
        self.0 += 1;
        MessageId(self.0)
    }
}

/// A task that ends with its link.
#[derive(Debug)]
struct Driver(tokio::task::JoinHandle<()>);

impl Driver {
    fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(task))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}
