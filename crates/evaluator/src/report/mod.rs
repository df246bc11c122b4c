//! What an evaluation found, for those who read it: each report is written once, as a document, and shown as a
//! page, a PDF or a Word file; two more are for machines.
//!
//! ```text
//! Source ─► evaluation, gap, plan ───────────────► Draft ─► Document ─► HTML, PDF, DOCX
//!    │  └─► Conformity (a PASS alone makes one) ─► statement ─┘
//!    └────► oscal, cyclonedx ─► JSON
//! ```
//!
//! - A report says nothing that the conclusion does not: no verdict is derived here.
//! - Every verdict names what it rests on, and every entry of the ledger that it names is a link to that entry.
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
mod statement;
mod uuid;
mod words;

pub use cyclonedx::cyclonedx;
pub use evaluation::evaluation;
pub use gap::gap;
pub use oscal::{OSCAL_VERSION, oscal};
pub use plan::plan;
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
    /// The day that the report bears.
    pub date: Date,
}

impl Source<'_> {
    /// The values that are still open, each with its place.
    #[must_use]
    pub fn open_values(&self) -> Vec<String> {
        let open = self.findings.iter().filter(|finding| finding.rule == Rule::OpenPlaceholder);
        open.map(|finding| format!("{} {}", finding.at, finding.subject)).collect()
    }
}
