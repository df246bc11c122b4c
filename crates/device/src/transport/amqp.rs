//! A queue of an AMQP 1.0 broker ("Sealed batches through an AMQP broker" in `docs/formats.md`): each message is one sealed batch and bears
//! a token that names the device to the gateway behind the broker.
//!
//! A batch leaves the spool when the *broker* has accepted it. From then on it is the broker's to keep: the queue must be durable. What the gateway
//! refuses lies with the broker's dead letters, and the device does not hear of it.

use std::collections::VecDeque;

use fe2o3_amqp::link::delivery::DeliveryFut;
use fe2o3_amqp::link::{SendError, Sender as AmqpSender};
use fe2o3_amqp::sasl_profile::SaslProfile;
use fe2o3_amqp::types::messaging::{ApplicationProperties, Data, Header, Message, Outcome};
use fe2o3_amqp::types::primitives::{Binary, SimpleValue};
use fe2o3_amqp::{Connection, Session};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use zeroize::Zeroizing;

use super::tokens::Tokens;
use super::{Incoming, Link, LinkError, MessageId, Numbers, Pending, Refusal, Server};
use crate::limits;

/// A queue, and how the device signs in at its broker.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The broker.
    pub server: Server,
    /// The queue's address as the broker names it.
    pub queue: String,
    /// How the device signs in. Without it, the broker has its certificate and nothing else (SASL ANONYMOUS).
    pub account: Option<Account>,
    /// Who gives tokens for the gateway.
    pub tokens: Tokens,
}

/// How a device signs in at a broker, inside TLS (SASL PLAIN).
#[derive(Debug, Clone)]
pub struct Account {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Zeroizing<String>,
}

type Settlement = Result<Outcome, SendError>;
type Sending = Pending<'static, (Box<AmqpSender>, Result<DeliveryFut<Settlement>, LinkError>)>;

/// A link to the queue.
pub struct Sender {
    tokens: Tokens,
    numbers: Numbers,
    waiting: VecDeque<(MessageId, Vec<u8>)>,
    /// The link between messages, or the message that has it.
    state: State,
    sending: Option<MessageId>,
    unsettled: FuturesOrdered<Pending<'static, (MessageId, Settlement)>>,
    connection: fe2o3_amqp::connection::ConnectionHandle<()>,
    session: fe2o3_amqp::session::SessionHandle<()>,
}

enum State {
    Idle(Box<AmqpSender>),
    Sending(Sending),
    Gone,
}

/// The library's errors differ with every call; their words are enough.
fn protocol(error: impl std::fmt::Debug) -> LinkError {
    LinkError::Protocol(format!("AMQP: {error:?}"))
}

impl Sender {
    /// Connects, signs in, gets a token if there is none, and attaches to the queue.
    ///
    /// # Errors
    /// [`LinkError`]
    pub async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        endpoint.tokens.current().await?;
        let stream: TlsStream<TcpStream> = endpoint.server.connect(None).await?;
        let host = endpoint.server.address.rsplit_once(':').map_or("", |(host, _)| host);
        let profile = match &endpoint.account {
            Some(Account { user, password }) => {
                SaslProfile::Plain { username: user.clone(), password: password.to_string() }
            }
            None => SaslProfile::Anonymous,
        };
        let mut connection = Connection::builder()
            .container_id("medseal-device")
            .scheme("amqp")
            .hostname(Some(host))
            .sasl_profile(profile)
            .open_with_stream(stream)
            .await
            .map_err(protocol)?;
        let mut session = Session::begin(&mut connection).await.map_err(protocol)?;
        let name = format!("medseal {}", endpoint.queue);
        let sender =
            AmqpSender::attach(&mut session, name, endpoint.queue.as_str()).await.map_err(protocol)?;
        Ok(Self {
            tokens: endpoint.tokens.clone(),
            numbers: Numbers::default(),
            waiting: VecDeque::new(),
            state: State::Idle(Box::new(sender)),
            sending: None,
            unsettled: FuturesOrdered::new(),
            connection,
            session,
        })
    }

    async fn talk(&mut self) -> Result<Incoming, LinkError> {
        loop {
            self.begin()?;
            let settled = !self.unsettled.is_empty();
            match &mut self.state {
                State::Sending(sending) => tokio::select! {
                    (sender, sent) = sending => {
                        self.state = State::Idle(sender);
                        self.sent(sent?);
                    }
                    Some((id, outcome)) = self.unsettled.next(), if settled => return told(id, outcome),
                },
                State::Idle(_) if settled => {
                    if let Some((id, outcome)) = self.unsettled.next().await {
                        return told(id, outcome);
                    }
                }
                State::Idle(sender) => return Err(protocol(sender.on_detach().await)),
                State::Gone => return Err(LinkError::Closed),
            }
        }
    }

    /// Sends what waits, if nothing is being sent.
    fn begin(&mut self) -> Result<(), LinkError> {
        if matches!(self.state, State::Sending(_)) {
            return Ok(());
        }
        let Some((id, sealed)) = self.waiting.pop_front() else { return Ok(()) };
        match std::mem::replace(&mut self.state, State::Gone) {
            State::Idle(sender) => {
                self.sending = Some(id);
                self.state = State::Sending(Box::pin(send(sender, self.tokens.clone(), sealed)));
                Ok(())
            }
            State::Sending(_) | State::Gone => Err(LinkError::Closed),
        }
    }

    fn sent(&mut self, settlement: DeliveryFut<Settlement>) {
        if let Some(id) = self.sending.take() {
            self.unsettled.push_back(Box::pin(async move { (id, settlement.await) }));
        }
    }
}

async fn send(
    mut sender: Box<AmqpSender>,
    tokens: Tokens,
    sealed: Vec<u8>,
) -> (Box<AmqpSender>, Result<DeliveryFut<Settlement>, LinkError>) {
    let token = match tokens.current().await {
        Ok(token) => token,
        Err(error) => return (sender, Err(error.into())),
    };
    let properties = ApplicationProperties::builder().insert("token", SimpleValue::String(token.to_string()));
    let message = Message::builder()
        .header(Header { durable: true, ..Header::default() })
        .application_properties(properties.build())
        .body(Data(Binary::from(sealed)))
        .build();
    let sent = sender.send_batchable(message).await.map_err(protocol);
    (sender, sent)
}

/// What the broker made of a message.
fn told(id: MessageId, outcome: Settlement) -> Result<Incoming, LinkError> {
    match outcome.map_err(protocol)? {
        Outcome::Accepted(_) => Ok(Incoming::Acknowledged(id)),
        // Of the broker, before any gateway has seen it: not the batch's fault.
        Outcome::Rejected(_) => Ok(Incoming::Refused(id, Refusal::Code(0))),
        Outcome::Released(_) | Outcome::Modified(_) => Err(LinkError::Unavailable),
    }
}

impl Link for Sender {
    fn room(&self) -> usize {
        let on_their_way = self.waiting.len() + usize::from(self.sending.is_some()) + self.unsettled.len();
        limits::IN_FLIGHT.saturating_sub(on_their_way)
    }

    fn publish(&mut self, sealed: &[u8]) -> Result<MessageId, LinkError> {
        let id = self.numbers.next();
        self.waiting.push_back((id, sealed.to_vec()));
        Ok(id)
    }

    fn next(&mut self) -> Pending<'_, Result<Incoming, LinkError>> {
        Box::pin(self.talk())
    }

    fn close(self: Box<Self>) -> Pending<'static, ()> {
        let Self { state, mut session, mut connection, .. } = *self;
        Box::pin(async move {
            let goodbye = async move {
                if let State::Idle(sender) = state {
                    // The broker may have gone.
                    let _ = sender.close().await;
                }
                let _ = session.end().await;
                let _ = connection.close().await;
            };
            if tokio::time::timeout(limits::CONNECT, goodbye).await.is_err() {
                tracing::debug!("the broker did not answer the goodbye");
            }
        })
    }
}
