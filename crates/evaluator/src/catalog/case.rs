//! Test cases, their units, and the procedures that can carry some of them out.

use super::edition::Confidence;
use super::error::{CatalogError, Fault};
use super::id::{CaseId, ProvisionId, TableNo, UnitId};
use super::tsv::Record;
use serde::Serialize;

named! {
    /// What a case looks at.
    CaseKind, "kind of case" {
        /// The declaration.
        Conceptual = "conceptual",
        /// The product itself.
        Functional = "functional",
        /// Both.
        Mixed = "conceptual/functional",
    }
}

named! {
    /// How far a functional case can be carried out by a machine.
    Automation, "class of automation" {
        /// By a tool alone.
        Automatic = "A",
        /// By a tool with a person's help.
        SemiAutomatic = "S",
        /// By fetching and reading a document.
        Document = "D",
        /// By hand.
        Manual = "M",
    }
}

/// Who decides a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// A plain look-up: a tool may decide.
    Check,
    /// Judgement: a named person decides, on prepared evidence.
    Assess,
    /// The units of another case apply.
    Inherit,
    /// Something to be done for the units after it; it has no verdict of its own.
    Action,
}

/// Whether a unit looks at the declaration or at the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// The documents.
    Declaration,
    /// The product.
    Product,
}

/// A test case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    /// Its name.
    pub id: CaseId,
    /// The provision whose group it belongs to.
    pub provision: ProvisionId,
    /// What it looks at.
    pub kind: CaseKind,
    /// Its units, in order.
    pub units: Vec<UnitId>,
    /// The tables it uses.
    pub tables: Vec<TableNo>,
    /// Whether it uses the conformance statement itself.
    pub uses_ics: bool,
    /// The fields it uses.
    pub fields: Vec<String>,
    /// Cases or units whose units apply here as well, as the tables write it.
    pub inherits: String,
    /// Exceptions, in our words.
    pub exceptions: String,
    /// How far a machine can carry it out; none for conceptual cases.
    pub automation: Option<Automation>,
    /// How it is carried out.
    pub procedure: String,
    /// How sure this is.
    pub confidence: Confidence,
}

/// A unit of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// Its name.
    pub id: UnitId,
    /// Who decides it.
    pub verb: Verb,
    /// What it looks at.
    pub subject: Subject,
    /// What it asks, in our words.
    pub paraphrase: String,
    /// The tables it looks at; where the tables say so only for the whole case, the case's.
    pub tables: Vec<TableNo>,
    /// The fields it looks at.
    pub fields: Vec<String>,
    /// How sure this is.
    pub confidence: Confidence,
}

/// A procedure by which a machine carries out units or prepares their evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Procedure {
    /// Its name, such as `A07`.
    pub id: String,
    /// What it does.
    pub title: String,
    /// Cases and units it serves, as the tables write them.
    pub cases: String,
    /// The steps.
    pub procedure: String,
    /// What it takes from the declaration.
    pub inputs: String,
    /// Tools.
    pub tools: String,
    /// What follows from what it finds.
    pub verdict: String,
    /// How sure this is.
    pub confidence: Confidence,
}

/// Reads the cases.
pub(super) fn cases(records: &[Record]) -> Result<Vec<Case>, CatalogError> {
    records.iter().map(case).collect()
}

fn case(record: &Record) -> Result<Case, CatalogError> {
    let id: CaseId = record.value("id")?;
    let provision = record.value("provision")?;
    if provision != id.provision {
        return Err(record.error(Fault::Unknown(format!("case {id} of provision {provision}"))));
    }
    let (tables, uses_ics) = tables_of(record)?;
    Ok(Case {
        id,
        provision,
        kind: record.value("kind")?,
        units: record.required("units")?.chars().map(|letter| UnitId { case: id, letter }).collect(),
        tables,
        uses_ics,
        fields: fields_of(record)?,
        inherits: record.text("inherits")?.to_owned(),
        exceptions: record.text("exceptions")?.to_owned(),
        automation: match record.text("automation")? {
            "" => None,
            _ => Some(record.value("automation")?),
        },
        procedure: record.text("procedure")?.to_owned(),
        confidence: record.value("confidence")?,
    })
}

/// The tables that a record names, in the words `7-UpdMech` or `(case level: 9-ReplSup)`.
fn tables_of(record: &Record) -> Result<(Vec<TableNo>, bool), CatalogError> {
    let text = record.text("tables")?;
    let inside = text.strip_prefix("(case level:").and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
    let mut tables = Vec::new();
    let mut uses_ics = false;
    for word in inside.split_whitespace() {
        if word == "ICS" {
            uses_ics = true;
        } else {
            let what = |error: super::id::BadId| Fault::Value { column: "tables", what: error.to_string() };
            tables.push(word.parse().map_err(|error| record.error(what(error)))?);
        }
    }
    Ok((tables, uses_ics))
}

fn fields_of(record: &Record) -> Result<Vec<String>, CatalogError> {
    let words = record.text("fields")?.split(';').map(str::trim).filter(|word| !word.is_empty());
    Ok(words.map(str::to_owned).collect())
}

/// Reads the units.
pub(super) fn units(records: &[Record]) -> Result<Vec<Unit>, CatalogError> {
    records.iter().map(unit).collect()
}

fn unit(record: &Record) -> Result<Unit, CatalogError> {
    let case: CaseId = record.value("case")?;
    let bad = |what: &str| Fault::Value { column: "unit", what: format!("`{what}` is no letter of a unit") };
    let letter = record.required("unit")?;
    let letter: char = letter.parse().map_err(|_| record.error(bad(letter)))?;
    let (verb, subject) = match record.required("verb")? {
        "check" => (Verb::Check, Subject::Declaration),
        "functional-check" => (Verb::Check, Subject::Product),
        "assess" | "assess (identify)" => (Verb::Assess, Subject::Declaration),
        "functional-assess" => (Verb::Assess, Subject::Product),
        "inherit" => (Verb::Inherit, Subject::Declaration),
        "action" => (Verb::Action, Subject::Product),
        other => return Err(record.error(Fault::Value { column: "verb", what: format!("`{other}`") })),
    };
    Ok(Unit {
        id: UnitId { case, letter },
        verb,
        subject,
        paraphrase: record.required("paraphrase")?.to_owned(),
        tables: tables_of(record)?.0,
        fields: fields_of(record)?,
        confidence: record.value("confidence")?,
    })
}

/// Reads the procedures.
pub(super) fn procedures(records: &[Record]) -> Result<Vec<Procedure>, CatalogError> {
    records.iter().map(procedure).collect()
}

fn procedure(record: &Record) -> Result<Procedure, CatalogError> {
    let text = |column| record.text(column).map(str::to_owned);
    Ok(Procedure {
        id: record.required("id")?.to_owned(),
        title: text("title")?,
        cases: text("cases")?,
        procedure: text("procedure")?,
        inputs: text("inputs")?,
        tools: text("tools")?,
        verdict: text("verdict")?,
        confidence: record.value("confidence")?,
    })
}
