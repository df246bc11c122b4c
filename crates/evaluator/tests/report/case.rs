//! An evaluation with all that a report's source borrows.

use evaluator::catalog::{Catalog, Edition};
use evaluator::checks;
use evaluator::finding::{Finding, Level};
use evaluator::ledger::WholeLedger;
use evaluator::product::{Documents, Evaluation};
use evaluator::report::Source;
use evaluator::template::{self, Fill};
use evaluator::verdict::{Conclusion, Inputs, Outcomes, conclude};
use std::collections::BTreeMap;
use std::path::Path;

/// All that a source borrows.
pub(crate) struct Case {
    pub(crate) catalog: Catalog,
    pub(crate) evaluation: Evaluation,
    pub(crate) texts: BTreeMap<String, String>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) conclusion: Conclusion,
    pub(crate) ledger: WholeLedger,
}

impl Case {
    pub(crate) fn of(texts: BTreeMap<String, String>) -> Self {
        let catalog = Catalog::embedded().expect("the catalog");
        let (evaluation, findings) = checks::check(&texts, &catalog);
        let outcomes = Outcomes::default();
        let document_errors = findings.iter().filter(|finding| finding.level() == Level::Error).count();
        let today = jiff::civil::date(2026, 11, 22);
        let inputs = Inputs {
            catalog: &catalog,
            evaluation: &evaluation,
            outcomes: &outcomes,
            document_errors,
            today,
        };
        let conclusion = conclude(inputs);
        Self { catalog, evaluation, texts, findings, conclusion, ledger: WholeLedger::default() }
    }

    pub(crate) fn sample(edition: Edition, fill: Fill) -> Self {
        Self::of(template::documents(&Catalog::embedded().expect("the catalog"), edition, fill))
    }

    pub(crate) fn medseal() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../evaluations/medseal");
        Self::of(Documents::read(&folder).expect("the folder").texts)
    }

    pub(crate) fn source(&self) -> Source<'_> {
        Source {
            catalog: &self.catalog,
            evaluation: &self.evaluation,
            texts: &self.texts,
            findings: &self.findings,
            conclusion: &self.conclusion,
            ledger: &self.ledger,
            refused: &[],
            folder: "",
            date: "2026-11-22".parse().expect("a day"),
        }
    }
}
