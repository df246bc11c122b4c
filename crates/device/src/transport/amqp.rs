//! A queue of an AMQP 1.0 broker ("Sealed batches through an AMQP broker" in `docs/formats.md`): each message is one sealed batch and bears
//! a token that names the device to the gateway behind the broker.
//!
//! A batch leaves the spool when the *broker* has accepted it. From then on it is the broker's to keep: the queue must be durable. What the gateway
//! refuses lies with the broker's dead letters, and the device does not hear of it.

use std::collections::VecDeque;

use wire::amqp::{Fault, Producer, Settlement, SignIn};
use zeroize::Zeroizing;

use super::tokens::{TokenError, Tokens};
use super::{Incoming, Link, LinkError, MessageId, Numbers, Pending, Refusal, Server};
use crate::limits;

pub use wire::Account;

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

/// A link to the queue.
pub struct Sender {
    producer: Producer,
    tokens: Tokens,
    numbers: Numbers,
    /// Taken, and waiting for a token.
    waiting: VecDeque<(MessageId, Vec<u8>)>,
    /// A token on its way: once asked for it is waited for, however often the wait is given up.
    asking: Option<Pending<'static, Result<Zeroizing<String>, TokenError>>>,
    /// Given to the producer, in order.
    unsettled: VecDeque<MessageId>,
}

impl From<Fault> for LinkError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Protocol(_) => Self::Protocol(fault.to_string()),
            Fault::Ended => Self::Closed,
        }
    }
}

impl Sender {
    /// Connects, signs in, gets a token if there is none, and attaches to the queue.
    ///
    /// # Errors
    /// [`LinkError`]
    pub async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        endpoint.tokens.current().await?;
        let stream = endpoint.server.connect(None).await?;
        let sign_in = SignIn {
            container: "medseal-device",
            address: &endpoint.server.address,
            account: endpoint.account.as_ref(),
        };
        Ok(Self {
            producer: Producer::open(stream, sign_in, &endpoint.queue).await?,
            tokens: endpoint.tokens.clone(),
            numbers: Numbers::default(),
            waiting: VecDeque::new(),
            asking: None,
            unsettled: VecDeque::new(),
        })
    }

    async fn talk(&mut self) -> Result<Incoming, LinkError> {
        loop {
            if !self.waiting.is_empty() && self.asking.is_none() {
                let tokens = self.tokens.clone();
                self.asking = Some(Box::pin(async move { tokens.current().await }));
            }
            tokio::select! {
                token = asked(&mut self.asking) => {
                    self.asking = None;
                    self.put_all(&token?)?;
                }
                settlement = self.producer.settled() => return self.told(settlement?),
            }
        }
    }

    fn put_all(&mut self, token: &str) -> Result<(), LinkError> {
        while let Some((id, sealed)) = self.waiting.pop_front() {
            self.producer.put(token, sealed)?;
            self.unsettled.push_back(id);
        }
        Ok(())
    }

    /// What the other side made of the oldest message.
    fn told(&mut self, settlement: Settlement) -> Result<Incoming, LinkError> {
        let id = self.unsettled.pop_front().ok_or(LinkError::Closed)?;
        match settlement {
            Settlement::Accepted => Ok(Incoming::Acknowledged(id)),
            // Without a reason it is the broker's own, before any gateway has seen the batch, which is not to blame.
            Settlement::Rejected(reason) => {
                Ok(Incoming::Refused(id, reason.map_or(Refusal::Code(0), Refusal::For)))
            }
            Settlement::Released => Err(LinkError::Unavailable),
        }
    }
}

/// The token that is on its way; for ever while none is.
async fn asked<T>(asking: &mut Option<Pending<'static, T>>) -> T {
    match asking {
        Some(asking) => asking.await,
        None => std::future::pending().await,
    }
}

impl Link for Sender {
    fn room(&self) -> usize {
        limits::IN_FLIGHT.saturating_sub(self.waiting.len() + self.unsettled.len())
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
        Box::pin(async move {
            if tokio::time::timeout(limits::CONNECT, self.producer.close()).await.is_err() {
                tracing::debug!("the broker did not answer the goodbye");
            }
        })
    }
}
