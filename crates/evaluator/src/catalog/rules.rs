//! How a unit's verdict follows from its outcomes, as data: `quantifiers.tsv` and `escapes.tsv`.
//!
//! | column | says |
//! |---|---|
//! | `decides` | who: a `tool` (units that check), an `assessor`, nobody (`inherited`), or that it is only to be `performed` |
//! | `over` | what it is carried out on: the product, or the rows of a table that pass the filters: `15 \| Type=air; Status!=disabled` |
//! | `via` | only the rows that these rows refer to: `10 Communication Mechanisms \| Type=critical` |
//! | `states` | the states of the device in which each is carried out; none: where it does not matter |
//! | `quantifier` | how many of them must pass |
//! | `criterion` | units of a case with the same name here are one criterion: the same row must pass all of them |
//! | `empty` | what it means when there is no such row, or all are left out |
//! | `sense` | whether a pass proves something or only found nothing that refutes it |
//! | `inherits` | the case (and units of it) that is applied instead |
//! | `plus` | what is asked beside the inherited units |
//! | `escapes` | the exceptions that may be claimed |
//! | `readers` | how many must have signed |
//!
//! A filter compares a field of kind `choice` or `set` with words, any of which will do; an empty word is a field that
//! says `none`.

use super::edition::Confidence;
use super::error::{CatalogError, Fault};
use super::id::{CaseId, TableNo, UnitId};
use super::provision::FeatureKey;
use super::tsv::Record;
use serde::Serialize;
use std::str::FromStr;

named! {
    /// Who decides a unit.
    Decider, "decider" {
        /// A tool may; so may an assessor.
        Tool = "tool",
        /// An assessor, by a signed judgement.
        Assessor = "assessor",
        /// Nobody: the units of another case are applied.
        Inherited = "inherited",
        /// Nobody: something is to be done, and somebody says that it was.
        Performed = "performed",
    }
}

named! {
    /// How many of the rows must pass.
    Quantifier, "quantifier" {
        /// Each.
        All = "all",
        /// At least one.
        One = "one",
        /// For each row that refers to some, at least one of those.
        OnePerReferrer = "one-per-referrer",
    }
}

named! {
    /// What it means that there is no row to carry a unit out on.
    Empty, "meaning of an empty table" {
        /// What is asked of each such row holds, for there is none.
        Holds = "holds",
        /// Something is missing: the declaration, or the provision does not apply.
        Inconclusive = "inconclusive",
    }
}

named! {
    /// What a pass says.
    Sense, "sense" {
        /// That it is so.
        Prove = "prove",
        /// That nothing was found that shows it not to be so.
        Refute = "refute",
    }
}

named! {
    /// A state of the device in which a unit is carried out.
    State, "state of a device" {
        /// As it leaves the factory, or after a reset to that.
        FactoryDefault = "factory-default",
        /// After its set-up, ready for use.
        Initialised = "initialised",
    }
}

named! {
    /// What an exception does.
    Effect, "effect of an exception" {
        /// What is asked counts as met.
        Satisfies = "satisfies",
        /// The row is left out.
        Excludes = "excludes",
        /// Part of what is asked falls away; the rest is judged.
        Narrows = "narrows",
    }
}

named! {
    /// Who may claim an exception.
    Claimant, "claimant" {
        /// Anybody, where the documents show that it holds.
        Documents = "documents",
        /// An assessor alone.
        Assessor = "assessor",
    }
}

/// An exception that cases allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Escape {
    /// Its name.
    pub name: String,
    /// What it does.
    pub effect: Effect,
    /// The feature that must be declared absent for it.
    pub feature: Option<FeatureKey>,
    /// Who may claim it.
    pub by: Claimant,
    /// When it holds, in our words.
    pub what: String,
    /// How sure this is.
    pub confidence: Confidence,
}

/// A comparison of a field with words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// The field, as the standard writes it.
    pub field: String,
    /// Whether it has to be one of the words, or none of them.
    pub is: bool,
    /// The words; an empty one is a field that says `none`.
    pub options: Vec<String>,
}

/// Rows of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Domain {
    /// The table.
    pub table: TableNo,
    /// What each row passes.
    pub filters: Vec<Filter>,
}

/// Rows that refer to others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Via {
    /// The rows that refer.
    pub from: Domain,
    /// The field with which they do; later editions put `Secure ` before its name.
    pub field: String,
}

/// The units of another case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inherits {
    /// The case.
    pub case: CaseId,
    /// Which of its units; none named: all.
    pub letters: Vec<char>,
}

/// How a unit's verdict follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitRule {
    /// The unit.
    pub unit: UnitId,
    /// Who decides it.
    pub decides: Decider,
    /// The rows it is carried out on; none: the product.
    pub over: Option<Domain>,
    /// Only those of the rows that these refer to.
    pub via: Option<Via>,
    /// The states it is carried out in; none: where it does not matter.
    pub states: Vec<State>,
    /// How many rows must pass.
    pub quantifier: Quantifier,
    /// The criterion of its case to which it belongs.
    pub criterion: String,
    /// What no row means.
    pub empty: Empty,
    /// What a pass says.
    pub sense: Sense,
    /// What is applied instead.
    pub inherits: Option<Inherits>,
    /// What is asked beside that, in a word.
    pub plus: Option<String>,
    /// The exceptions that may be claimed.
    pub escapes: Vec<String>,
    /// How many must have signed.
    pub readers: u8,
    /// How sure this is.
    pub confidence: Confidence,
}

impl UnitRule {
    /// Whether both belong to the same criterion of the same case.
    fn is_sibling(&self, other: &Self) -> bool {
        self.unit.case == other.unit.case && self.criterion == other.criterion
    }

    /// Whether both are asked of the same rows in the same way.
    fn has_same_rows(&self, other: &Self) -> bool {
        let rows = |rule: &Self| {
            (rule.over.clone(), rule.via.clone(), rule.states.clone(), rule.quantifier, rule.empty)
        };
        rows(self) == rows(other)
    }
}

impl FromStr for Domain {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (table, filters) = text.split_once('|').unwrap_or((text, ""));
        let table: TableNo = table.trim().parse().map_err(|error: super::id::BadId| error.to_string())?;
        let filters = filters.split(';').map(str::trim).filter(|filter| !filter.is_empty());
        Ok(Self { table, filters: filters.map(filter).collect::<Result<_, _>>()? })
    }
}

fn filter(text: &str) -> Result<Filter, String> {
    let (field, options) = text.split_once('=').ok_or_else(|| format!("`{text}` compares nothing"))?;
    let (field, is) = field.strip_suffix('!').map_or((field, true), |field| (field, false));
    let options = options.split(',').map(|option| option.trim().to_owned()).collect();
    Ok(Filter { field: field.trim().to_owned(), is, options })
}

impl FromStr for Via {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (head, filters) = text.split_once('|').unwrap_or((text, ""));
        let (table, field) = head.trim().split_once(' ').ok_or_else(|| format!("`{text}` names no field"))?;
        Ok(Self { from: format!("{table}|{filters}").parse()?, field: field.trim().to_owned() })
    }
}

impl FromStr for Inherits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (case, letters) = text.split_once(' ').unwrap_or((text, ""));
        let case = case.parse().map_err(|error: super::id::BadId| error.to_string())?;
        Ok(Self { case, letters: letters.chars().collect() })
    }
}

/// Reads the exceptions.
pub(super) fn escapes(records: &[Record]) -> Result<Vec<Escape>, CatalogError> {
    let read = |record: &Record| {
        let feature = record.text("feature")?;
        Ok(Escape {
            name: record.required("escape")?.to_owned(),
            effect: record.value("effect")?,
            feature: (!feature.is_empty()).then(|| FeatureKey::new(feature)),
            by: record.value("by")?,
            what: record.required("what")?.to_owned(),
            confidence: record.value("confidence")?,
        })
    };
    records.iter().map(read).collect()
}

/// Reads the rules; each names a unit, a case and exceptions that exist.
pub(super) fn rules(
    records: &[Record],
    units: &[super::case::Unit],
    escapes: &[Escape],
) -> Result<Vec<UnitRule>, CatalogError> {
    let mut rules = Vec::new();
    for record in records {
        let rule = rule(record)?;
        let unknown = |what: String| record.error(Fault::Unknown(what));
        let is_known = |unit: UnitId| units.iter().any(|known| known.id == unit);
        if !is_known(rule.unit) {
            return Err(unknown(rule.unit.to_string()));
        }
        if let Some(inherits) = &rule.inherits {
            let named = inherits.letters.iter().map(|letter| UnitId { case: inherits.case, letter: *letter });
            if let Some(missing) =
                named.chain([UnitId { case: inherits.case, letter: 'a' }]).find(|u| !is_known(*u))
            {
                return Err(unknown(missing.to_string()));
            }
        }
        if let Some(missing) =
            rule.escapes.iter().find(|name| !escapes.iter().any(|known| known.name == **name))
        {
            return Err(unknown(missing.clone()));
        }
        let sibling = rules.iter().find(|known: &&UnitRule| known.is_sibling(&rule));
        if sibling.is_some_and(|sibling| !sibling.has_same_rows(&rule)) {
            let what = format!("the units of {} are not asked of the same rows", rule.criterion);
            return Err(record.error(Fault::Value { column: "criterion", what }));
        }
        rules.push(rule);
    }
    if let Some(unit) = units.iter().find(|unit| !rules.iter().any(|rule| rule.unit == unit.id)) {
        let fault = Fault::Unknown(format!("a rule for unit {}", unit.id));
        return Err(CatalogError { file: "quantifiers.tsv".into(), line: 1, fault });
    }
    Ok(rules)
}

fn rule(record: &Record) -> Result<UnitRule, CatalogError> {
    let rule = UnitRule {
        unit: record.value("unit")?,
        decides: record.value("decides")?,
        over: optional(record, "over")?,
        via: optional(record, "via")?,
        states: record.list("states")?,
        quantifier: record.value("quantifier")?,
        criterion: record.required("criterion")?.to_owned(),
        empty: record.value("empty")?,
        sense: record.value("sense")?,
        inherits: optional(record, "inherits")?,
        plus: optional(record, "plus")?,
        escapes: record.list("escapes")?,
        readers: record.value("readers")?,
        confidence: record.value("confidence")?,
    };
    let is_inherited = rule.decides == Decider::Inherited;
    if is_inherited != rule.inherits.is_some() || !(1..=2).contains(&rule.readers) {
        let what = format!("of {} do not fit together", rule.unit);
        return Err(record.error(Fault::Value { column: "decides", what }));
    }
    Ok(rule)
}

fn optional<T: FromStr<Err: std::fmt::Display>>(
    record: &Record,
    column: &'static str,
) -> Result<Option<T>, CatalogError> {
    if record.text(column)?.is_empty() { Ok(None) } else { record.value(column).map(Some) }
}
