//! Counters in Prometheus' text format (version 0.0.4). No label holds anything of a person.

use std::fmt::Write as _;

use super::Snapshot;

/// How far one destination has got.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) name: String,
    pub(crate) waiting: u64,
    pub(crate) letters: u64,
}

impl Snapshot {
    /// Everything counted, with the destinations.
    pub(crate) fn exposition(&self, destinations: &[Destination]) -> String {
        let counters = [
            ("batches_verified", "Sealed batches verified and committed", self.batches_verified),
            ("unsealed_stored", "Messages without a seal committed", self.unsealed_stored),
            ("duplicates", "Messages that came again unchanged", self.duplicates),
            ("readings_stored", "Readings committed", self.readings_stored),
            ("stored_bytes", "Bytes committed as received", self.bytes_stored),
            ("commits", "Transactions synced to disk", self.commits),
            ("unavailable", "Messages left unacknowledged for a fault of the disk", self.unavailable),
            ("connections", "Connections accepted", self.connections),
            (
                "connections_refused",
                "Connections refused or ended for a fault of the peer",
                self.connections_refused,
            ),
            ("tokens_given", "Access tokens given out", self.tokens_given),
            ("tokens_refused", "Requests for an access token that were refused", self.tokens_refused),
            ("deliveries_sent", "Messages sent to destinations", self.ehr_sent),
            ("deliveries_accepted", "Messages that a destination took", self.ehr_acknowledged),
            ("deliveries_refused", "Messages that a destination refused for good", self.ehr_refused),
        ];
        let mut out = String::new();
        for (name, help, value) in counters {
            family(&mut out, &format!("{name}_total"), "counter", help);
            line(&mut out, &format!("{name}_total"), "", value as f64);
        }
        family(&mut out, "refused_total", "counter", "Messages refused, by reason");
        for (reason, count) in &self.refused {
            line(&mut out, "refused_total", &format!("{{reason=\"{}\"}}", quoted(reason)), *count as f64);
        }
        family(&mut out, "commit_latency_seconds", "summary", "From receiving a message to its commit");
        let latency = &self.commit_latency_ms;
        for (quantile, milliseconds) in [("0.5", latency.p50), ("0.99", latency.p99)] {
            let label = format!("{{quantile=\"{quantile}\"}}");
            line(&mut out, "commit_latency_seconds", &label, milliseconds / 1000.0);
        }
        line(&mut out, "commit_latency_seconds_count", "", latency.count as f64);
        family(&mut out, "destination_waiting", "gauge", "Batches that a destination has not answered yet");
        for one in destinations {
            line(&mut out, "destination_waiting", &destination(one), one.waiting as f64);
        }
        family(
            &mut out,
            "destination_letters",
            "gauge",
            "Refused messages that wait for a person or to be sent again",
        );
        for one in destinations {
            line(&mut out, "destination_letters", &destination(one), one.letters as f64);
        }
        out
    }
}

fn destination(one: &Destination) -> String {
    format!("{{destination=\"{}\"}}", quoted(&one.name))
}

fn family(out: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "# HELP medseal_{name} {help}.\n# TYPE medseal_{name} {kind}");
}

fn line(out: &mut String, name: &str, labels: &str, value: f64) {
    let _ = writeln!(out, "medseal_{name}{labels} {value}");
}

/// A label's value: backslash, quote and line feed are escaped.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use seal::Reason;

    use super::*;
    use crate::metrics::Metrics;

    #[test]
    fn every_sample_belongs_to_the_family_before_it_and_is_there_once() {
        let metrics = Metrics::default();
        metrics.refuse(Reason::BadHash);
        let odd = Destination { name: "e\"h\\r\n".into(), waiting: 3, letters: 1 };
        let text = metrics.snapshot().exposition(&[odd]);
        let (mut family, mut seen) = (String::new(), BTreeSet::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                family = rest.split(' ').next().unwrap().to_owned();
            } else if !line.starts_with('#') {
                let (sample, value) = line.rsplit_once(' ').unwrap();
                assert!(value.parse::<f64>().is_ok(), "{line}");
                assert!(sample.starts_with(&family), "{line} in {family}");
                assert!(seen.insert(sample.to_owned()), "{line} twice");
            }
        }
        assert!(seen.contains("medseal_refused_total{reason=\"bad-hash\"}"), "{seen:?}");
        assert!(text.contains("medseal_destination_waiting{destination=\"e\\\"h\\\\r\\n\"} 3\n"), "{text}");
    }
}
