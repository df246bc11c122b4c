//! Questionnaires beside the standard: MDS2, the parts of the Joint Security Plan, FHIR's security checklist, and the
//! questions of the MITRE rubric for scoring vulnerabilities of medical devices.

use super::edition::Confidence;
use super::error::CatalogError;
use super::tsv::Record;
use serde::Serialize;

/// A question of the manufacturer's disclosure statement (HN 1-2019).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mds2Question {
    /// Its name, such as `SBOM-2.1`.
    pub id: String,
    /// Its section, such as `SBOM`.
    pub section: String,
    /// 1 for a question of its own, 2 and 3 for those below it.
    pub level: u8,
    /// What it asks, in our words.
    pub topic: String,
    /// The sample product's answer.
    pub example: String,
    /// Provisions it touches, by our judgement, as the table writes them.
    pub provisions: Vec<String>,
    /// How sure this is.
    pub confidence: Confidence,
}

impl Mds2Question {
    /// Whether `other` stands below this question.
    #[must_use]
    pub fn is_above(&self, other: &Mds2Question) -> bool {
        other.id.strip_prefix(&self.id).is_some_and(|rest| rest.starts_with('.'))
    }
}

/// A section of the disclosure statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mds2Section {
    /// Its short name.
    pub key: String,
    /// Its title.
    pub title: String,
}

/// An activity of the Joint Security Plan, or a topic of FHIR's security checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// Its name, such as `F.3` or `TLS`.
    pub id: String,
    /// What it is about, in our words.
    pub topic: String,
    /// Documents that show it, or what is asked.
    pub guidance: String,
    /// Provisions of V2.1.1 that it touches, by our judgement.
    pub provisions: Vec<String>,
    /// The sample product's answer.
    pub example: String,
    /// How sure this is.
    pub confidence: Confidence,
}

/// A metric of the MITRE rubric and the names of its questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RubricMetric {
    /// The metric.
    pub metric: String,
    /// Its questions.
    pub questions: Vec<String>,
}

/// Reads the questions of MDS2.
pub(super) fn mds2(records: &[Record]) -> Result<Vec<Mds2Question>, CatalogError> {
    let question = |record: &Record| {
        Ok(Mds2Question {
            id: record.required("id")?.to_owned(),
            section: record.required("section")?.to_owned(),
            level: record.value("level")?,
            topic: record.required("topic")?.to_owned(),
            example: record.required("example")?.to_owned(),
            provisions: record.list("provisions")?,
            confidence: record.value("confidence")?,
        })
    };
    records.iter().map(question).collect()
}

/// Reads the sections of MDS2.
pub(super) fn sections(records: &[Record]) -> Result<Vec<Mds2Section>, CatalogError> {
    let section = |record: &Record| {
        Ok(Mds2Section {
            key: record.required("section")?.to_owned(),
            title: record.required("title")?.to_owned(),
        })
    };
    records.iter().map(section).collect()
}

/// Reads activities whose guidance stands in the named column.
pub(super) fn activities(records: &[Record], guidance: &'static str) -> Result<Vec<Activity>, CatalogError> {
    let activity = |record: &Record| {
        Ok(Activity {
            id: record.required("id")?.to_owned(),
            topic: record.required("topic")?.to_owned(),
            guidance: record.text(guidance)?.to_owned(),
            provisions: record.list("provisions")?,
            example: record.required("example")?.to_owned(),
            confidence: record.value("confidence")?,
        })
    };
    records.iter().map(activity).collect()
}

/// Reads the rubric.
pub(super) fn rubric(records: &[Record]) -> Result<Vec<RubricMetric>, CatalogError> {
    let metric = |record: &Record| {
        Ok(RubricMetric {
            metric: record.required("metric")?.to_owned(),
            questions: record.list("questions")?,
        })
    };
    records.iter().map(metric).collect()
}
