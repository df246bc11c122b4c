//! One connection to a broker, to its end.

use std::sync::Arc;

use seal::{Counter, DeviceId};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, sleep_until, timeout};
use wire::mqtt::{Notice, device_of, refused_topic};

use super::wire::{Heard, Wire, WireError};
use crate::config::MqttBroker;
use crate::connect::Pauses;
use crate::connect::Stream;
use crate::limits;
use crate::pipeline::{Outcome, RawMessage};
use crate::roster::Post;
use crate::sources::pending::Pending;
use crate::sources::remote::Remote;
use crate::start::Services;

/// Why a connection is left.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("closed by the broker")]
    Closed,
    #[error("batches cannot be stored at present")]
    Unavailable,
}

/// Who hears of a message's outcome: the broker by its number, the device by its topic.
struct Waiting {
    packet_id: Option<u16>,
    device: DeviceId,
}

struct Link<'a> {
    services: &'a Services,
    source: &'a Arc<str>,
    post: &'a Post,
    stream: Box<dyn Stream>,
    wire: Wire,
    /// In the order in which they came, which is that of the acknowledgements.
    waiting: Pending<Waiting>,
}

/// What a link waits for.
enum Happening {
    Received(std::io::Result<usize>),
    Answered(Option<Outcome>),
    Time,
    Shutdown,
}

/// Connects and takes messages; `Ok` when the gateway stops.
pub(super) async fn run(
    remote: &Remote,
    config: &MqttBroker,
    services: &Services,
    (source, post): (&Arc<str>, &Arc<Post>),
    pauses: &mut Pauses,
) -> Result<(), Fault> {
    let stream = tokio::select! {
        () = services.shutdown.cancelled() => return Ok(()),
        stream = remote.connect() => stream?,
    };
    let wire = Wire::connect(config, remote.account.as_ref())?;
    let mut link = Link { services, source, post, stream, wire, waiting: Pending::of(post) };
    let ended = link.talk(pauses).await;
    // Why the connection is left is told to the broker as far as it still listens.
    let _told = link.flush().await;
    ended
}

impl Link<'_> {
    async fn talk(&mut self, pauses: &mut Pauses) -> Result<(), Fault> {
        let mut buffer = Vec::with_capacity(limits::READ_BYTES);
        loop {
            self.flush().await?;
            let may_read = self.waiting.len() < limits::IN_FLIGHT;
            let deadline = self.wire.deadline();
            let happening = tokio::select! {
                biased;
                () = self.services.shutdown.cancelled() => Happening::Shutdown,
                outcome = self.waiting.first() => Happening::Answered(outcome),
                read = self.stream.read_buf(&mut buffer), if may_read => Happening::Received(read),
                () = wait_for(deadline) => Happening::Time,
            };
            match happening {
                Happening::Received(Ok(0)) => return Err(Fault::Closed),
                Happening::Received(Ok(_)) => {
                    for heard in self.wire.receive(&buffer)? {
                        self.hear(heard, pauses).await?;
                    }
                    buffer.clear();
                }
                Happening::Received(Err(error)) => return Err(error.into()),
                Happening::Answered(outcome) => self.answer(outcome)?,
                Happening::Time => self.wire.time_passed(Instant::now())?,
                Happening::Shutdown => return self.drain().await,
            }
        }
    }

    async fn hear(&mut self, heard: Heard, pauses: &mut Pauses) -> Result<(), Fault> {
        match heard {
            Heard::Connected => {
                tracing::info!(source = &**self.source, "connected to the broker");
                pauses.connected();
                self.post.connected();
                Ok(())
            }
            Heard::Message { packet_id, topic, bytes } => self.submit(packet_id, &topic, bytes).await,
        }
    }

    async fn submit(&mut self, packet_id: Option<u16>, topic: &str, bytes: Vec<u8>) -> Result<(), Fault> {
        self.post.heard();
        let Some(device) = device_of(topic) else {
            // The topic is the publisher's own text, which may be anything.
            tracing::warn!(source = &**self.source, "a message whose topic names no device");
            return match packet_id {
                Some(packet_id) => Ok(self.wire.reject(packet_id)?),
                None => Ok(()),
            };
        };
        let message = RawMessage::new(device.clone(), self.source.clone(), bytes);
        let outcome = self.services.pipeline.submit(message).await.map_err(|_| Fault::Unavailable)?;
        self.waiting.push(Waiting { packet_id, device }, outcome);
        Ok(())
    }

    /// Passes on the outcome of the first message that waits.
    fn answer(&mut self, outcome: Option<Outcome>) -> Result<(), Fault> {
        let Some(Waiting { packet_id, device }) = self.waiting.pop() else { return Ok(()) };
        let refused = match outcome.ok_or(Fault::Unavailable)? {
            Outcome::Committed(_) | Outcome::Duplicate => None,
            Outcome::Refused(rejection) => Some(rejection),
            Outcome::Unavailable => return Err(Fault::Unavailable),
        };
        // First the acknowledgement: should the broker not bear the notice, the message does not come again for ever.
        if let Some(packet_id) = packet_id {
            self.wire.acknowledge(packet_id, refused.as_ref().map(|rejection| rejection.reason))?;
        }
        if let Some(rejection) = refused {
            let notice = Notice { counter: rejection.counter.map(Counter), reason: rejection.reason };
            self.wire.tell(&refused_topic(&device), notice.to_bytes())?;
        }
        Ok(())
    }

    /// Before a stop: what is in the pipeline is still acknowledged.
    async fn drain(&mut self) -> Result<(), Fault> {
        while !self.waiting.is_empty() {
            let outcome = self.waiting.first().await;
            self.answer(outcome)?;
        }
        self.wire.disconnect()?;
        self.flush().await
    }

    async fn flush(&mut self) -> Result<(), Fault> {
        let out = self.wire.take_out();
        if out.is_empty() {
            return Ok(());
        }
        let write = async {
            self.stream.write_all(&out).await?;
            self.stream.flush().await
        };
        Ok(timeout(limits::MQTT_WRITE, write)
            .await
            .map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??)
    }
}

async fn wait_for(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
