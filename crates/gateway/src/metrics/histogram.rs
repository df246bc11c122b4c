//! Durations and sizes in buckets whose bounds grow by a quarter of a doubling.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde::Serialize;

/// Four buckets to a doubling, from 1 to 2³² (1 µs to over an hour).
const BUCKETS: usize = 4 * 32;

/// What was counted, in buckets; a quantile is at most 19 % too high. Durations are counted in microseconds.
#[derive(Debug)]
pub struct Histogram {
    buckets: [AtomicU64; BUCKETS],
    sum: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: std::array::from_fn(|_| AtomicU64::new(0)), sum: AtomicU64::new(0) }
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

/// What a histogram has counted, as Prometheus wants it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counted {
    /// How many were at most so large, by bounds that grow fourfold.
    pub(crate) at_most: Vec<(f64, u64)>,
    pub(crate) sum: f64,
    pub(crate) count: u64,
}

impl Histogram {
    /// Counts a duration.
    pub fn record(&self, took: Duration) {
        self.record_number(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    /// Counts a number.
    pub fn record_number(&self, number: u64) {
        let index = ((number.max(1) as f64).log2() * 4.0).ceil() as usize;
        if let Some(bucket) = self.buckets.get(index.min(BUCKETS - 1)) {
            bucket.fetch_add(1, Relaxed);
        }
        self.sum.fetch_add(number, Relaxed);
    }

    /// The quantiles of the durations that were counted so far; zeros when none was.
    pub fn quantiles(&self) -> Quantiles {
        let counts: Vec<u64> = self.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
        let count = counts.iter().sum();
        Quantiles { p50: quantile(&counts, count, 0.50), p99: quantile(&counts, count, 0.99), count }
    }

    /// What was counted between 4^`from` and 4^`to`, divided by `unit`.
    fn counted(&self, (from, to): (usize, usize), unit: f64) -> Counted {
        let counts: Vec<u64> = self.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
        let below = |power: usize| counts.iter().take(8 * power + 1).sum();
        let at_most = (from..=to).map(|power| (4f64.powi(power as i32) / unit, below(power))).collect();
        Counted { at_most, sum: self.sum.load(Relaxed) as f64 / unit, count: counts.iter().sum() }
    }

    /// Durations in seconds: 64 µs to 17 s.
    pub(crate) fn seconds(&self) -> Counted {
        self.counted((3, 12), 1e6)
    }

    /// Numbers: 1 to 1024.
    pub(crate) fn numbers(&self) -> Counted {
        self.counted((0, 5), 1.0)
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

    #[test]
    fn buckets_hold_what_is_at_most_their_bound() {
        let histogram = Histogram::default();
        for number in [1, 4, 5, 16, 17, 1024, 5000] {
            histogram.record_number(number);
        }
        let counted = histogram.numbers();
        assert_eq!(counted.at_most, [(1.0, 1), (4.0, 2), (16.0, 4), (64.0, 5), (256.0, 5), (1024.0, 6)]);
        assert_eq!((counted.sum, counted.count), (6067.0, 7));
    }
}
