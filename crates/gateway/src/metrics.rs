//! What the gateway counts.

mod exposition;
mod histogram;
mod tally;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use seal::Reason;
use serde::Serialize;

pub(crate) use exposition::{Destination, Ending, exposition};
pub use histogram::{Histogram, Quantiles};
pub(crate) use tally::{FeedTally, SourceTally};

/// The counters. All are cheap to raise from any thread.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Batches verified and committed.
    pub batches_verified: AtomicU64,
    /// Messages without a seal, from sources configured for them, committed.
    pub unsealed_stored: AtomicU64,
    /// Batches that came again unchanged.
    pub duplicates: AtomicU64,
    /// Readings in committed batches.
    pub readings_stored: AtomicU64,
    /// Sealed bytes committed.
    pub bytes_stored: AtomicU64,
    /// Transactions synced to disk.
    pub commits: AtomicU64,
    /// Batches that could not be stored for a fault of the disk and were left unacknowledged.
    pub unavailable: AtomicU64,
    /// Connections accepted.
    pub connections: AtomicU64,
    /// Connections refused or ended for a fault of the peer.
    pub connections_refused: AtomicU64,
    /// Renewed certificates of our own that were taken up.
    pub certificates_renewed: AtomicU64,
    /// Access tokens given out.
    pub tokens_given: AtomicU64,
    /// Requests for one that were refused.
    pub tokens_refused: AtomicU64,
    /// Messages sent to destinations.
    pub ehr_sent: AtomicU64,
    /// Messages that a destination took.
    pub ehr_acknowledged: AtomicU64,
    /// Messages that a destination refused for good.
    pub ehr_refused: AtomicU64,
    refused: [AtomicU64; Reason::ALL.len()],
    /// From receiving a batch to its commit.
    pub commit_latency: Histogram,
    /// Time of a transaction, from its begin to the end of its sync.
    pub commit_time: Histogram,
    /// Messages answered by one transaction.
    pub commit_messages: Histogram,
    feeds: Mutex<BTreeMap<String, Arc<FeedTally>>>,
}

/// All counters at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct Snapshot {
    /// See [`Metrics::batches_verified`].
    pub batches_verified: u64,
    /// See [`Metrics::unsealed_stored`].
    pub unsealed_stored: u64,
    /// See [`Metrics::duplicates`].
    pub duplicates: u64,
    /// See [`Metrics::readings_stored`].
    pub readings_stored: u64,
    /// See [`Metrics::bytes_stored`].
    pub bytes_stored: u64,
    /// See [`Metrics::commits`].
    pub commits: u64,
    /// See [`Metrics::unavailable`].
    pub unavailable: u64,
    /// See [`Metrics::connections`].
    pub connections: u64,
    /// See [`Metrics::connections_refused`].
    pub connections_refused: u64,
    /// See [`Metrics::certificates_renewed`].
    pub certificates_renewed: u64,
    /// See [`Metrics::tokens_given`].
    pub tokens_given: u64,
    /// See [`Metrics::tokens_refused`].
    pub tokens_refused: u64,
    /// See [`Metrics::ehr_sent`].
    pub ehr_sent: u64,
    /// See [`Metrics::ehr_acknowledged`].
    pub ehr_acknowledged: u64,
    /// See [`Metrics::ehr_refused`].
    pub ehr_refused: u64,
    /// Refused messages by reason; reasons that did not occur are absent.
    pub refused: BTreeMap<&'static str, u64>,
    /// From receiving a batch to its commit.
    pub commit_latency_ms: Quantiles,
}

impl Metrics {
    /// Counts a refused message.
    pub fn refuse(&self, reason: Reason) {
        if let Some(counter) = self.refused.get(reason as usize) {
            counter.fetch_add(1, Relaxed);
        }
    }

    /// What is counted of the feed with this name.
    pub(crate) fn feed(&self, name: &str) -> Arc<FeedTally> {
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        feeds.entry(name.to_owned()).or_default().clone()
    }

    /// All counters now. They are read one after the other, not at one instant.
    pub fn snapshot(&self) -> Snapshot {
        let refused = Reason::ALL.iter().zip(&self.refused);
        Snapshot {
            batches_verified: self.batches_verified.load(Relaxed),
            unsealed_stored: self.unsealed_stored.load(Relaxed),
            duplicates: self.duplicates.load(Relaxed),
            readings_stored: self.readings_stored.load(Relaxed),
            bytes_stored: self.bytes_stored.load(Relaxed),
            commits: self.commits.load(Relaxed),
            unavailable: self.unavailable.load(Relaxed),
            connections: self.connections.load(Relaxed),
            connections_refused: self.connections_refused.load(Relaxed),
            certificates_renewed: self.certificates_renewed.load(Relaxed),
            tokens_given: self.tokens_given.load(Relaxed),
            tokens_refused: self.tokens_refused.load(Relaxed),
            ehr_sent: self.ehr_sent.load(Relaxed),
            ehr_acknowledged: self.ehr_acknowledged.load(Relaxed),
            ehr_refused: self.ehr_refused.load(Relaxed),
            refused: refused
                .map(|(reason, count)| (reason.as_str(), count.load(Relaxed)))
                .filter(|(_, count)| *count > 0)
                .collect(),
            commit_latency_ms: self.commit_latency.quantiles(),
        }
    }
}
