//! All connections of a run together.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use hdrhistogram::Histogram;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

use crate::drive::{Drive, Fault};
use crate::ledger::Ledger;
use crate::limits;
use crate::link::{Endpoint, Link, LinkError, Verdict};
use crate::message::{Key, Message, Messages};
use crate::plan::Plan;
use crate::report::{Measured, Report};

/// One connection and what goes over it.
#[derive(Debug)]
pub struct Lane {
    /// Where and how it connects.
    pub endpoint: Endpoint,
    /// What it sends.
    pub messages: Messages,
}

/// What is counted while a run goes on.
#[derive(Debug, Default)]
pub struct Counters {
    /// Connections made.
    pub connected: AtomicU64,
    /// Messages sent, again each time.
    pub sent: AtomicU64,
    /// Messages acknowledged as stored.
    pub stored: AtomicU64,
    /// Messages refused.
    pub refused: AtomicU64,
    /// Answers that nothing can be stored at present.
    pub unavailable: AtomicU64,
    /// Connections lost.
    pub lost: AtomicU64,
}

/// Why a run did not begin.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is nothing to do.
    #[error("no connections")]
    NoLanes,
    /// More connections than are allowed.
    #[error("{wanted} connections, more than {most}", wanted = .0, most = limits::CONNECTIONS)]
    TooMany(usize),
    /// A connection was not made. The figures would be of another load.
    #[error("connection {place} of {of}: {source}")]
    Connect {
        /// Which, from 1.
        place: usize,
        /// Of how many.
        of: usize,
        /// Why not.
        source: LinkError,
    },
    /// The histogram cannot be made.
    #[error("histogram: {0}")]
    Histogram(#[from] hdrhistogram::CreationError),
    /// A part of it ended by an error in the program.
    #[error("stopped by an error in the program: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

/// What a run leaves.
#[derive(Debug)]
pub struct Done {
    /// What came of it.
    pub report: Report,
    /// Message by message, where the plan asked for it.
    pub ledger: Option<Ledger>,
    /// The lanes, for another run: each begins with what was not answered in this one.
    pub lanes: Vec<Lane>,
}

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) plan: Plan,
    pub(crate) lanes: usize,
    pub(crate) counters: Arc<Counters>,
    pub(crate) stop: CancellationToken,
    begun: OnceLock<Instant>,
    taken: AtomicU64,
    measured: Mutex<Tally>,
    ledger: Option<Mutex<Ledger>>,
}

/// What is measured after the warm-up.
struct Tally {
    latency: Histogram<u64>,
    stored: u64,
    readings: u64,
    last: Option<Instant>,
    refused: BTreeMap<String, u64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whoever held it when it panicked left at worst a count out.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// When all connections were made and the run began.
    pub(crate) fn begun(&self) -> Instant {
        *self.begun.get_or_init(Instant::now)
    }

    /// When nothing more is sent.
    pub(crate) fn end(&self) -> Instant {
        self.begun() + self.plan.warm_up + self.plan.lasts
    }

    /// Whether a message due then may still be sent.
    pub(crate) fn takes_one_more(&self, due: Instant) -> bool {
        due < self.end() && self.plan.count.is_none_or(|count| self.taken.load(Relaxed) < count)
    }

    /// Counts a message against the plan's count. Connections that take at once may go over it by one each.
    pub(crate) fn take(&self) {
        self.taken.fetch_add(1, Relaxed);
    }

    fn since_begun(&self) -> u64 {
        u64::try_from(self.begun().elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub(crate) fn note_sent(&self, key: &Key) {
        self.counters.sent.fetch_add(1, Relaxed);
        if let Some(ledger) = &self.ledger {
            lock(ledger).sent(key, self.since_begun());
        }
    }

    pub(crate) fn note_answered(&self, message: &Message, verdict: &Verdict, since: Instant) {
        let counter = match verdict {
            Verdict::Stored => &self.counters.stored,
            Verdict::Refused(_) => &self.counters.refused,
            Verdict::Unavailable => &self.counters.unavailable,
        };
        counter.fetch_add(1, Relaxed);
        if let Some(ledger) = &self.ledger {
            lock(ledger).answered(&message.key, verdict, self.since_begun());
        }
        let mut tally = lock(&self.measured);
        match verdict {
            Verdict::Stored if since >= self.begun() + self.plan.warm_up => {
                let micros = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
                tally.latency.saturating_record(micros.max(1));
                tally.stored += 1;
                tally.readings += u64::from(message.readings);
                tally.last = Some(Instant::now());
            }
            Verdict::Refused(word) => {
                if tally.refused.len() < limits::WORDS || tally.refused.contains_key(word) {
                    *tally.refused.entry(word.clone()).or_default() += 1;
                }
            }
            Verdict::Stored | Verdict::Unavailable => {}
        }
    }
}

/// Makes all connections, then sends over all of them until the plan's end or until `stop` is cancelled, and waits for the answers.
///
/// # Errors
/// [`RunError`] when it did not begin. What happens later is in the report.
pub async fn run(
    plan: Plan,
    lanes: Vec<Lane>,
    counters: Arc<Counters>,
    stop: CancellationToken,
) -> Result<Done, RunError> {
    let endpoint = lanes.first().map(|lane| lane.endpoint.clone()).ok_or(RunError::NoLanes)?;
    if lanes.len() > limits::CONNECTIONS {
        return Err(RunError::TooMany(lanes.len()));
    }
    let mut latency = Histogram::new_with_max(limits::LATENCY_US, 3)?;
    latency.auto(false);
    let (refused, last) = (BTreeMap::new(), None);
    let shared = Arc::new(Shared {
        lanes: lanes.len(),
        counters,
        stop,
        begun: OnceLock::new(),
        taken: AtomicU64::new(0),
        measured: Mutex::new(Tally { latency, stored: 0, readings: 0, last, refused }),
        ledger: plan.ledger.then(Mutex::default),
        plan,
    });
    let connected = connect(lanes, &shared).await?;
    shared.begun();
    let mut tasks = JoinSet::new();
    for (place, (lane, link)) in connected.into_iter().enumerate() {
        let drive = Drive::new(lane, place, shared.clone());
        tasks.spawn(async move { (place, drive.run(link).await) });
    }
    let mut ended = Vec::new();
    while let Some(one) = tasks.join_next().await {
        ended.push(one?);
    }
    let took = shared.begun().elapsed();
    ended.sort_by_key(|(place, _)| *place);
    let (lanes, faults): (Vec<_>, Vec<_>) = ended.into_iter().map(|(_, ended)| ended).unzip();
    let report = report(&endpoint, &shared, took, faults.into_iter().flatten().collect());
    let ledger = shared.ledger.as_ref().map(|ledger| std::mem::take(&mut *lock(ledger)));
    Ok(Done { report, ledger, lanes })
}

/// Makes the connections, some at a time, and gives them in the order of their lanes.
async fn connect(lanes: Vec<Lane>, shared: &Arc<Shared>) -> Result<Vec<(Lane, Link)>, RunError> {
    let (of, doors) = (lanes.len(), Arc::new(Semaphore::new(limits::CONNECTING)));
    let mut tasks = JoinSet::new();
    let mut made = Vec::with_capacity(of);
    for (place, lane) in lanes.into_iter().enumerate() {
        let (doors, endpoint, shared) = (doors.clone(), lane.endpoint.clone(), shared.clone());
        let (told, link) = oneshot::channel();
        made.push((lane, link));
        tasks.spawn(async move {
            // The semaphore is never closed.
            let _door = doors.acquire().await;
            let opened = Link::open(&endpoint).await;
            let opened = opened.map_err(|source| RunError::Connect { place: place + 1, of, source })?;
            shared.counters.connected.fetch_add(1, Relaxed);
            let _lane_is_gone = told.send(opened);
            Ok::<_, RunError>(())
        });
    }
    while let Some(opened) = tasks.join_next().await {
        opened??;
    }
    let mut connected = Vec::with_capacity(of);
    for (lane, link) in made {
        let gone = |_| RunError::Connect { place: connected.len() + 1, of, source: LinkError::Slow };
        let link = link.await.map_err(gone)?;
        connected.push((lane, link));
    }
    Ok(connected)
}

fn report(endpoint: &Endpoint, shared: &Shared, took: Duration, faults: Vec<Fault>) -> Report {
    let tally = lock(&shared.measured);
    let begun = shared.begun() + shared.plan.warm_up;
    let seconds = tally.last.map_or(0.0, |last| last.saturating_duration_since(begun).as_secs_f64());
    let measured =
        Measured { stored: tally.stored, readings: tally.readings, seconds, latency: &tally.latency };
    Report::of(endpoint, &shared.plan, shared.lanes, &shared.counters, measured)
        .lasting(took)
        .with_refusals(tally.refused.clone())
        .with_faults(faults.iter().map(ToString::to_string))
}
