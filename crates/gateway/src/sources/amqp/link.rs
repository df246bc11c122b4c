//! One connection to a broker, to its end.

use seal::{DeviceId, Reason};
use tokio::time::timeout;
use wire::amqp::{Consumer, Delivered, Delivery, Settlement, SignIn};

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
    #[error(transparent)]
    Wire(#[from] wire::amqp::Fault),
    #[error("batches cannot be stored at present")]
    Unavailable,
}

/// What a link waits for.
enum Happening {
    Received(Result<Delivered, wire::amqp::Fault>),
    Answered(Option<Outcome>),
    Shutdown,
}

/// Connects and takes messages; `Ok` when the gateway stops.
pub(super) async fn run(shared: &Shared, pauses: &mut Pauses) -> Result<(), Fault> {
    let consumer = tokio::select! {
        () = shared.services.shutdown.cancelled() => return Ok(()),
        opened = timeout(limits::BROKER_CONNECT, open(shared)) => {
            opened.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??
        }
    };
    tracing::info!(source = &*shared.source, queue = shared.queue, "connected to the broker");
    pauses.connected();
    shared.post.connected();
    let mut link = Link { shared, consumer, waiting: Pending::of(&shared.post) };
    let ended = link.talk().await;
    if ended.is_ok() {
        link.consumer.close().await;
    }
    ended
}

async fn open(shared: &Shared) -> Result<Consumer, Fault> {
    let stream = shared.remote.connect().await?;
    let sign_in = SignIn {
        container: "medseal-gateway",
        address: shared.remote.target.address(),
        account: shared.remote.account.as_ref(),
    };
    let credit = u32::try_from(limits::IN_FLIGHT).unwrap_or(u32::MAX);
    let longest = limits::AMQP_MESSAGE_BYTES;
    Ok(Consumer::open(stream, sign_in, &shared.queue, credit, longest).await?)
}

struct Link<'a> {
    shared: &'a Shared,
    consumer: Consumer,
    /// In the order in which they came, which is that of the settlements.
    waiting: Pending<Delivery>,
}

impl Link<'_> {
    async fn talk(&mut self) -> Result<(), Fault> {
        loop {
            let may_read = self.waiting.len() < limits::IN_FLIGHT;
            let happening = tokio::select! {
                biased;
                () = self.shared.services.shutdown.cancelled() => Happening::Shutdown,
                outcome = self.waiting.first() => Happening::Answered(outcome),
                received = self.consumer.next(), if may_read => Happening::Received(received),
            };
            match happening {
                Happening::Received(received) => self.submit(received?).await?,
                Happening::Answered(outcome) => self.settle(outcome).await?,
                Happening::Shutdown => return self.drain().await,
            }
        }
    }

    async fn submit(&mut self, delivered: Delivered) -> Result<(), Fault> {
        self.shared.post.heard();
        let Delivered { delivery, token, sealed } = delivered;
        let pipeline = &self.shared.services.pipeline;
        let source = &self.shared.source;
        let submitted = match self.device_of(token.as_deref()) {
            Ok(device) => pipeline.submit(RawMessage::new(device, source.clone(), sealed)).await,
            Err(fault) => {
                let rejection = Rejection { reason: Reason::Token, detail: fault.to_string(), counter: None };
                pipeline.refuse_message(self.shared.name.clone(), source, sealed, rejection).await
            }
        };
        let outcome = submitted.map_err(|_| Fault::Unavailable)?;
        self.waiting.push(delivery, outcome);
        Ok(())
    }

    /// The device whose token the message bears.
    fn device_of(&self, token: Option<&str>) -> Result<DeviceId, TokenFault> {
        match self.shared.tokens.check(token, Scope::RelayBatches, None)?.client {
            Client::Device(device) => Ok(device),
            Client::System(_) => Err(TokenFault::Scope(Scope::RelayBatches)),
        }
    }

    /// Tells the broker what became of the first message that waits.
    async fn settle(&mut self, outcome: Option<Outcome>) -> Result<(), Fault> {
        let Some(delivery) = self.waiting.pop() else { return Ok(()) };
        let (settlement, told) = match outcome {
            Some(Outcome::Committed(_) | Outcome::Duplicate) => (Settlement::Accepted, Ok(())),
            Some(Outcome::Refused(Rejection { reason, .. })) => (Settlement::Rejected(Some(reason)), Ok(())),
            // What is not settled the broker delivers again, in its order, when the link has gone.
            Some(Outcome::Unavailable) | None => (Settlement::Released, Err(Fault::Unavailable)),
        };
        self.consumer.settle(delivery, settlement).await?;
        told
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
