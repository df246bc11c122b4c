//! What an evaluation found, for those who read it: each report is written once, as a document, and shown as a
//! page, a PDF or a Word file; two more are for machines.
//!
//! ```text
//! Source ─► evaluation, gap, plan, questionnaire ─► Draft ─► Document ─► HTML, PDF, DOCX
//!    │  └─► Conformity (a PASS alone makes one) ─► statement ─┘
//!    └────► oscal, cyclonedx ─► JSON
//! ```
//!
//! - A report says nothing that the conclusion does not: no verdict is derived here.
//! - Every verdict names what it rests on ([`rests`]): each entry of the ledger that it names is a link to that entry, which has its hash
//!   and those of its files; what the documents decided is a link to their hashes. Counts name the provisions that they count.
//! - Whoever reads one learns which edition it speaks of, how sure the catalog is, and whether the standard applies to the
//!   product by its scope or by choice.
//! - Values that are still open stop every report but the gap analysis, whose subject they are.

mod cyclonedx;
mod evaluation;
mod evidence;
mod front;
mod gap;
mod oscal;
mod plan;
mod questionnaire;
mod rests;
mod statement;
mod uuid;
mod words;

pub use cyclonedx::cyclonedx;
pub use evaluation::evaluation;
pub use gap::gap;
pub use oscal::{OSCAL_VERSION, oscal};
pub use plan::plan;
pub use questionnaire::questionnaire;
pub use statement::{Conformity, NotConforming, statement};

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::document::Date;
use crate::finding::{Finding, Rule};
use crate::ledger::WholeLedger;
use crate::product::Evaluation;
use crate::verdict::{Conclusion, Refused};

/// All that a report can speak of.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// What the standards ask.
    pub catalog: &'a Catalog,
    /// What the maker declares.
    pub evaluation: &'a Evaluation,
    /// The texts of the declaration's documents, by path.
    pub texts: &'a BTreeMap<String, String>,
    /// What is wrong with them.
    pub findings: &'a [Finding],
    /// The verdicts.
    pub conclusion: &'a Conclusion,
    /// The evidence.
    pub ledger: &'a WholeLedger,
    /// Entries that could not count.
    pub refused: &'a [Refused],
    /// The way from the report's place to the evaluation folder, such as `..`; links to evidence begin with it.
    pub folder: &'a str,
    /// The day that the report bears.
    pub date: Date,
}

impl Source<'_> {
    /// A file of the evaluation folder, seen from the report's place.
    fn beside(&self, path: &str) -> String {
        if self.folder.is_empty() { path.to_owned() } else { format!("{}/{path}", self.folder) }
    }

    /// The values that are still open, each with its place.
    #[must_use]
    pub fn open_values(&self) -> Vec<String> {
        let open = self.findings.iter().filter(|finding| finding.rule == Rule::OpenPlaceholder);
        open.map(|finding| format!("{} {}", finding.at, finding.subject)).collect()
    }
}
