//! `A12`: known vulnerabilities of the product's components, and whether a device's own word on a version is the report's.
//!
//! The bill of materials is looked up in an offline snapshot of OSV. That nothing is found is said only of a snapshot that is
//! whole, recent and has records of the component's ecosystem. A version is read by a command of `probe.toml`:
//!
//! | the device tells | 5.5-2-2a |
//! |---|---|
//! | name and version of the report | pass |
//! | the name, with another version | fail |
//! | anything else | inconclusive: an assessor may find that it cannot be obtained |

use super::super::bom::Bom;
use super::super::contract::{Consent, Laboratory, ProbeError, Procedure};
use super::super::limits::{BOM, COMMAND};
use super::super::osv;
use super::super::program::run_words;
use super::super::record::Record;
use crate::product::{RowId, VersionReading, Vulnerabilities};
use crate::verdict::{Subject, Verdict};

pub(super) const PROCEDURE: Procedure = Procedure {
    id: "A12",
    title: "components: known vulnerabilities, versions against reports",
    programs: &[],
    reads: "vulnerabilities and version of probe.toml; table 12",
    decides: &["5.5-2-2a"],
    prepares: &["5.2-3-1a", "5.2-3-1b", "5.5-2-1b"],
    run,
};

fn run(laboratory: &Laboratory<'_>) -> Result<Record, ProbeError> {
    let settings = &laboratory.evaluation.laboratory;
    if settings.vulnerabilities.is_none() && settings.versions.is_empty() {
        return Err(ProbeError::NotDeclared("probe.toml has neither [vulnerabilities] nor [[version]]"));
    }
    if !settings.versions.is_empty() && laboratory.consent == Consent::OnlyAsk {
        return Err(ProbeError::NotAllowed);
    }
    let mut record = Record::own(&PROCEDURE);
    if let Some(vulnerabilities) = &settings.vulnerabilities {
        look_up(laboratory, &mut record, vulnerabilities)?;
    }
    for reading in &settings.versions {
        read_back(laboratory, &mut record, reading)?;
    }
    Ok(record)
}

fn look_up(
    laboratory: &Laboratory<'_>,
    record: &mut Record,
    settings: &Vulnerabilities,
) -> Result<(), ProbeError> {
    let (Some(bom), Some(database), Some(days)) = (&settings.bom, &settings.database, &settings.max_age_days)
    else {
        return Err(ProbeError::Unusable("[vulnerabilities] of probe.toml is not filled in".into()));
    };
    let bytes = laboratory.read(&bom.value, BOM)?;
    let bad = |why: String| ProbeError::File { path: bom.value.clone(), why };
    let text = std::str::from_utf8(&bytes).map_err(|error| bad(error.to_string()))?;
    let bill = Bom::parse(text).map_err(|error| bad(error.to_string()))?;
    (laboratory.tell)(&format!("A12: looking up {} components", bill.components.len()));
    let path = laboratory.file(&database.value);
    let scan = osv::scan(&path, &bill.components, jiff::Timestamp::now(), days.value)
        .map_err(|error| ProbeError::File { path: database.value.clone(), why: error.to_string() })?;
    record.did(format!("look up {} in {}, at most {} days old", bom.value, database.value, days.value));
    record.read(bom.value.as_str(), bytes.as_slice());
    let newest = scan.newest.map(|newest| newest.to_string()).unwrap_or_default();
    record.found(&format!("{} records, the newest of {newest}", scan.records));
    for hit in &scan.hits {
        let component = &hit.component;
        let sure = if hit.is_certain {
            "VULNERABLE"
        } else {
            "to be looked at, the versions' order is not known here"
        };
        record.found(&format!(
            "{} {} {}: {sure}: {} {}",
            component.ecosystem, component.name, component.version, hit.id, hit.summary
        ));
    }
    let without = bill.components.iter().filter(|component| !scan.ecosystems.contains(&component.ecosystem));
    let mut missing: Vec<&str> = without.map(|component| component.ecosystem.as_str()).collect();
    missing.dedup();
    for ecosystem in missing {
        record.found(&format!("no record at all is about {ecosystem}: its components were not looked up"));
        record.lacks.push(format!("{}: no record about {ecosystem}", database.value));
    }
    for name in &bill.unknown {
        record.found(&format!("{name}: the bill of materials names no package that could be looked up"));
    }
    let count = scan.hits.len();
    record.found(&format!("{} components looked up, {count} hit(s)", bill.components.len()));
    Ok(())
}

fn read_back(
    laboratory: &Laboratory<'_>,
    record: &mut Record,
    reading: &VersionReading,
) -> Result<(), ProbeError> {
    let (Some(row), Some(name), Some(version)) = (&reading.row, &reading.name, &reading.version) else {
        return Err(ProbeError::Unusable("a [[version]] of probe.toml is not filled in".into()));
    };
    let words: Vec<String> = reading.command.iter().map(|word| word.value.clone()).collect();
    let said = run_words(&words, laboratory.folder, COMMAND)?;
    record.took(&said);
    let (verdict, note) = told(&said.text(), &name.value, &version.value);
    if let Some(id) = RowId::parse(&row.value) {
        record.decide(laboratory.catalog, "5.5-2-2a", Subject::Row(id), verdict, 1, &note);
    }
    Ok(())
}

/// What a device's word on a version is worth.
fn told(text: &str, name: &str, version: &str) -> (Verdict, String) {
    let is_part = |c: char| c.is_alphanumeric() || ".-_+~".contains(c);
    let words = || text.split(|c: char| !is_part(c)).filter(|word| !word.is_empty());
    let wanted = version.trim_start_matches('v');
    let has_version = words().any(|word| word.trim_start_matches('v').trim_end_matches('.') == wanted);
    let has_name = text.to_lowercase().contains(&name.to_lowercase());
    let others: Vec<&str> = words()
        .filter(|word| {
            word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()) && word.contains('.')
        })
        .take(5)
        .collect();
    match (has_name, has_version) {
        (true, true) => (Verdict::Pass, format!("the device tells {name} {version}, as the report does")),
        (true, false) if !others.is_empty() => (
            Verdict::Fail,
            format!("the device tells {name} with {}, the report {version}", others.join(", ")),
        ),
        (true | false, _) => (Verdict::Inconclusive, format!("the device did not tell {name} {version}")),
    }
}

#[cfg(test)]
mod tests {
    use super::told;
    use crate::verdict::Verdict;

    #[test]
    fn another_version_fails_and_silence_does_not() {
        for (text, verdict) in [
            ("rustls 0.23.5", Verdict::Pass),
            ("Rustls/v0.23.5, fine", Verdict::Pass),
            ("{\"name\":\"rustls\",\"version\":\"0.23.5\"}", Verdict::Pass),
            ("rustls 0.23.50", Verdict::Fail),
            ("rustls 0.22.0", Verdict::Fail),
            ("rustls", Verdict::Inconclusive),
            ("0.23.5", Verdict::Inconclusive),
            ("", Verdict::Inconclusive),
        ] {
            assert_eq!(told(text, "rustls", "0.23.5").0, verdict, "{text}");
        }
    }
}
