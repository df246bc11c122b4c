//! What a ward has to say at its end, for machines and for people.

use serde::Serialize;
use std::collections::BTreeMap;

/// The JSON object that `medseal ward --json` prints.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Report {
    /// Bedside monitors.
    pub(crate) devices: u64,
    /// Batches that got a counter from an element.
    pub(crate) batches_sealed: u64,
    /// Batches verified and on disk at the gateway.
    pub(crate) batches_verified: u64,
    /// Batches still in the devices' spools.
    pub(crate) batches_spooled: u64,
    /// Refused messages by reason.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Readings in the verified batches.
    pub(crate) readings_stored: u64,
    /// Messages sent to the EHR.
    pub(crate) ehr_sent: u64,
    /// Messages the EHR acknowledged.
    pub(crate) ehr_acknowledged: u64,
    /// From a sample to its event at the dashboard.
    pub(crate) latency_ms: Latency,
    /// From the process's start to the first verified reading.
    pub(crate) first_reading_ms: Option<f64>,
    /// Seals made a second, over the ward's run.
    pub(crate) seals_per_second: f64,
    /// Resident memory of the whole process at the end.
    pub(crate) resident_mib: f64,
    /// Attacks made, and what became of each; only with --attack.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) attacks: Vec<AttackResult>,
    /// What was wrong, in words; empty when all is well.
    pub(crate) failures: Vec<String>,
}

/// Percentiles in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// One attack and its end.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AttackResult {
    /// What was tried.
    pub(crate) attack: String,
    /// The gateway's reason for refusing it.
    pub(crate) refused_as: Option<String>,
    /// Whether the gateway stored it as verified. It never may.
    pub(crate) got_through: bool,
}

impl Report {
    /// Adds to the failures whatever the counts say went wrong: something sealed that is neither stored nor spooled,
    /// something measured that was lost, a message the EHR says it never took.
    pub(crate) fn judge(&mut self, lost: u64, ehr_accepted: u64) {
        if self.batches_sealed > self.batches_verified + self.batches_spooled {
            let missing = self.batches_sealed - self.batches_verified - self.batches_spooled;
            self.failures.push(format!("{missing} sealed batches are neither stored nor spooled"));
        }
        if lost > 0 {
            self.failures.push(format!("{lost} batches were lost at the monitors"));
        }
        if self.ehr_acknowledged > ehr_accepted {
            let said = self.ehr_acknowledged;
            self.failures
                .push(format!("{said} deliveries acknowledged, but the EHR accepted {ehr_accepted}"));
        }
        if self.batches_verified == 0 {
            self.failures.push("nothing was verified".into());
        }
    }
}

impl Latency {
    /// From samples in milliseconds, in any order.
    pub(crate) fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let rank = (part * samples.len() as f64).ceil() as usize;
            samples.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self { p50: at(0.50), p99: at(0.99) }
    }
}

/// Resident memory of this process in MiB, from the kernel's account of it.
pub(crate) fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default();
    kib / 1024.0
}

#[cfg(test)]
mod tests {
    use super::Latency;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let latency = Latency::of((1..=200).rev().map(f64::from).collect());
        assert_eq!((latency.p50, latency.p99), (100.0, 198.0));
        assert_eq!(Latency::of(Vec::new()).p99, 0.0);
    }
}
