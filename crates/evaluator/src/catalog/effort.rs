//! What an evaluation takes: minutes and units of the product, as data that a site replaces by its own.

use super::edition::Confidence;
use super::error::CatalogError;
use super::id::CaseId;
use super::tsv::Record;
use serde::Serialize;

/// How long one target of a kind of unit takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// The kind, such as `functional-A`.
    pub kind: String,
    /// Minutes.
    pub minutes: u32,
    /// How sure this is.
    pub confidence: Confidence,
}

/// How many units of the product a case needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Specimens {
    /// The case.
    pub case: CaseId,
    /// How many there must be.
    pub units: u32,
    /// How many of them may be destroyed.
    pub sacrificial: u32,
    /// Why.
    pub why: String,
    /// How sure this is.
    pub confidence: Confidence,
}

/// Reads the estimates.
pub(super) fn estimates(records: &[Record]) -> Result<Vec<Estimate>, CatalogError> {
    let read = |record: &Record| {
        Ok(Estimate {
            kind: record.required("kind")?.to_owned(),
            minutes: record.value("minutes")?,
            confidence: record.value("confidence")?,
        })
    };
    records.iter().map(read).collect()
}

/// Reads what the cases need.
pub(super) fn specimens(records: &[Record]) -> Result<Vec<Specimens>, CatalogError> {
    let read = |record: &Record| {
        Ok(Specimens {
            case: record.value("case")?,
            units: record.value("units")?,
            sacrificial: record.value("sacrificial")?,
            why: record.required("why")?.to_owned(),
            confidence: record.value("confidence")?,
        })
    };
    records.iter().map(read).collect()
}
