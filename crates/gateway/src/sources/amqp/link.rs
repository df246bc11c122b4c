//! One connection to a broker, to its end.

use fe2o3_amqp::link::delivery::DeliveryInfo;
use fe2o3_amqp::link::receiver::CreditMode;
use fe2o3_amqp::sasl_profile::SaslProfile;
use fe2o3_amqp::types::definitions::{Error, ErrorCondition};
use fe2o3_amqp::types::messaging::{ApplicationProperties, Body};
use fe2o3_amqp::types::primitives::{SimpleValue, Symbol, Value};
use fe2o3_amqp::{Connection, Delivery, Receiver, Session};
use seal::{DeviceId, Reason};

use super::Shared;
use crate::connect::Pauses;
use crate::limits;
use crate::pipeline::{Outcome, RawMessage, Rejection};
use crate::sources::pending::Pending;
use crate::tokens::{Client, Scope, TokenFault};

/// Why a connection is left.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("AMQP: {0}")]
    Protocol(String),
    #[error("batches cannot be stored at present")]
    Unavailable,
}

/// An error of the library, as words: its types differ with every call.
fn protocol(error: impl std::fmt::Debug) -> Fault {
    Fault::Protocol(format!("{error:?}"))
}

/// What a link waits for.
enum Happening {
    Received(Box<Result<Delivery<Body<Value>>, String>>),
    Answered(Option<Outcome>),
    Shutdown,
}

/// Connects and takes messages; `Ok` when the gateway stops.
pub(super) async fn run(shared: &Shared, pauses: &mut Pauses) -> Result<(), Fault> {
    let stream = tokio::select! {
        () = shared.services.shutdown.cancelled() => return Ok(()),
        stream = shared.remote.connect() => stream?,
    };
    let profile = match &shared.remote.user {
        Some((username, password)) => {
            SaslProfile::Plain { username: username.clone(), password: password.to_string() }
        }
        None => SaslProfile::Anonymous,
    };
    let host = shared.remote.target.address().rsplit_once(':').map_or("", |(host, _)| host);
    let mut connection = Connection::builder()
        .container_id("medseal-gateway")
        .scheme("amqp")
        .hostname(Some(host))
        .sasl_profile(profile)
        .open_with_stream(stream)
        .await
        .map_err(protocol)?;
    let mut session = Session::begin(&mut connection).await.map_err(protocol)?;
    let credit = u32::try_from(limits::IN_FLIGHT).unwrap_or(u32::MAX);
    let receiver = Receiver::builder()
        .name(format!("medseal {}", shared.queue))
        .source(shared.queue.as_str())
        .credit_mode(CreditMode::Auto(credit))
        .max_message_size(limits::AMQP_MESSAGE_BYTES)
        .attach(&mut session)
        .await
        .map_err(protocol)?;
    tracing::info!(source = &*shared.source, queue = shared.queue, "connected to the broker");
    pauses.connected();
    shared.post.connected();
    let mut link = Link { shared, receiver, waiting: Pending::of(&shared.post) };
    let ended = link.talk().await;
    if ended.is_ok() {
        // The broker may have gone.
        let _ = link.receiver.close().await;
        let _ = session.end().await;
        let _ = connection.close().await;
    }
    ended
}

struct Link<'a> {
    shared: &'a Shared,
    receiver: Receiver,
    /// In the order in which they came, which is that of the settlements.
    waiting: Pending<DeliveryInfo>,
}

impl Link<'_> {
    async fn talk(&mut self) -> Result<(), Fault> {
        loop {
            let may_read = self.waiting.len() < limits::IN_FLIGHT;
            let happening = tokio::select! {
                biased;
                () = self.shared.services.shutdown.cancelled() => Happening::Shutdown,
                outcome = self.waiting.first() => Happening::Answered(outcome),
                received = self.receiver.recv::<Body<Value>>(), if may_read => {
                    Happening::Received(Box::new(received.map_err(|error| format!("{error:?}"))))
                }
            };
            match happening {
                Happening::Received(received) => self.submit((*received).map_err(Fault::Protocol)?).await?,
                Happening::Answered(outcome) => self.settle(outcome).await?,
                Happening::Shutdown => return self.drain().await,
            }
        }
    }

    async fn submit(&mut self, delivery: Delivery<Body<Value>>) -> Result<(), Fault> {
        self.shared.post.heard();
        let (delivery, message) = delivery.into_parts();
        let bytes = bytes_of(message.body);
        let pipeline = &self.shared.services.pipeline;
        let source = &self.shared.source;
        let submitted = match self.device_of(message.application_properties.as_ref()) {
            Ok(device) => pipeline.submit(RawMessage::new(device, source.clone(), bytes)).await,
            Err(fault) => {
                let rejection = Rejection { reason: Reason::Token, detail: fault.to_string(), counter: None };
                pipeline.refuse_message(self.shared.name.clone(), source, bytes, rejection).await
            }
        };
        let outcome = submitted.map_err(|_| Fault::Unavailable)?;
        self.waiting.push(delivery, outcome);
        Ok(())
    }

    /// The device whose token the message bears.
    fn device_of(&self, properties: Option<&ApplicationProperties>) -> Result<DeviceId, TokenFault> {
        let token = properties.and_then(|properties| {
            properties.0.iter().find_map(|(name, value)| match value {
                SimpleValue::String(token) if name == "token" => Some(token.as_str()),
                _ => None,
            })
        });
        match self.shared.tokens.check(token, Scope::RelayBatches, None)?.client {
            Client::Device(device) => Ok(device),
            Client::System(_) => Err(TokenFault::Scope(Scope::RelayBatches)),
        }
    }

    /// Tells the broker what became of the first message that waits.
    async fn settle(&mut self, outcome: Option<Outcome>) -> Result<(), Fault> {
        let Some(delivery) = self.waiting.pop() else { return Ok(()) };
        match outcome {
            Some(Outcome::Committed(_) | Outcome::Duplicate) => {
                self.receiver.accept(delivery).await.map_err(protocol)
            }
            Some(Outcome::Refused(Rejection { reason, .. })) => {
                let condition = ErrorCondition::Custom(Symbol::from(format!("medseal:{reason}")));
                let error = Error { condition, description: Some(reason.to_string()), info: None };
                self.receiver.reject(delivery, error).await.map_err(protocol)
            }
            Some(Outcome::Unavailable) | None => {
                self.receiver.release(delivery).await.map_err(protocol)?;
                // What is not settled the broker delivers again, in its order, when the link has gone.
                Err(Fault::Unavailable)
            }
        }
    }

    /// Before a stop: what is in the pipeline is still settled.
    async fn drain(&mut self) -> Result<(), Fault> {
        while !self.waiting.is_empty() {
            let outcome = self.waiting.first().await;
            self.settle(outcome).await?;
        }
        Ok(())
    }
}

/// The bytes of a body; none when it is not made of bytes.
fn bytes_of(body: Body<Value>) -> Vec<u8> {
    match body {
        Body::Data(sections) => sections.into_iter().flat_map(|data| data.0.into_vec()).collect(),
        Body::Value(value) => match value.0 {
            Value::Binary(bytes) => bytes.into_vec(),
            _ => Vec::new(),
        },
        Body::Sequence(_) | Body::Empty => Vec::new(),
    }
}
