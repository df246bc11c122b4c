//! `A04`: default and shared credentials, by those of several units.
//!
//! What is found speaks against the units; a person judges. One unit alone shows nothing. No credential is written into the
//! evidence, which names the units and the hash of the table.

use super::super::contract::{Laboratory, ProbeError, Procedure};
use super::super::credentials;
use super::super::limits::CREDENTIALS;
use super::super::record::Record;
use crate::product::{RowId, UnitCredentials};
use crate::verdict::Subject;
use std::collections::BTreeSet;

pub(super) const PROCEDURE: Procedure = Procedure {
    id: "A04",
    title: "credentials of several units compared",
    programs: &[],
    reads: "credentials of probe.toml; table 1",
    decides: &[],
    prepares: &["5.1-1-2c", "5.1-2-2a", "5.4-4-1b"],
    run,
};

fn run(laboratory: &Laboratory<'_>) -> Result<Record, ProbeError> {
    let samples = &laboratory.evaluation.laboratory.credentials;
    if samples.is_empty() {
        return Err(ProbeError::NotDeclared("probe.toml has no [[credentials]]"));
    }
    let mut record = Record::own(&PROCEDURE);
    for sample in samples {
        compare(laboratory, &mut record, sample)?;
    }
    Ok(record)
}

fn compare(
    laboratory: &Laboratory<'_>,
    record: &mut Record,
    sample: &UnitCredentials,
) -> Result<(), ProbeError> {
    let (Some(row), Some(file)) = (&sample.row, &sample.file) else {
        return Err(ProbeError::Unusable("a [[credentials]] of probe.toml is not filled in".into()));
    };
    let text = |path: &str| -> Result<String, ProbeError> {
        let bytes = laboratory.read(path, CREDENTIALS)?;
        let no_text = |_| ProbeError::File { path: path.to_owned(), why: "it is not UTF-8 text".into() };
        String::from_utf8(bytes).map_err(no_text)
    };
    let table = text(&file.value)?;
    let failed = |why: String| ProbeError::File { path: file.value.clone(), why };
    let units = credentials::read(&table).map_err(|error| failed(error.to_string()))?;
    record.read(file.value.as_str(), table.as_bytes());
    record.did(format!("compare the credentials in {}", file.value));
    let words: BTreeSet<String> = match &sample.words {
        Some(words) => {
            let list = text(&words.value)?;
            record.read(words.value.as_str(), list.as_bytes());
            list.lines().map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty()).collect()
        }
        None => BTreeSet::new(),
    };
    if units.len() < 2 {
        let words = format!("{}: {} unit(s), two are needed at least", file.value, units.len());
        record.found(&words);
        record.lacks.push(words);
        return Ok(());
    }
    let found = credentials::statistics(&units, &words);
    for fact in &found.facts {
        record.found(&format!("{}: {fact}", row.value));
    }
    let subject = RowId::parse(&row.value).map_or(Subject::Product, Subject::Row);
    for note in &found.against {
        for unit in ["5.1-1-2c", "5.1-2-2a"] {
            record.against(unit, subject.clone(), note);
        }
    }
    if found.against.is_empty() {
        record.found(&format!("{}: no indication of a shared or derived credential", row.value));
    }
    Ok(())
}
