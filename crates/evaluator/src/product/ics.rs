//! `ics.toml`: the conformance statement, provision by provision.

use super::section::{Section, nearest};
use crate::catalog::{Catalog, Edition, ProvisionId};
use crate::finding::{Finding, Located, Place, Rule, quoted};
use serde::Serialize;
use std::collections::BTreeMap;

/// What the maker says of a provision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Answer {
    /// It is met.
    #[serde(rename = "Y")]
    Yes,
    /// It is not met.
    #[serde(rename = "N")]
    No,
    /// It does not apply.
    #[serde(rename = "N/A")]
    NotApplicable,
}

impl Answer {
    /// All of them.
    pub const ALL: [Answer; 3] = [Answer::Yes, Answer::No, Answer::NotApplicable];

    /// As the statement writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Answer::Yes => "Y",
            Answer::No => "N",
            Answer::NotApplicable => "N/A",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Answer::ALL.into_iter().find(|answer| answer.name().eq_ignore_ascii_case(text))
    }
}

/// What the statement says of one provision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IcsEntry {
    /// Where it stands.
    pub at: Place,
    /// Met, not met, not applicable.
    pub answer: Option<Located<Answer>>,
    /// Why it is not met or does not apply.
    pub reason: Option<Located<String>>,
    /// The condition that is not met: its number or letter in the edition.
    pub condition: Option<Located<String>>,
    /// Anything else: rows that show how it is met, external evidence.
    pub detail: Option<Located<String>>,
    /// Keys that are there but open or malformed: their absence above says nothing.
    pub unread: Vec<&'static str>,
}

/// The conformance statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ics {
    /// Where the document begins.
    pub at: Place,
    /// What it says of each provision.
    pub entries: BTreeMap<ProvisionId, IcsEntry>,
}

impl Ics {
    /// What is said of a provision.
    #[must_use]
    pub fn answer(&self, id: ProvisionId) -> Option<Answer> {
        self.entries.get(&id).and_then(|entry| entry.answer.as_ref()).map(|answer| answer.value)
    }
}

pub(super) fn read(mut section: Section<'_>, catalog: &Catalog, edition: Edition) -> Ics {
    let at = section.at.clone();
    let mut entries = BTreeMap::new();
    if let Some(mut provisions) = section.section("provisions") {
        for (key, node) in provisions.entries() {
            let known = key.text.parse().ok().filter(|id| catalog.provision(edition, *id).is_some());
            let Some(id) = known else {
                let message = format!("{edition} has no provision {}", quoted(&key.text));
                let mut finding = Finding::new(Rule::UnknownProvision, key.at, key.text.as_str(), message);
                let names: Vec<String> =
                    catalog.provisions(edition).iter().map(|provision| provision.id.to_string()).collect();
                if let Some(near) = nearest(&key.text, names.iter().map(String::as_str)) {
                    finding = finding.help(format!("Did you mean `{near}`?"));
                }
                provisions.push(finding);
                continue;
            };
            let mut entry = Section::new(format!("provision {id}"), node, provisions.findings);
            entry.at = key.at;
            entries.insert(id, read_entry(id, entry));
        }
    }
    section.finish();
    Ics { at, entries }
}

fn read_entry(id: ProvisionId, mut section: Section<'_>) -> IcsEntry {
    let answer = section.text("answer").and_then(|text| {
        let answer = Answer::parse(&text.value);
        if answer.is_none() {
            let message = format!("provision {id} is answered {}, not Y, N or N/A", quoted(&text.value));
            section.push(Finding::new(Rule::BadChoice, text.at.clone(), id.to_string(), message));
        }
        answer.map(|answer| Located::new(answer, text.at))
    });
    let mut unread = Vec::new();
    let mut optional = |key: &'static str| {
        let is_there = section.has(key);
        let text = section.optional_text(key);
        if is_there && text.is_none() {
            unread.push(key);
        }
        text
    };
    let (reason, condition, detail) = (optional("reason"), optional("condition"), optional("detail"));
    let entry = IcsEntry { at: section.at.clone(), answer, reason, condition, detail, unread };
    section.finish();
    entry
}
