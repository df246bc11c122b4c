//! What came of a run, as a person and as a program reads it.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::link::{Endpoint, Keeper};
use crate::plan::{Pace, Plan};
use crate::run::Counters;

/// Faults told one by one.
const FAULTS: usize = 20;

/// What came of a run. Times are of acknowledged messages after the warm-up.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The input: `mqtt`, `mllp` …
    pub input: &'static str,
    /// Where it is.
    pub target: String,
    /// Who has a message that counts as stored: a `gateway`, on disk, or a `broker`.
    pub stored_by: Keeper,
    /// `closed`: the next message goes out when one is answered; `open`: at fixed times.
    pub r#loop: &'static str,
    /// What a latency runs from: when a message was `sent`, or, in the open loop, when it was `due`.
    pub latency_from: &'static str,
    /// Messages a second that were wanted, in the open loop.
    pub wanted_per_second: Option<f64>,
    /// Connections.
    pub connections: usize,
    /// Messages that may be under way on each.
    pub window: usize,
    /// How long it took with warm-up and the last answers, in seconds.
    pub seconds: f64,
    /// The same of what was measured.
    pub measured_seconds: f64,
    /// Messages sent, counted again each time.
    pub sent: u64,
    /// Messages acknowledged as stored.
    pub stored: u64,
    /// Of these the measured ones, a second.
    pub stored_per_second: f64,
    /// Readings in these, a second.
    pub readings_per_second: f64,
    /// Messages refused, by the gateway's word.
    pub refused: BTreeMap<String, u64>,
    /// Answers that nothing can be stored at present.
    pub unavailable: u64,
    /// Connections lost.
    pub connections_lost: u64,
    /// Latencies in milliseconds; none when nothing was measured.
    pub latency_ms: Option<Latency>,
    /// The histogram they are from: each step's upper bound in microseconds and how many messages fell into it.
    pub histogram_us: Vec<(u64, u64)>,
    /// Why connections were given up: the first of them.
    pub faults: Vec<String>,
    /// How many were.
    pub connections_given_up: usize,
    /// What came out behind a broker, where somebody waited for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
}

/// What a gateway behind a broker made of what the broker accepted, as the gateway counts it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Behind {
    /// Messages that it has on disk.
    pub stored: u64,
    /// Messages that it refused.
    pub refused: u64,
    /// From the beginning of the run to the last of them, in seconds.
    pub seconds: f64,
    /// Messages stored a second.
    pub stored_per_second: f64,
}

impl Behind {
    /// So many in so long.
    #[must_use]
    pub fn of(stored: u64, refused: u64, seconds: f64) -> Self {
        let stored_per_second = if seconds > 0.0 { stored as f64 / seconds } else { 0.0 };
        Self { stored, refused, seconds, stored_per_second }
    }
}

/// Latencies in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// The shortest.
    pub min: f64,
    /// The mean.
    pub mean: f64,
    /// Half were shorter.
    pub p50: f64,
    /// Nine of ten were shorter.
    pub p90: f64,
    /// 99 of 100 were shorter.
    pub p99: f64,
    /// 999 of 1,000 were shorter.
    pub p999: f64,
    /// The longest.
    pub max: f64,
}

impl Latency {
    fn of(histogram: &Histogram<u64>) -> Option<Self> {
        let ms = |micros: u64| micros as f64 / 1000.0;
        (!histogram.is_empty()).then(|| Self {
            min: ms(histogram.min()),
            mean: histogram.mean() / 1000.0,
            p50: ms(histogram.value_at_quantile(0.5)),
            p90: ms(histogram.value_at_quantile(0.9)),
            p99: ms(histogram.value_at_quantile(0.99)),
            p999: ms(histogram.value_at_quantile(0.999)),
            max: ms(histogram.max()),
        })
    }
}

/// What was measured after the warm-up.
pub(crate) struct Measured<'a> {
    pub(crate) stored: u64,
    pub(crate) readings: u64,
    pub(crate) seconds: f64,
    pub(crate) latency: &'a Histogram<u64>,
}

impl Report {
    pub(crate) fn of(
        endpoint: &Endpoint,
        plan: &Plan,
        connections: usize,
        counters: &Counters,
        measured: Measured<'_>,
    ) -> Self {
        let (kind, latency_from, wanted_per_second) = match plan.pace {
            Pace::Answered { .. } => ("closed", "sent", None),
            Pace::Rate { per_second, .. } => ("open", "due", Some(per_second)),
        };
        let per_second =
            |count: u64| if measured.seconds > 0.0 { count as f64 / measured.seconds } else { 0.0 };
        Self {
            input: endpoint.input(),
            target: endpoint.target().address().to_string(),
            stored_by: endpoint.keeper(),
            r#loop: kind,
            latency_from,
            wanted_per_second,
            connections,
            window: plan.pace.window(),
            seconds: 0.0,
            measured_seconds: measured.seconds,
            sent: counters.sent.load(Relaxed),
            stored: counters.stored.load(Relaxed),
            stored_per_second: per_second(measured.stored),
            readings_per_second: per_second(measured.readings),
            refused: BTreeMap::new(),
            unavailable: counters.unavailable.load(Relaxed),
            connections_lost: counters.lost.load(Relaxed),
            latency_ms: Latency::of(measured.latency),
            histogram_us: measured
                .latency
                .iter_recorded()
                .map(|step| (step.value_iterated_to(), step.count_at_value()))
                .collect(),
            faults: Vec::new(),
            connections_given_up: 0,
            behind: None,
        }
    }

    pub(crate) fn lasting(self, took: Duration) -> Self {
        Self { seconds: took.as_secs_f64(), ..self }
    }

    pub(crate) fn with_refusals(self, refused: BTreeMap<String, u64>) -> Self {
        Self { refused, ..self }
    }

    pub(crate) fn with_faults(mut self, faults: impl Iterator<Item = String>) -> Self {
        for fault in faults {
            self.connections_given_up += 1;
            if self.faults.len() < FAULTS {
                self.faults.push(fault);
            }
        }
        self
    }

    /// Whether all that was sent was stored, and every connection lasted to the end.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let arrived = self.behind.is_none_or(|behind| behind.refused == 0 && behind.stored >= self.stored);
        let answered = self.refused.is_empty() && self.unavailable == 0 && self.stored > 0;
        answered && arrived && self.connections_given_up == 0
    }
}
