//! The catalog's files as they are built in, and what a site lays over them.

use super::error::{CatalogError, Fault};
use super::tsv::{self, Record};
use std::collections::BTreeMap;

/// Turns file names with their key columns into a table of name, built-in text and key.
macro_rules! files {
    ($($name:literal: $($key:literal),+;)*) => {
        /// Each file: its name, its built-in text, the columns that name a record of it.
        pub const FILES: &[(&str, &str, &[&str])] = &[
            $(($name, include_str!(concat!("../../../../standards/evaluation/", $name)), &[$($key),+]),)*
        ];
    };
}

files! {
    "features.tsv": "key";
    "conditions.tsv": "edition", "kind", "key";
    "provisions.tsv": "id";
    "provisions_v3.tsv": "id";
    "practice.tsv": "provision";
    "tables.tsv": "no";
    "fields.tsv": "table", "field";
    "testcases.tsv": "id";
    "testunits.tsv": "case", "unit";
    "quantifiers.tsv": "unit";
    "escapes.tsv": "escape";
    "estimates.tsv": "kind";
    "specimens.tsv": "case";
    "automation.tsv": "id";
    "mds2_sections.tsv": "section";
    "mds2.tsv": "id";
    "jsp.tsv": "id";
    "fhir_security.tsv": "id";
    "mitre_rubric.tsv": "metric";
    "contradictions.tsv": "id";
    "crypto.tsv": "pattern";
    "documents.tsv": "document", "section", "key";
}

/// A site's corrections and additions: file name to text.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    files: BTreeMap<String, String>,
}

impl Overlay {
    /// Adds a file.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.files.insert(name.into(), text.into());
    }

    /// The names of its files, each of which must be one of the catalog's.
    pub(super) fn names(&self) -> Result<Vec<String>, CatalogError> {
        for name in self.files.keys() {
            if !FILES.iter().any(|(known, _, _)| known == name) {
                return Err(CatalogError { file: name.clone(), line: 1, fault: Fault::UnknownFile });
            }
        }
        Ok(self.files.keys().cloned().collect())
    }

    /// The records of a file with this overlay's over them.
    pub(super) fn records(&self, name: &str) -> Result<Vec<Record>, CatalogError> {
        let Some((_, text, key)) = FILES.iter().find(|(known, _, _)| *known == name) else {
            return Err(CatalogError { file: name.into(), line: 1, fault: Fault::UnknownFile });
        };
        let mut records = tsv::parse(&format!("standards/evaluation/{name}"), text)?;
        let corrections = match self.files.get(name) {
            Some(text) => tsv::parse(&format!("catalog/{name}"), text)?,
            None => Vec::new(),
        };
        for correction in &corrections {
            lay(&mut records, correction, key)?;
        }
        unique(&records, key)?;
        Ok(records)
    }
}

fn lay(records: &mut Vec<Record>, correction: &Record, key: &[&'static str]) -> Result<(), CatalogError> {
    for record in records.iter_mut() {
        if record.same_key(correction, key)? {
            return record.correct(correction);
        }
    }
    records.push(correction.clone());
    Ok(())
}

fn unique(records: &[Record], key: &[&'static str]) -> Result<(), CatalogError> {
    let mut seen = std::collections::BTreeSet::new();
    for record in records {
        let texts = key.iter().map(|column| record.text(column)).collect::<Result<Vec<_>, _>>()?;
        let name = texts.join(" ");
        if !seen.insert(name.clone()) {
            return Err(record.error(Fault::Twice(name)));
        }
    }
    Ok(())
}
