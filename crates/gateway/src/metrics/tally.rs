//! What is counted of one source and of one feed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use seal::Reason;

use super::histogram::Histogram;
use crate::pipeline::Outcome;

/// What became of the messages of one source.
#[derive(Debug, Default)]
pub(crate) struct SourceTally {
    pub(crate) stored: AtomicU64,
    pub(crate) duplicates: AtomicU64,
    pub(crate) unavailable: AtomicU64,
    refused: [AtomicU64; Reason::ALL.len()],
    /// From a message's last byte to its answer.
    pub(crate) latency: Histogram,
}

impl SourceTally {
    /// A message that came at `since` is answered now.
    pub(crate) fn answered(&self, outcome: &Outcome, since: Instant) {
        let counter = match outcome {
            Outcome::Committed(_) => Some(&self.stored),
            Outcome::Duplicate => Some(&self.duplicates),
            Outcome::Unavailable => Some(&self.unavailable),
            Outcome::Refused(rejection) => self.refused.get(rejection.reason as usize),
        };
        if let Some(counter) = counter {
            counter.fetch_add(1, Relaxed);
        }
        self.latency.record(since.elapsed());
    }

    /// Those refused, by reason; reasons that did not occur are absent.
    pub(crate) fn refused(&self) -> impl Iterator<Item = (Reason, u64)> {
        let counts = self.refused.iter().map(|count| count.load(Relaxed));
        Reason::ALL.iter().copied().zip(counts).filter(|(_, count)| *count > 0)
    }
}

/// What one feed has done.
#[derive(Debug, Default)]
pub(crate) struct FeedTally {
    /// Connections made.
    pub(crate) connections: AtomicU64,
    /// Connections lost, and attempts that came to nothing.
    pub(crate) interruptions: AtomicU64,
    pub(crate) sent: AtomicU64,
    pub(crate) accepted: AtomicU64,
    pub(crate) refused: AtomicU64,
}
