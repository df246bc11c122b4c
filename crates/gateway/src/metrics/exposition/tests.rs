//! The page by itself, and as Prometheus' own tool reads it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use seal::{Code, Micros, Reason};

use super::*;
use crate::pipeline::{Outcome, Rejection};
use crate::record::{BatchId, WhyLeftOut};
use crate::roster::{Guard, Kind, Roster};

/// A page on which everything has been counted.
fn page() -> String {
    let metrics = Metrics::default();
    metrics.refuse(Reason::BadHash);
    metrics.commit_messages.record_number(7);
    let roster = Roster::default();
    for (kind, name) in [(Kind::Mllp, "icu"), (Kind::Mqtt, "mqtt")] {
        let post = roster.listener(kind, name, "127.0.0.1:2575".parse().unwrap(), Guard::Plain);
        let rejection = Rejection { reason: Reason::BadHash, detail: String::new(), counter: None };
        for outcome in [
            Outcome::Committed(BatchId(1)),
            Outcome::Duplicate,
            Outcome::Unavailable,
            Outcome::Refused(rejection),
        ] {
            post.tally.answered(&outcome, Instant::now());
        }
    }
    let term = |code, count| LeftOutTerm {
        code,
        why: WhyLeftOut::Unlisted,
        count,
        first: Micros(1),
        last: Micros(2),
    };
    let left_out = vec![term(Some(Code(150_456)), 9), term(None, 1)];
    let odd = Destination { name: "e\"h\\r\n".into(), waiting: 3, letters: 1, oldest: Some(2.5), left_out };
    metrics.feed(&odd.name).sent.fetch_add(4, Relaxed);
    let ending = |what: &str, seconds: i64| Ending {
        what: what.into(),
        file: "a b.pem".into(),
        until: Micros(seconds * 1_000_000),
    };
    let endings = [ending("this gateway", 1_900_000_000), ending("CA of the clients of icu", 2_000_000_000)];
    exposition(&metrics, &roster.all(), &[odd], &endings, 4096)
}

#[test]
fn every_sample_belongs_to_the_family_before_it_and_is_there_once() {
    let text = page();
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
    for line in [
        "medseal_refused_total{reason=\"bad-hash\"} 1",
        "medseal_feed_waiting{feed=\"e\\\"h\\\\r\\n\"} 3",
        "medseal_feed_oldest_seconds{feed=\"e\\\"h\\\\r\\n\"} 2.5",
        "medseal_feed_left_out_total{feed=\"e\\\"h\\\\r\\n\",code=\"150456\",reason=\"unlisted\"} 9",
        "medseal_feed_left_out_total{feed=\"e\\\"h\\\\r\\n\",code=\"other\",reason=\"unlisted\"} 1",
        "medseal_feed_sent_total{feed=\"e\\\"h\\\\r\\n\"} 4",
        "medseal_source_refused_total{source=\"icu\",kind=\"mllp\",address=\"127.0.0.1:2575\",reason=\"bad-hash\"} 1",
        "medseal_source_answer_seconds_count{source=\"mqtt\",kind=\"mqtt\",address=\"127.0.0.1:2575\"} 4",
        "medseal_commit_messages_bucket{le=\"16\"} 1",
        "medseal_store_size_bytes 4096",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line}:\n{text}");
    }
}

/// Every family stands in the table of docs/operation.md, and the table names no other.
#[test]
fn the_table_of_the_operators_guide_is_whole() {
    let guide = include_str!("../../../../../docs/operation.md");
    let told: BTreeSet<_> =
        guide.lines().filter_map(|line| line.strip_prefix("| `medseal_")?.split('`').next()).collect();
    let text = page();
    let families = text.lines().filter_map(|line| line.strip_prefix("# TYPE medseal_")?.split(' ').next());
    assert_eq!(families.collect::<BTreeSet<_>>(), told);
}

#[test]
fn prometheus_own_tool_finds_nothing_to_say() {
    let mut child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("needed: apt-get install prometheus");
    child.stdin.take().unwrap().write_all(page().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
}
