//! Counters in Prometheus' text format (version 0.0.4). No label holds anything of a person.

use std::fmt::{Display, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use seal::Micros;

use super::histogram::Counted;
use super::{FeedTally, Metrics};
use crate::record::LeftOutTerm;
use crate::roster::Post;

/// How far one destination has got.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) name: String,
    /// Entries that it has not answered yet.
    pub(crate) waiting: u64,
    /// Refused messages that wait for a person or to be sent again.
    pub(crate) letters: u64,
    /// Seconds since the oldest of those that wait came, 0 when none waits; known of batches only.
    pub(crate) oldest: Option<f64>,
    /// Readings that were in no message, since the destination was first seen.
    pub(crate) left_out: Vec<LeftOutTerm>,
}

/// When certificates end that the gateway relies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// What they are for.
    pub(crate) what: String,
    /// Their file.
    pub(crate) file: String,
    /// The earliest end among them.
    pub(crate) until: Micros,
}

/// Everything counted, with the sources, the destinations, the ends of certificates and the database's size in bytes.
pub(crate) fn exposition(
    metrics: &Metrics,
    posts: &[Arc<Post>],
    destinations: &[Destination],
    endings: &[Ending],
    stored: u64,
) -> String {
    let mut page = Page::default();
    page.totals(metrics);
    page.sources(posts);
    page.destinations(metrics, destinations);
    let name = "certificate_ends_timestamp_seconds";
    page.family(name, "gauge", "When a certificate ends, in seconds since the epoch");
    for Ending { what, file, until } in endings {
        page.line(name, &[("what", what), ("file", file)], until.0 as f64 / 1e6);
    }
    page.family("store_size_bytes", "gauge", "Size of the database and its log on disk");
    page.line("store_size_bytes", &[], stored as f64);
    page.0
}

/// A label's name and value.
type Label<'a> = (&'a str, &'a dyn Display);

#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP medseal_{name} {help}.\n# TYPE medseal_{name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[Label<'_>], value: f64) {
        let _ = write!(self.0, "medseal_{name}");
        for (index, (label, text)) in labels.iter().enumerate() {
            let before = if index == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{before}{label}=\"{}\"", quoted(&text.to_string()));
        }
        let after = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{after} {value}");
    }

    fn histogram(&mut self, name: &str, labels: &[Label<'_>], counted: &Counted) {
        let bucket = format!("{name}_bucket");
        for (bound, count) in &counted.at_most {
            let labels = [labels, &[("le", bound as &dyn Display)]].concat();
            self.line(&bucket, &labels, *count as f64);
        }
        self.line(&bucket, &[labels, &[("le", &"+Inf" as &dyn Display)]].concat(), counted.count as f64);
        self.line(&format!("{name}_sum"), labels, counted.sum);
        self.line(&format!("{name}_count"), labels, counted.count as f64);
    }

    fn totals(&mut self, metrics: &Metrics) {
        let now = metrics.snapshot();
        let counters = [
            ("batches_verified", "Sealed batches verified and committed", now.batches_verified),
            ("unsealed_stored", "Messages without a seal committed", now.unsealed_stored),
            ("duplicates", "Messages that came again unchanged", now.duplicates),
            ("readings_stored", "Readings committed", now.readings_stored),
            ("stored_bytes", "Bytes committed as received", now.bytes_stored),
            ("commits", "Transactions synced to disk", now.commits),
            ("unavailable", "Messages left unacknowledged for a fault of the disk", now.unavailable),
            ("connections", "Connections accepted", now.connections),
            (
                "connections_refused",
                "Connections refused or ended for a fault of the peer",
                now.connections_refused,
            ),
            (
                "certificates_renewed",
                "Renewed certificates of our own that were taken up",
                now.certificates_renewed,
            ),
            ("tokens_given", "Access tokens given out", now.tokens_given),
            ("tokens_refused", "Requests for an access token that were refused", now.tokens_refused),
            ("deliveries_sent", "Messages sent to destinations", now.ehr_sent),
            ("deliveries_accepted", "Messages that a destination took", now.ehr_acknowledged),
            ("deliveries_refused", "Messages that a destination refused for good", now.ehr_refused),
        ];
        for (name, help, value) in counters {
            self.family(&format!("{name}_total"), "counter", help);
            self.line(&format!("{name}_total"), &[], value as f64);
        }
        self.family("refused_total", "counter", "Messages refused, by reason");
        for (reason, count) in &now.refused {
            self.line("refused_total", &[("reason", reason)], *count as f64);
        }
        for (name, help, counted) in [
            (
                "commit_latency_seconds",
                "From receiving a message to its commit",
                metrics.commit_latency.seconds(),
            ),
            ("commit_time_seconds", "Time of a transaction with its sync", metrics.commit_time.seconds()),
            ("commit_messages", "Messages that one transaction answered", metrics.commit_messages.numbers()),
        ] {
            self.family(name, "histogram", help);
            self.histogram(name, &[], &counted);
        }
    }

    fn sources(&mut self, posts: &[Arc<Post>]) {
        type Count = fn(&Post) -> u64;
        let gauges: [(&str, &str, &str, Count); 7] = [
            ("source_open", "gauge", "Connections open at a source", |post| post.open().0 as u64),
            ("source_connections_total", "counter", "Connections that a source accepted", |post| {
                post.accepted.load(Relaxed)
            }),
            (
                "source_connections_refused_total",
                "counter",
                "Connections that a source refused or ended for a fault of the peer",
                |post| post.refused.load(Relaxed),
            ),
            ("source_messages_total", "counter", "Messages that a source was handed", |post| {
                post.messages.load(Relaxed)
            }),
            ("source_stored_total", "counter", "Messages of a source that were stored", |post| {
                post.tally.stored.load(Relaxed)
            }),
            ("source_duplicates_total", "counter", "Messages of a source that came again", |post| {
                post.tally.duplicates.load(Relaxed)
            }),
            (
                "source_unavailable_total",
                "counter",
                "Messages of a source that could not be stored at that time",
                |post| post.tally.unavailable.load(Relaxed),
            ),
        ];
        for (name, kind, help, count) in gauges {
            self.family(name, kind, help);
            for post in posts {
                self.line(name, &labels(post), count(post) as f64);
            }
        }
        self.family("source_refused_total", "counter", "Messages of a source that were refused, by reason");
        for post in posts {
            for (reason, count) in post.tally.refused() {
                let labels = [&labels(post)[..], &[("reason", &reason)]].concat();
                self.line("source_refused_total", &labels, count as f64);
            }
        }
        let name = "source_answer_seconds";
        self.family(name, "histogram", "From a message's receipt to its answer");
        for post in posts {
            self.histogram(name, &labels(post), &post.tally.latency.seconds());
        }
    }

    fn destinations(&mut self, metrics: &Metrics, destinations: &[Destination]) {
        type Gauge = fn(&Destination) -> Option<f64>;
        let gauges: [(&str, &str, Gauge); 3] = [
            ("feed_waiting", "Entries that a destination has not answered yet", |one| {
                Some(one.waiting as f64)
            }),
            ("feed_oldest_seconds", "Age of the oldest of them", |one| one.oldest),
            ("feed_letters", "Refused messages that wait for a person or to be sent again", |one| {
                Some(one.letters as f64)
            }),
        ];
        for (name, help, gauge) in gauges {
            self.family(name, "gauge", help);
            for one in destinations {
                if let Some(value) = gauge(one) {
                    self.line(name, &[("feed", &one.name)], value);
                }
            }
        }
        type Counter = fn(&FeedTally) -> &AtomicU64;
        let counters: [(&str, &str, Counter); 5] = [
            ("feed_connections_total", "Connections made to a destination", |feed| &feed.connections),
            (
                "feed_interruptions_total",
                "Connections to a destination that were lost or did not come about",
                |feed| &feed.interruptions,
            ),
            ("feed_sent_total", "Messages sent to a destination", |feed| &feed.sent),
            ("feed_accepted_total", "Messages that a destination took", |feed| &feed.accepted),
            ("feed_refused_total", "Messages that a destination refused for good", |feed| &feed.refused),
        ];
        for (name, help, counter) in counters {
            self.family(name, "counter", help);
            for one in destinations {
                let count = counter(&metrics.feed(&one.name)).load(Relaxed);
                self.line(name, &[("feed", &one.name)], count as f64);
            }
        }
        let name = "feed_left_out_total";
        self.family(name, "counter", "Readings that were in no message to a destination, by code and reason");
        for one in destinations {
            for term in &one.left_out {
                let code = term.code.map_or("other".to_owned(), |code| code.to_string());
                let labels: [Label<'_>; 3] = [("feed", &one.name), ("code", &code), ("reason", &term.why)];
                self.line(name, &labels, term.count as f64);
            }
        }
    }
}

/// What tells sources apart.
fn labels(post: &Post) -> [Label<'_>; 3] {
    [("source", &post.name), ("kind", &post.kind), ("address", &post.address)]
}

/// A label's value: backslash, quote and line feed are escaped.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests;
