//! What is wrong in a declaration: one function a family of rules, each finding by an entry of the table of rules.
//!
//! A rule speaks only of what is there. What is missing, open or malformed has its finding from the reader, and no rule
//! draws conclusions from it; so a new folder has no findings but those of its open values.

mod contradiction;
mod crypto;
mod ics;
mod ixit;
mod protection;
mod questionnaire;
mod scope;

pub mod documentation;
pub mod sarif;

use crate::catalog::Catalog;
use crate::finding::{Finding, Level, Rule};
use crate::product::Evaluation;
use std::collections::BTreeMap;

/// What is checked, and what was found so far.
pub(crate) struct Check<'a> {
    catalog: &'a Catalog,
    evaluation: &'a Evaluation,
    /// What is wrong with the documents' form.
    form: &'a [Finding],
    findings: Vec<Finding>,
}

impl Check<'_> {
    /// Whether a key of a document is open or malformed, so that its absence says nothing.
    fn is_open(&self, file: &str, key: &str) -> bool {
        self.form.iter().any(|finding| *finding.at.file == *file && finding.subject == key)
    }

    /// Whether a document is there and is TOML.
    fn is_there(&self, file: &str) -> bool {
        let breaks = |rule| matches!(rule, Rule::DocumentMissing | Rule::Syntax);
        !self.form.iter().any(|finding| *finding.at.file == *file && breaks(finding.rule))
    }
}

/// Parses an evaluation and finds what is wrong in it, ordered by place.
#[must_use]
pub fn check(texts: &BTreeMap<String, String>, catalog: &Catalog) -> (Evaluation, Vec<Finding>) {
    let (evaluation, form) = Evaluation::parse(texts, catalog);
    let mut findings = content(&evaluation, catalog, &form);
    findings.extend(form);
    findings.sort_by(|a, b| (&a.at, a.rule, &a.subject).cmp(&(&b.at, b.rule, &b.subject)));
    findings.dedup();
    (evaluation, findings)
}

/// Finds what is wrong in the content of a parsed evaluation; `form` is what its parsing found.
#[must_use]
pub fn content(evaluation: &Evaluation, catalog: &Catalog, form: &[Finding]) -> Vec<Finding> {
    let mut check = Check { catalog, evaluation, form, findings: Vec::new() };
    scope::check(&mut check);
    ics::check(&mut check);
    ixit::check(&mut check);
    crypto::check(&mut check);
    protection::check(&mut check);
    contradiction::check(&mut check);
    questionnaire::check(&mut check);
    check.findings
}

/// How many findings there are of each level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Count {
    /// With these the evaluation cannot pass.
    pub errors: usize,
    /// Likely to be wrong.
    pub warnings: usize,
    /// Worth knowing.
    pub notes: usize,
}

impl Count {
    /// Counts findings.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let mut count = Self::default();
        for finding in findings {
            match finding.level() {
                Level::Error => count.errors += 1,
                Level::Warning => count.warnings += 1,
                Level::Note => count.notes += 1,
            }
        }
        count
    }
}
