//! `mds2.toml`, `jsp.toml`, `fhir.toml`: questionnaires, an answer a line: `"SBOM-1" = "yes: CycloneDX, with each release"`.

use super::section::{Section, nearest};
use super::value::Phrase;
use crate::finding::{Finding, Located, Place, Rule, quoted};
use serde::Serialize;
use std::collections::BTreeMap;

/// A questionnaire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Questionnaire {
    /// The manufacturer's disclosure statement.
    Mds2,
    /// The Joint Security Plan.
    Jsp,
    /// FHIR's security checklist.
    Fhir,
}

impl Questionnaire {
    /// All of them.
    pub const ALL: [Questionnaire; 3] = [Questionnaire::Mds2, Questionnaire::Jsp, Questionnaire::Fhir];

    /// Its key, which names the document: `KEY.toml`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Questionnaire::Mds2 => "mds2",
            Questionnaire::Jsp => "jsp",
            Questionnaire::Fhir => "fhir",
        }
    }

    /// The words an answer begins with.
    #[must_use]
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Questionnaire::Mds2 => &["yes", "no", "n/a", "see-note", "info"],
            Questionnaire::Jsp => &["done", "partial", "planned", "none", "n/a"],
            Questionnaire::Fhir => &["yes", "partial", "no", "n/a"],
        }
    }
}

/// A questionnaire as it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answers {
    /// Where the document begins.
    pub at: Place,
    /// The answers by the question's name; one that is missing or open is not here.
    pub answers: BTreeMap<String, Located<Phrase>>,
}

pub(super) fn read(mut section: Section<'_>, questionnaire: Questionnaire, questions: &[&str]) -> Answers {
    let at = section.at.clone();
    let mut answers = BTreeMap::new();
    if let Some(mut given) = section.section("answers") {
        for question in questions {
            if let Some(answer) = given.choice(question, questionnaire.options()) {
                answers.insert((*question).to_owned(), answer);
            }
        }
        for (key, _) in given.entries() {
            let message = format!("there is no question {}", quoted(&key.text));
            let mut finding = Finding::new(Rule::UnknownQuestion, key.at, key.text.as_str(), message);
            if let Some(near) = nearest(&key.text, questions.iter().copied()) {
                finding = finding.help(format!("Did you mean `{near}`?"));
            }
            given.push(finding);
        }
    }
    section.finish();
    Answers { at, answers }
}
