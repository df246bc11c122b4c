//! What the gateway counts.

mod exposition;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use seal::Reason;
use serde::Serialize;

pub(crate) use exposition::Destination;

/// Latency buckets: four to a doubling, from 1 µs to over an hour.
const BUCKETS: usize = 4 * 32;

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

/// Durations in buckets whose bounds grow by a quarter of a doubling, so a quantile is at most 19 % too high.
#[derive(Debug)]
pub struct Histogram([AtomicU64; BUCKETS]);

impl Default for Histogram {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

/// Quantiles of durations, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Quantiles {
    /// Half of them took at most this.
    pub p50: f64,
    /// 99 of 100 took at most this.
    pub p99: f64,
    /// How many there were.
    pub count: u64,
}

impl Histogram {
    /// Counts one.
    pub fn record(&self, took: Duration) {
        let micros = took.as_micros().max(1) as f64;
        let index = (micros.log2() * 4.0).ceil() as usize;
        if let Some(bucket) = self.0.get(index.min(BUCKETS - 1)) {
            bucket.fetch_add(1, Relaxed);
        }
    }

    /// The quantiles of what was counted so far; zeros when nothing was.
    pub fn quantiles(&self) -> Quantiles {
        let counts: Vec<u64> = self.0.iter().map(|bucket| bucket.load(Relaxed)).collect();
        let count = counts.iter().sum();
        Quantiles { p50: quantile(&counts, count, 0.50), p99: quantile(&counts, count, 0.99), count }
    }
}

/// The upper bound, in milliseconds, of the bucket where the share `q` of all is reached.
fn quantile(counts: &[u64], total: u64, q: f64) -> f64 {
    let wanted = (total as f64 * q).ceil() as u64;
    let mut seen = 0;
    let reached = counts.iter().position(|count| {
        seen += count;
        seen >= wanted && seen > 0
    });
    reached.map_or(0.0, |index| (index as f64 / 4.0).exp2() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_bound_what_was_recorded() {
        let histogram = Histogram::default();
        assert_eq!(histogram.quantiles().p99, 0.0);
        for ms in 1..=100 {
            histogram.record(Duration::from_millis(ms));
        }
        let quantiles = histogram.quantiles();
        assert_eq!(quantiles.count, 100);
        assert!((50.0..60.0).contains(&quantiles.p50), "{quantiles:?}");
        assert!((99.0..119.0).contains(&quantiles.p99), "{quantiles:?}");
    }
}
