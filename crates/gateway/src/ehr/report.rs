//! A received message as one line of JSON.

use std::net::IpAddr;

use clinical::ack::Verdict;
use clinical::nomenclature;
use clinical::pcd::{Missing, Observation, Observed, Processing, Report};
use clinical::validate::Finding;
use seal::Micros;
use serde_json::{Value, json};

/// A message that was read.
pub(super) fn message(
    received: Micros,
    peer: IpAddr,
    verdict: Verdict,
    findings: &[Finding],
    report: Option<&Report<'_>>,
) -> String {
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| json!({ "at": finding.at.map(|at| at.to_string()), "error": finding.kind.code(), "text": finding.kind.text() }))
        .collect();
    let mut line = json!({
        "received": received.0,
        "peer": peer.to_string(),
        "accepted": verdict == Verdict::Accepted,
        "findings": findings,
    });
    if let (Some(report), Some(line)) = (report, line.as_object_mut()) {
        line.insert("control_id".into(), report.control_id.into());
        line.insert("processing".into(), report.processing.map(Processing::letter).into());
        line.insert("patient".into(), report.patient.as_ref().into());
        line.insert("device".into(), report.device.as_ref().into());
        let seal = report.seal.map(|seal| {
            json!({ "hash": seal.hash, "device": seal.device, "counter": seal.counter, "resent": seal.resent })
        });
        line.insert("seal".into(), seal.into());
        line.insert("observations".into(), with_values(report).map(observation).collect());
    }
    line.to_string()
}

/// Something that could not be read as a message.
pub(super) fn refusal(received: Micros, peer: IpAddr, why: &str) -> String {
    json!({ "received": received.0, "peer": peer.to_string(), "accepted": false, "refused": why }).to_string()
}

/// How many rows have a value.
pub(super) fn values(report: &Report<'_>) -> u64 {
    with_values(report).count() as u64
}

fn with_values<'r, 'a>(report: &'r Report<'a>) -> impl Iterator<Item = &'r Observation<'a>> {
    report.observations.iter().filter(|row| row.value != Observed::Missing(Missing::Empty))
}

fn observation(row: &Observation<'_>) -> Value {
    let value = match &row.value {
        // As text: a decimal keeps the digits that were measured, which a JSON number need not.
        Observed::Number(number) => number.to_string().into(),
        Observed::Samples(samples) => {
            samples.iter().map(|sample| sample.map(|value| value.to_string())).collect()
        }
        Observed::Text(text) => text.as_ref().into(),
        Observed::Missing(Missing::Empty | Missing::Sentinel) => Value::Null,
    };
    json!({
        "code": row.code.0,
        "name": nomenclature::refid(row.code),
        "value": value,
        "unit": row.unit.and_then(nomenclature::ucum),
        "time": row.time.map(|time| time.0),
        "flags": row.flags.0,
    })
}
