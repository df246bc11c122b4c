//! `A03`: whether something that was put into the product is seen in recorded traffic.
//!
//! A hit speaks against the units, with the numbers of the frames. No hit is no indication: the traffic may be encrypted,
//! transformed otherwise, or not have been recorded.

use super::super::canary::sightings;
use super::super::capture::Capture;
use super::super::contract::{Laboratory, ProbeError, Procedure};
use super::super::limits::{CANARY, CAPTURE};
use super::super::record::Record;
use crate::product::Recording;
use crate::verdict::Subject;

pub(super) const PROCEDURE: Procedure = Procedure {
    id: "A03",
    title: "words that must not be seen in recorded traffic",
    programs: &[],
    reads: "capture of probe.toml",
    decides: &[],
    prepares: &["5.5-6-2a", "5.8-1-2a", "5.8-2-2a"],
    run,
};

/// Frames that a finding names; the rest are counted.
const NAMED: usize = 20;

fn run(laboratory: &Laboratory<'_>) -> Result<Record, ProbeError> {
    let captures = &laboratory.evaluation.laboratory.captures;
    if captures.is_empty() {
        return Err(ProbeError::NotDeclared("probe.toml has no [[capture]]"));
    }
    let mut record = Record::own(&PROCEDURE);
    for recording in captures {
        search(laboratory, &mut record, recording)?;
    }
    Ok(record)
}

fn search(laboratory: &Laboratory<'_>, record: &mut Record, recording: &Recording) -> Result<(), ProbeError> {
    let Some(file) = recording.file.as_ref().filter(|_| !recording.canaries.is_empty()) else {
        return Err(ProbeError::Unusable("a [[capture]] of probe.toml is not filled in".into()));
    };
    if let Some(short) = recording.canaries.iter().find(|canary| canary.value.len() < CANARY) {
        let why = format!("{}: a canary of less than {CANARY} bytes turns up by chance", short.at);
        return Err(ProbeError::Unusable(why));
    }
    let bytes = laboratory.read(&file.value, CAPTURE)?;
    let failed = |why: String| ProbeError::File { path: file.value.clone(), why };
    let capture = Capture::parse(&bytes).map_err(|error| failed(error.to_string()))?;
    record.read(file.value.as_str(), bytes.as_slice());
    record.did(format!("search {} for {} canaries", file.value, recording.canaries.len()));
    let end = if capture.is_cut { ", the last one cut" } else { "" };
    record.found(&format!("{}: {} frames{end}", file.value, capture.frames.len()));
    for canary in &recording.canaries {
        (laboratory.tell)(&format!("A03: looking for `{}` in {}", canary.value, file.value));
        let found = sightings(&capture, &canary.value);
        if found.is_empty() {
            record.found(&format!("{}: no indication of `{}`", file.value, canary.value));
            continue;
        }
        let named: Vec<String> =
            found.iter().take(NAMED).map(|seen| format!("{} ({})", seen.frame, seen.form)).collect();
        let more = found.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let note = format!("`{}` is in {}, frames {}{more}", canary.value, file.value, named.join(", "));
        for unit in PROCEDURE.prepares {
            record.against(unit, Subject::Product, &note);
        }
    }
    Ok(())
}
