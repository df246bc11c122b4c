//! Sealed batches into a queue of an AMQP 1.0 broker, as a device behind one puts them there: each message bears a token that names
//! the device to the gateway.
//!
//! What is answered is answered by the *broker*: it has the message, and what a gateway makes of it later no sender hears.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use rustls::ClientConfig;
use wire::Account;
use wire::amqp::{Fault, Producer, Settlement, SignIn};

use super::stream;
use super::{LinkError, Verdict};
use crate::target::Target;
use crate::token::Relay;

/// A queue, and how it is entered.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Its address as the broker names it.
    pub name: String,
    /// How a sender signs in; without an account, as what TLS has shown (SASL ANONYMOUS).
    pub account: Option<Account>,
}

/// A link to a queue.
pub(crate) struct Amqp {
    producer: Producer,
    token: Arc<str>,
    verdicts: VecDeque<Verdict>,
}

impl From<Fault> for LinkError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Protocol(what) => Self::Protocol { protocol: "AMQP", what },
            Fault::Ended => Self::Closed(String::new()),
        }
    }
}

impl Amqp {
    /// Gets a token, unless one was got before, then connects, signs in and attaches.
    pub(super) async fn open(
        target: &Target,
        tls: Option<&Arc<ClientConfig>>,
        queue: &Queue,
        relay: &Relay,
    ) -> Result<Self, LinkError> {
        let token = relay.token().await?;
        let stream = stream::connect(target, tls).await?;
        let address = target.to_string();
        let sign_in =
            SignIn { container: "medseal-load", address: &address, account: queue.account.as_ref() };
        let producer = Producer::open(stream, sign_in, &queue.name).await?;
        Ok(Self { producer, token, verdicts: VecDeque::new() })
    }

    pub(super) fn put(&mut self, batch: &Bytes) -> Result<(), LinkError> {
        Ok(self.producer.put(&self.token, batch.to_vec())?)
    }

    pub(super) fn ready(&mut self) -> Option<Verdict> {
        self.verdicts.pop_front()
    }

    /// Waits for what the broker says of the oldest message.
    pub(super) async fn exchange(&mut self) -> Result<(), LinkError> {
        self.verdicts.push_back(match self.producer.settled().await? {
            Settlement::Accepted => Verdict::Stored,
            Settlement::Rejected(reason) => {
                Verdict::Refused(reason.map_or("rejected".into(), |reason| reason.to_string()))
            }
            Settlement::Released => Verdict::Unavailable,
        });
        Ok(())
    }

    pub(super) async fn close(self) -> Result<(), LinkError> {
        self.producer.close().await;
        Ok(())
    }
}

impl std::fmt::Debug for Amqp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Amqp").finish_non_exhaustive()
    }
}
