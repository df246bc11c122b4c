//! Pairs of statements that cannot both be true, as data.
//!
//! A statement is one of
//!
//! ```text
//! feature KEY yes|no                 a feature as declared
//! ics PROVISION Y|N|N/A              an answer of the conformance statement (names of V2.1.1)
//! ixit TABLE rows|none               the table has rows, or is empty for a reason
//! ixit TABLE.FIELD has OPTION        some row has the option
//! ixit TABLE.FIELD lacks OPTION      some row does not have it
//! ixit TABLE.FIELD never OPTION      there are rows, and none has it
//! ixit TABLE.FIELD names WORD        some entry begins with the word
//! ixit TABLE.FIELD given|none        some row says something, or that there is nothing
//! mds2|jsp|fhir QUESTION OPTION      an answer of a questionnaire
//! dut sbom|services|service-data yes|no
//! ```

use super::error::{CatalogError, Fault};
use super::id::{ProvisionId, TableNo};
use super::provision::FeatureKey;
use super::tsv::Record;
use serde::Serialize;

/// A statement about a product's declaration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statement {
    /// A feature has been answered so.
    Feature(FeatureKey, bool),
    /// A provision has been answered so: the provision, the answer's name.
    Ics(ProvisionId, String),
    /// A table has rows (true) or is empty for a reason (false).
    Table(TableNo, bool),
    /// A field of some row: table, the field's key, what about it.
    Field(TableNo, String, FieldTest),
    /// A question has been answered so: questionnaire, question, option.
    Answer(String, String, String),
    /// There is a bill of materials, or not.
    Sbom(bool),
    /// There are services, or not.
    Services(bool),
    /// Some service stores personal data, or none of those listed does.
    ServiceData(bool),
}

/// What is said of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldTest {
    /// Some row has the option.
    Has(String),
    /// Some row has a value without it.
    Lacks(String),
    /// There are rows with values, and none has it.
    Never(String),
    /// Some entry begins with the word, whatever its case.
    Names(String),
    /// Some row says something.
    Given,
    /// Some row says that there is nothing.
    None,
}

/// Two statements that cannot both be true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// Its name.
    pub id: String,
    /// Where a finding is reported.
    pub left: Statement,
    /// What it contradicts.
    pub right: Statement,
    /// Whether both cannot be true; otherwise they seldom are.
    pub is_certain: bool,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// Reads the contradictions.
pub(super) fn contradictions(records: &[Record]) -> Result<Vec<Contradiction>, CatalogError> {
    records.iter().map(contradiction).collect()
}

fn contradiction(record: &Record) -> Result<Contradiction, CatalogError> {
    let is_certain = match record.required("strength")? {
        "error" => true,
        "warning" => false,
        other => return Err(record.error(Fault::Value { column: "strength", what: format!("`{other}`") })),
    };
    Ok(Contradiction {
        id: record.required("id")?.to_owned(),
        left: side(record, "left")?,
        right: side(record, "right")?,
        is_certain,
        message: record.required("message")?.to_owned(),
        help: record.required("help")?.to_owned(),
    })
}

fn side(record: &Record, column: &'static str) -> Result<Statement, CatalogError> {
    let text = record.required(column)?;
    let malformed = || Fault::Value { column, what: format!("`{text}` is no statement") };
    statement(text).ok_or_else(|| record.error(malformed()))
}

fn statement(text: &str) -> Option<Statement> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let yes = |word: &str| match word {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    match words.as_slice() {
        ["feature", key, answer] => Some(Statement::Feature(FeatureKey::new(key), yes(answer)?)),
        ["ics", id, answer @ ("Y" | "N" | "N/A")] => {
            Some(Statement::Ics(id.parse().ok()?, (*answer).to_owned()))
        }
        ["ixit", table, "rows"] => Some(Statement::Table(table.parse().ok()?, true)),
        ["ixit", table, "none"] if !table.contains('.') => Some(Statement::Table(table.parse().ok()?, false)),
        ["ixit", field, test @ ..] => {
            let (table, key) = field.split_once('.')?;
            Some(Statement::Field(table.parse().ok()?, key.to_owned(), field_test(test)?))
        }
        [questionnaire @ ("mds2" | "jsp" | "fhir"), question, option] => {
            let owned = |word: &str| word.to_owned();
            Some(Statement::Answer(owned(questionnaire), owned(question), owned(option)))
        }
        ["dut", "sbom", answer] => Some(Statement::Sbom(yes(answer)?)),
        ["dut", "services", answer] => Some(Statement::Services(yes(answer)?)),
        ["dut", "service-data", answer] => Some(Statement::ServiceData(yes(answer)?)),
        _ => None,
    }
}

fn field_test(words: &[&str]) -> Option<FieldTest> {
    let owned = |word: &str| word.to_owned();
    match words {
        ["has", option] => Some(FieldTest::Has(owned(option))),
        ["lacks", option] => Some(FieldTest::Lacks(owned(option))),
        ["never", option] => Some(FieldTest::Never(owned(option))),
        ["names", word] => Some(FieldTest::Names(owned(word))),
        ["given"] => Some(FieldTest::Given),
        ["none"] => Some(FieldTest::None),
        _ => None,
    }
}
