//! The way of a batch, and the type that proves each step:
//!
//! ```text
//! RawMessage ─► SealedBatch ─► VerifiedBatch ─► committed row ─► Outcome
//!   source        parsed      worker threads     committer      back to the source
//! ```
//!
//! What bears no seal comes decoded from its source ([`Unsealed`]) and meets the others in the committer.
//!
//! A device always goes to the same worker, so its batches keep their order while several are verified at a time.
//! Chain check and association happen in the committer, which alone knows what is stored. All queues are bounded: a full one
//! makes the source wait, and the source lets its devices wait.

mod unsealed;
mod verify;

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Instant;

use seal::{DeviceId, Micros, Reason};
use tokio::sync::{mpsc, oneshot};

use crate::config::Clock;
use crate::limits;
use crate::record::{BatchId, SourceName};
use crate::registry::Registry;
use crate::store::{Job, Store, StoreError, now};

pub use unsealed::{Sender, Unsealed, Whose};
pub(crate) use verify::{Refused, Verified, clock_error};

/// Bytes that a source received from a device it has authenticated.
#[derive(Debug)]
pub struct RawMessage {
    /// The device whose connection it is.
    pub device: DeviceId,
    /// The source's name and the peer's address.
    pub source: Arc<str>,
    /// The sealed batch, so they say.
    pub bytes: Vec<u8>,
    /// When it came, by the wall clock.
    pub received: Micros,
    /// When it came, for latencies.
    pub arrived: Instant,
}

impl RawMessage {
    /// What a source received in this moment.
    pub fn new(device: DeviceId, source: Arc<str>, bytes: Vec<u8>) -> Self {
        Self { device, source, bytes, received: now(), arrived: Instant::now() }
    }
}

/// What became of a message. The source answers its device with this and with nothing earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is on disk.
    Committed(BatchId),
    /// It was on disk before, unchanged.
    Duplicate,
    /// It was refused, and this is on disk.
    Refused(Rejection),
    /// It could not be stored; the device must keep it and try again.
    Unavailable,
}

/// Why a message was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The reason's word.
    pub reason: Reason,
    /// What exactly, for a person.
    pub detail: String,
    /// The counter it claims, where it could be read.
    pub counter: Option<u64>,
}

/// The entrance of the pipeline. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Pipeline {
    workers: Arc<[mpsc::Sender<verify::Task>]>,
    store: Store,
    hasher: RandomState,
}

impl Pipeline {
    /// Starts the verifying workers, one a core; they end when the last handle is gone.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(store: &Store, registry: &Registry, clock: &Clock) -> std::io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = (0..cores).map(|index| {
            let (tasks, queue) = mpsc::channel(limits::VERIFY_QUEUE);
            verify::spawn(index, queue, store.clone(), registry.clone(), clock.clone()).map(|()| tasks)
        });
        Ok(Self {
            workers: workers.collect::<Result<_, _>>()?,
            store: store.clone(),
            hasher: RandomState::new(),
        })
    }

    /// Hands a message over; waits while the queue is full. The receiver gets its outcome; a closed one means that
    /// the gateway stops: not acknowledged.
    ///
    /// # Errors
    /// [`StoreError::Closed`] when the gateway stops.
    pub async fn submit(&self, message: RawMessage) -> Result<oneshot::Receiver<Outcome>, StoreError> {
        let (answer, outcome) = oneshot::channel();
        let slot = self.hasher.hash_one(&message.device) as usize % self.workers.len().max(1);
        let worker = self.workers.get(slot).ok_or(StoreError::Closed)?;
        worker.send(verify::Task { message, answer }).await.map_err(|_| StoreError::Closed)?;
        Ok(outcome)
    }

    /// Notes that a source itself refused a device: there is nothing to verify and nothing to keep.
    ///
    /// # Errors
    /// [`StoreError::Closed`] when the gateway stops.
    pub async fn refuse(
        &self,
        device: DeviceId,
        source: &Arc<str>,
        rejection: Rejection,
    ) -> Result<(), StoreError> {
        let refused =
            Refused { sender: Sender::Device(device), source: source.clone(), bytes: Vec::new(), rejection };
        let noted = self.lay_aside(refused).await?;
        noted.await.map(drop).map_err(|_| StoreError::Closed)
    }

    /// Hands a message without a seal to the committer; waits while its queue is full. The receiver gets its outcome.
    ///
    /// # Errors
    /// [`StoreError::Closed`] when the gateway stops.
    pub async fn submit_unsealed(&self, message: Unsealed) -> Result<oneshot::Receiver<Outcome>, StoreError> {
        let (answer, outcome) = oneshot::channel();
        self.store.send(Job::Unsealed(Box::new(message), answer)).await?;
        Ok(outcome)
    }

    /// Lays a message of a source that names no device into quarantine. The receiver gets its outcome.
    ///
    /// # Errors
    /// [`StoreError::Closed`] when the gateway stops.
    pub async fn refuse_message(
        &self,
        source: SourceName,
        peer: &Arc<str>,
        bytes: Vec<u8>,
        rejection: Rejection,
    ) -> Result<oneshot::Receiver<Outcome>, StoreError> {
        let refused = Refused { sender: Sender::Source(source), source: peer.clone(), bytes, rejection };
        self.lay_aside(refused).await
    }

    async fn lay_aside(&self, refused: Refused) -> Result<oneshot::Receiver<Outcome>, StoreError> {
        let (answer, outcome) = oneshot::channel();
        self.store.send(Job::Refuse(Box::new(refused), answer)).await?;
        Ok(outcome)
    }
}
