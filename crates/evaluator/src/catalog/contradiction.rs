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
//! ixit TABLE.FIELD never OPTION,...  there are rows, and none has any of them
//! ixit TABLE.FIELD names WORD        some entry begins with the word
//! ixit TABLE.FIELD given|none        some row says something, or that there is nothing
//! mds2|jsp|fhir QUESTION OPTION      an answer of a questionnaire
//! dut sbom|services|service-data yes|no
//! ```

use super::error::{CatalogError, Fault};
use super::id::{ProvisionId, TableNo};
use super::ixit::{FieldKind, IxitTable};
use super::provision::{Feature, FeatureKey, Provision};
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
    /// There are rows with values, and none has any of these.
    Never(Vec<String>),
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

/// What statements may speak of.
pub(super) struct Known<'a> {
    pub(super) features: &'a [Feature],
    pub(super) provisions: &'a [Provision],
    pub(super) tables: &'a [IxitTable],
    /// Questionnaire and question.
    pub(super) questions: Vec<(&'static str, &'a str)>,
}

impl Known<'_> {
    /// The name in a statement that nothing is called, if there is one: such a statement would never be found.
    fn stranger(&self, statement: &Statement) -> Option<String> {
        match statement {
            Statement::Feature(key, _) => {
                let is_known = self.features.iter().any(|feature| feature.key == *key);
                (!is_known).then(|| key.to_string())
            }
            Statement::Ics(id, _) => {
                let is_known = self.provisions.iter().any(|provision| provision.id == *id);
                (!is_known).then(|| id.to_string())
            }
            Statement::Field(no, key, test) => {
                let table = self.tables.iter().find(|table| table.no == *no);
                let Some(field) = table.and_then(|table| table.field(key)) else { return Some(key.clone()) };
                let named = match test {
                    FieldTest::Has(option) | FieldTest::Lacks(option) => std::slice::from_ref(option),
                    FieldTest::Never(options) => options.as_slice(),
                    FieldTest::Names(_) | FieldTest::Given | FieldTest::None => return None,
                };
                let is_option = |option: &&String| {
                    matches!(&field.kind, FieldKind::Choice(options) | FieldKind::Set(options)
                        if options.contains(option))
                };
                named.iter().find(|option| !is_option(option)).cloned()
            }
            Statement::Answer(questionnaire, question, _) => {
                let is_it = |known: &(&str, &str)| known.0 == questionnaire && known.1 == question;
                (!self.questions.iter().any(is_it)).then(|| question.clone())
            }
            Statement::Table(..)
            | Statement::Sbom(_)
            | Statement::Services(_)
            | Statement::ServiceData(_) => None,
        }
    }
}

/// Reads the contradictions.
pub(super) fn contradictions(
    records: &[Record],
    known: &Known<'_>,
) -> Result<Vec<Contradiction>, CatalogError> {
    records.iter().map(|record| contradiction(record, known)).collect()
}

fn contradiction(record: &Record, known: &Known<'_>) -> Result<Contradiction, CatalogError> {
    let is_certain = match record.required("strength")? {
        "error" => true,
        "warning" => false,
        other => return Err(record.error(Fault::Value { column: "strength", what: format!("`{other}`") })),
    };
    Ok(Contradiction {
        id: record.required("id")?.to_owned(),
        left: side(record, "left", known)?,
        right: side(record, "right", known)?,
        is_certain,
        message: record.required("message")?.to_owned(),
        help: record.required("help")?.to_owned(),
    })
}

fn side(record: &Record, column: &'static str, known: &Known<'_>) -> Result<Statement, CatalogError> {
    let text = record.required(column)?;
    let malformed = || Fault::Value { column, what: format!("`{text}` is no statement") };
    let statement = statement(text).ok_or_else(|| record.error(malformed()))?;
    match known.stranger(&statement) {
        Some(name) => Err(record.error(Fault::Unknown(name))),
        None => Ok(statement),
    }
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
        ["never", options] => Some(FieldTest::Never(options.split(',').map(owned).collect())),
        ["names", word] => Some(FieldTest::Names(owned(word))),
        ["given"] => Some(FieldTest::Given),
        ["none"] => Some(FieldTest::None),
        _ => None,
    }
}
