//! One device at work: measure, spool, seal, deliver.
//!
//! Two loops share a spool. [`measure`] takes a batch from the source each interval, puts it on disk and has it
//! sealed; [`deliver`] sends what is sealed, in order, and takes from the spool what the gateway acknowledged. Either
//! goes on while the other cannot: without a gateway the spool grows, without an element batches wait unsealed.

mod deliver;
mod measure;
mod stats;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seal::DeviceId;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

pub use stats::Stats;

use crate::element::{ElementError, SharedElement};
use crate::limits;
use crate::source::Source;
use crate::spool::{Spool, SpoolError};
use crate::transport::Transport;
use measure::Measurer;

/// Why an agent cannot work.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Its spool cannot be used.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// Its element does not answer.
    #[error(transparent)]
    Element(#[from] ElementError),
    /// A part of it was stopped by an error in the program.
    #[error("stopped by an error in the program: {0}")]
    Program(#[from] tokio::task::JoinError),
}

/// All that an agent works with.
pub struct Setup {
    /// Who it is.
    pub device: DeviceId,
    /// The folder of its spool.
    pub data: PathBuf,
    /// Bytes that may wait in the spool.
    pub spool_bytes: u64,
    /// Time that a batch covers.
    pub interval: Duration,
    /// What measures.
    pub source: Box<dyn Source>,
    /// What seals.
    pub element: SharedElement,
    /// How and where to deliver.
    pub transport: Transport,
}

/// A device, ready to run.
pub struct Agent {
    shared: Shared,
    measurer: Measurer,
    transport: Transport,
}

/// What both loops share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) device: DeviceId,
    spool: Arc<Mutex<Spool>>,
    /// A batch was sealed.
    pub(crate) sealed: Arc<Notify>,
    pub(crate) stats: Arc<watch::Sender<Stats>>,
}

impl Shared {
    pub(crate) fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the counts, and brings those that the spool keeps up to date.
    pub(crate) fn count(&self, change: impl FnOnce(&mut Stats)) {
        let (spooled, aside) = {
            let spool = self.spool();
            (spool.waiting_count(), spool.aside_count())
        };
        self.stats.send_modify(|stats| {
            change(stats);
            stats.spooled = spooled;
            stats.aside = aside;
        });
    }
}

impl Agent {
    /// Opens the spool and brings it and the element to the same state: a batch that a crash left without its seal
    /// gets it now.
    ///
    /// # Errors
    /// [`AgentError`] when the spool or the element cannot be used.
    pub fn open(setup: Setup) -> Result<Self, AgentError> {
        let spool = Spool::open(&setup.data, setup.spool_bytes)?;
        let shared = Shared {
            device: setup.device,
            spool: Arc::new(Mutex::new(spool)),
            sealed: Arc::new(Notify::new()),
            stats: Arc::new(watch::Sender::new(Stats::default())),
        };
        let (shortest, longest) = limits::INTERVAL;
        let interval = setup.interval.clamp(shortest, longest);
        let measurer = Measurer::recover(shared.clone(), setup.source, setup.element, interval)?;
        Ok(Self { shared, measurer, transport: setup.transport })
    }

    /// Its counts, kept up to date while it runs.
    #[must_use]
    pub fn stats(&self) -> watch::Receiver<Stats> {
        self.shared.stats.subscribe()
    }

    /// Time that one of its batches covers.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.measurer.interval()
    }

    /// Runs until `shutdown`. It then measures no more, delivers what is spooled as far as that succeeds within a
    /// few seconds, and says what was done; what is still spooled is delivered when it runs again.
    ///
    /// # Errors
    /// [`AgentError`] only for what no waiting will mend; an absent gateway or element is waited for.
    pub async fn run(self, shutdown: CancellationToken) -> Result<Stats, AgentError> {
        let stats = self.stats();
        let measured = CancellationToken::new();
        let _measured_guard = measured.clone().drop_guard();
        let deliver = tokio::spawn(deliver::run(self.shared.clone(), self.transport, measured.clone()));
        let outcome = self.measurer.run(&shutdown).await;
        measured.cancel();
        deliver.await?;
        outcome?;
        let stats = stats.borrow().clone();
        Ok(stats)
    }
}
