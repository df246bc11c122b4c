//! AMQP 1.0 to a broker's queue ("Sealed batches through an AMQP broker" in `docs/formats.md`): a [`Producer`] puts batches there, a
//! [`Consumer`] takes them.
//!
//! ```text
//! stream ─► SASL (PLAIN with an account, else ANONYMOUS) ─► open ─► session ─► link to the queue
//!
//! message   header           durable
//!           application      `token`: an access token, which names the device
//!           properties
//!           data             one sealed batch
//! settled   accepted │ rejected, condition `medseal:REASON` when a gateway says so │ released
//! ```
//!
//! Both ends ask for a queue that is kept (terminus durability `unsettled-state`): RabbitMQ makes a queue as the first link to it asks, and one that is not kept
//! is gone after a restart with all that the broker had accepted. Where there is one already that is not kept, RabbitMQ refuses the link.
//!
//! A broker that says nothing for [`limits::AMQP_SILENCE`](crate::limits::AMQP_SILENCE), not even that it lives, is given up: a
//! network that is cut without a word would look like a queue in which nothing happens.

mod consumer;
mod message;
mod producer;

use fe2o3_amqp::connection::ConnectionHandle;
use fe2o3_amqp::sasl_profile::SaslProfile;
use fe2o3_amqp::session::SessionHandle;
use fe2o3_amqp::{Connection, Session};
use seal::Reason;
use tokio::io::{AsyncRead, AsyncWrite};

pub use consumer::{Consumer, Delivered, Delivery};
pub use producer::Producer;

use crate::Account;
use crate::limits;

/// Why there is no conversation, or no more. The library's errors differ with every call; these are their words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The other side refused something, ended the conversation, or speaks something else.
    #[error("AMQP: {0}")]
    Protocol(String),
    /// The link has ended, and whoever ended it has been told of already.
    #[error("AMQP: the link has ended")]
    Ended,
}

fn protocol(error: impl std::fmt::Debug) -> Fault {
    Fault::Protocol(format!("{error:?}"))
}

/// How somebody enters a broker.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    /// Who it is to the broker's log: `medseal-gateway`, `medseal-device`, …
    pub container: &'a str,
    /// Host and port as the broker is known by.
    pub address: &'a str,
    /// The account; without one, whatever TLS has shown (SASL ANONYMOUS).
    pub account: Option<&'a Account>,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// It is the other side's now.
    Accepted,
    /// It is refused for good; `None` when somebody else than a gateway has refused it.
    Rejected(Option<Reason>),
    /// It was not taken, and may be sent again.
    Released,
}

/// A connection with its one session.
struct Conversation {
    connection: ConnectionHandle<()>,
    session: SessionHandle<()>,
}

impl Conversation {
    async fn open<Io>(stream: Io, sign_in: SignIn<'_>) -> Result<Self, Fault>
    where
        Io: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin + 'static,
    {
        let SignIn { container, address, account } = sign_in;
        let profile = match account {
            Some(Account { user, password }) => {
                SaslProfile::Plain { username: user.clone(), password: password.to_string() }
            }
            None => SaslProfile::Anonymous,
        };
        let silence = u32::try_from(limits::AMQP_SILENCE.as_millis()).unwrap_or(u32::MAX);
        let mut connection = Connection::builder()
            .container_id(container)
            .scheme("amqp")
            .hostname(Some(address.rsplit_once(':').map_or("", |(host, _)| host)))
            .sasl_profile(profile)
            .idle_time_out(silence)
            .open_with_stream(stream)
            .await
            .map_err(protocol)?;
        let session = Session::begin(&mut connection).await.map_err(protocol)?;
        Ok(Self { connection, session })
    }

    /// Says goodbye; the other side may have gone.
    async fn close(mut self) {
        let _ = self.session.end().await;
        let _ = self.connection.close().await;
    }
}

/// A link's name, as a broker shows it.
fn link_name(queue: &str) -> String {
    format!("medseal {queue}")
}
