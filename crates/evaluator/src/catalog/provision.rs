//! Provisions, the conditions under which they apply, and the features of a product that decide the conditions.

use super::edition::{Confidence, Edition, Obligation};
use super::error::CatalogError;
use super::id::ProvisionId;
use super::tsv::Record;
use serde::Serialize;
use std::fmt;

/// The key of a feature that a product declares, such as `telemetry`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct FeatureKey(String);

impl FeatureKey {
    /// A key as it is written in the tables and in `dut.toml`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FeatureKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A yes or no question about the product, in our words; the editions' conditions follow from the answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Feature {
    /// Its key in `dut.toml`.
    pub key: FeatureKey,
    /// The question.
    pub question: String,
    /// The answer of the sample product.
    pub example: bool,
    /// The conditions it decides.
    pub decides: Vec<Decides>,
}

/// That a feature decides a condition: it holds when the feature is `when`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decides {
    /// Which edition, or laboratory practice beside V2.1.1.
    pub source: ConditionSource,
    /// The condition's number or letter.
    pub condition: String,
    /// The answer with which it holds.
    pub when: bool,
}

impl Feature {
    /// Whether an evaluation by an edition asks it.
    #[must_use]
    pub fn is_asked(&self, edition: Edition) -> bool {
        self.decides.iter().any(|decides| decides.source.edition() == edition)
    }
}

/// Where a condition comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConditionSource {
    /// A numbered condition of V2.1.1.
    V2Condition,
    /// A condition that laboratories add to V2.1.1; the standard itself does not have it.
    Practice,
    /// A numbered condition of V3.1.3.
    V3Condition,
    /// A feature letter of V3.1.3.
    V3Feature,
}

impl ConditionSource {
    /// All of them with the column of `features.tsv` that names them.
    pub(super) const COLUMNS: [(ConditionSource, &'static str); 4] = [
        (ConditionSource::V2Condition, "v2.1.1"),
        (ConditionSource::Practice, "practice"),
        (ConditionSource::V3Condition, "v3.1.3-condition"),
        (ConditionSource::V3Feature, "v3.1.3-feature"),
    ];

    /// The edition it belongs to.
    #[must_use]
    pub fn edition(self) -> Edition {
        match self {
            ConditionSource::V2Condition | ConditionSource::Practice => Edition::V2_1_1,
            ConditionSource::V3Condition | ConditionSource::V3Feature => Edition::V3_1_3,
        }
    }

    /// As `conditions.tsv` says it: edition and kind.
    pub(super) fn of(edition: &str, kind: &str) -> Option<Self> {
        match (edition, kind) {
            ("V2.1.1", "condition") => Some(ConditionSource::V2Condition),
            ("lab-practice", "condition") => Some(ConditionSource::Practice),
            ("V3.1.3", "condition") => Some(ConditionSource::V3Condition),
            ("V3.1.3", "feature") => Some(ConditionSource::V3Feature),
            _ => None,
        }
    }
}

/// A condition on which provisions apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// Where it comes from.
    pub source: ConditionSource,
    /// Number or letter.
    pub key: String,
    /// What it means, in our words.
    pub meaning: String,
    /// It holds when any of these features has the answer beside it.
    pub any_of: Vec<(FeatureKey, bool)>,
    /// How sure this is.
    pub confidence: Confidence,
}

impl Condition {
    /// Whether it holds, as far as the declared features decide.
    pub fn holds(&self, declared: impl Fn(&FeatureKey) -> Option<bool>) -> Option<bool> {
        let answers: Vec<Option<bool>> =
            self.any_of.iter().map(|(key, when)| declared(key).map(|answer| answer == *when)).collect();
        if answers.contains(&Some(true)) {
            Some(true)
        } else if answers.contains(&None) {
            None
        } else {
            Some(false)
        }
    }
}

/// A provision of one edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Provision {
    /// Its name.
    pub id: ProvisionId,
    /// The edition.
    pub edition: Edition,
    /// Mandatory or recommended.
    pub obligation: Obligation,
    /// The title of its clause; empty where none is recorded.
    pub title: String,
    /// It applies when all of these hold; none: always.
    pub conditions: Vec<Condition>,
    /// The condition under which laboratories let it not apply although the standard names none.
    pub practice: Option<Condition>,
    /// What it asks, in our words.
    pub paraphrase: String,
    /// Its counterparts in V3.1.3.
    pub successors: Vec<ProvisionId>,
    /// What V3.1.3 changed; empty for V2.1.1.
    pub change: String,
    /// How sure its obligation and conditions are.
    pub confidence: Confidence,
    /// What that rests on, where it needs saying.
    pub note: String,
}

/// Whether a provision applies to a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// All of its conditions hold.
    Applies,
    /// These do not hold.
    NotMet(Vec<Condition>),
    /// These features are not declared, and it depends on them.
    Undeclared(Vec<FeatureKey>),
}

impl Provision {
    /// Whether the provision applies, by the standard's own conditions.
    pub fn applicability(&self, declared: impl Fn(&FeatureKey) -> Option<bool>) -> Applicability {
        let answers: Vec<(&Condition, Option<bool>)> =
            self.conditions.iter().map(|condition| (condition, condition.holds(&declared))).collect();
        let with =
            |answer: Option<bool>| answers.iter().filter(move |(_, held)| *held == answer).map(|(c, _)| *c);
        let not_met: Vec<Condition> = with(Some(false)).cloned().collect();
        if !not_met.is_empty() {
            return Applicability::NotMet(not_met);
        }
        let open: Vec<FeatureKey> = with(None)
            .flat_map(|condition| condition.any_of.iter().map(|(key, _)| key.clone()))
            .filter(|key| declared(key).is_none())
            .collect();
        if open.is_empty() { Applicability::Applies } else { Applicability::Undeclared(open) }
    }
}

/// Reads the features.
pub(super) fn features(records: &[Record]) -> Result<Vec<Feature>, CatalogError> {
    records.iter().map(feature).collect()
}

fn feature(record: &Record) -> Result<Feature, CatalogError> {
    let mut decides = Vec::new();
    for (source, column) in ConditionSource::COLUMNS {
        for word in record.text(column)?.split_whitespace() {
            let (condition, when) = word.strip_prefix('!').map_or((word, true), |rest| (rest, false));
            decides.push(Decides { source, condition: condition.to_owned(), when });
        }
    }
    Ok(Feature {
        key: FeatureKey::new(record.required("key")?),
        question: record.required("question")?.to_owned(),
        example: record.required("example")? == "yes",
        decides,
    })
}

/// Reads the conditions and ties each to the features that decide it.
pub(super) fn conditions(records: &[Record], features: &[Feature]) -> Result<Vec<Condition>, CatalogError> {
    records.iter().map(|record| condition(record, features)).collect()
}

fn condition(record: &Record, features: &[Feature]) -> Result<Condition, CatalogError> {
    use super::error::Fault;
    let (edition, kind) = (record.required("edition")?, record.required("kind")?);
    let source = ConditionSource::of(edition, kind)
        .ok_or_else(|| record.error(Fault::Unknown(format!("{edition} {kind}"))))?;
    let key = record.required("key")?.to_owned();
    let any_of: Vec<(FeatureKey, bool)> = features
        .iter()
        .flat_map(|feature| feature.decides.iter().map(move |decides| (feature, decides)))
        .filter(|(_, decides)| decides.source == source && decides.condition == key)
        .map(|(feature, decides)| (feature.key.clone(), decides.when))
        .collect();
    if any_of.is_empty() {
        return Err(record.error(Fault::Unknown(format!("a feature that decides {edition} {kind} {key}"))));
    }
    let meaning = record.required("meaning")?.to_owned();
    Ok(Condition { source, key, meaning, any_of, confidence: record.value("confidence")? })
}

/// Reads the provisions of V2.1.1.
pub(super) fn v2(
    records: &[Record],
    practice: &[Record],
    conditions: &[Condition],
) -> Result<Vec<Provision>, CatalogError> {
    let mut provisions = Vec::new();
    for record in records {
        let id: ProvisionId = record.value("id")?;
        let mut of_practice = None;
        for known in practice {
            if known.value::<ProvisionId>("provision")? == id {
                let key = known.required("condition")?;
                let condition = resolve(known, ConditionSource::Practice, key, conditions)?;
                of_practice = Some(Condition { confidence: known.value("confidence")?, ..condition });
            }
        }
        provisions.push(Provision {
            id,
            edition: Edition::V2_1_1,
            obligation: record.value("status")?,
            title: record.required("title")?.to_owned(),
            conditions: resolve_all(record, "conditions", ConditionSource::V2Condition, conditions)?,
            practice: of_practice,
            paraphrase: record.required("paraphrase")?.to_owned(),
            successors: record.list("successors")?,
            change: String::new(),
            confidence: record.value("confidence")?,
            note: record.text("note")?.to_owned(),
        });
    }
    Ok(provisions)
}

/// Reads the provisions of V3.1.3; titles of clauses come from V2.1.1.
pub(super) fn v3(
    records: &[Record],
    earlier: &[Provision],
    conditions: &[Condition],
) -> Result<Vec<Provision>, CatalogError> {
    let mut provisions = Vec::new();
    for record in records {
        let id: ProvisionId = record.value("id")?;
        let mut needed = resolve_all(record, "conditions", ConditionSource::V3Condition, conditions)?;
        needed.extend(resolve_all(record, "features", ConditionSource::V3Feature, conditions)?);
        let same_clause =
            |known: &&Provision| known.id.clause() == id.clause() || known.successors.contains(&id);
        let title = earlier.iter().find(same_clause).map_or_else(String::new, |known| known.title.clone());
        provisions.push(Provision {
            id,
            edition: Edition::V3_1_3,
            obligation: record.value("status")?,
            title,
            conditions: needed,
            practice: None,
            paraphrase: record.required("paraphrase")?.to_owned(),
            successors: Vec::new(),
            change: record.text("change")?.to_owned(),
            confidence: record.value("confidence")?,
            note: String::new(),
        });
    }
    Ok(provisions)
}

fn resolve_all(
    record: &Record,
    column: &'static str,
    source: ConditionSource,
    conditions: &[Condition],
) -> Result<Vec<Condition>, CatalogError> {
    record.text(column)?.split_whitespace().map(|key| resolve(record, source, key, conditions)).collect()
}

fn resolve(
    record: &Record,
    source: ConditionSource,
    key: &str,
    conditions: &[Condition],
) -> Result<Condition, CatalogError> {
    let found = conditions.iter().find(|condition| condition.source == source && condition.key == key);
    found.cloned().ok_or_else(|| record.error(super::error::Fault::Unknown(format!("condition {key}"))))
}
