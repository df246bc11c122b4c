//! The keys of `evaluation.toml`, `dut.toml` and `probe.toml`: what each holds, in our words, for templates and schemas.

use super::error::{CatalogError, Fault};
use super::tsv::Record;
use serde::Serialize;
use std::str::FromStr;

/// What a key holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// Words.
    Text,
    /// True or false.
    Flag,
    /// A whole number from 0.
    Count,
    /// An array of words.
    List,
    /// One of these, with words after a colon.
    Choice(Vec<String>),
}

impl FromStr for EntryKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(EntryKind::Text),
            "flag" => Ok(EntryKind::Flag),
            "count" => Ok(EntryKind::Count),
            "list" => Ok(EntryKind::List),
            _ => match text.strip_prefix("choice(").and_then(|rest| rest.strip_suffix(')')) {
                Some(options) => Ok(EntryKind::Choice(options.split(',').map(str::to_owned).collect())),
                None => Err(format!("`{text}` is no kind of entry")),
            },
        }
    }
}

/// A key of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentEntry {
    /// `evaluation`, `dut` or `probe`.
    pub document: String,
    /// The table it stands in; empty for the top.
    pub section: String,
    /// Whether the section is an array of tables.
    pub is_repeated: bool,
    /// The key.
    pub key: String,
    /// What it holds.
    pub kind: EntryKind,
    /// Whether it must be there.
    pub is_required: bool,
    /// What to write there.
    pub guidance: String,
    /// What the sample product has there; empty if nothing.
    pub example: String,
}

/// Reads the entries.
pub(super) fn entries(records: &[Record]) -> Result<Vec<DocumentEntry>, CatalogError> {
    records.iter().map(entry).collect()
}

fn entry(record: &Record) -> Result<DocumentEntry, CatalogError> {
    let section = record.text("section")?;
    let (section, is_repeated) = section.strip_suffix("[]").map_or((section, false), |name| (name, true));
    let is_required = match record.required("need")? {
        "required" => true,
        "optional" => false,
        other => return Err(record.error(Fault::Value { column: "need", what: format!("`{other}`") })),
    };
    Ok(DocumentEntry {
        document: record.required("document")?.to_owned(),
        section: section.to_owned(),
        is_repeated,
        key: record.required("key")?.to_owned(),
        kind: record.value("kind")?,
        is_required,
        guidance: record.required("guidance")?.to_owned(),
        example: record.text("example")?.to_owned(),
    })
}
