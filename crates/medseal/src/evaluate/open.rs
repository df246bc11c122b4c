//! Opening an evaluation folder, the same for all commands.

use crate::exit::{Outcome, Problem};
use crate::print;
use evaluator::catalog::Catalog;
use evaluator::checks;
use evaluator::finding::Finding;
use evaluator::plan::Mapping;
use evaluator::product::{Documents, Evaluation, FolderError};
use std::path::Path;

/// An evaluation as it was read.
pub(super) struct Opened {
    /// The standards, with the folder's corrections.
    pub(super) catalog: Catalog,
    /// The declaration.
    pub(super) evaluation: Evaluation,
    /// What is wrong with it, by place.
    pub(super) findings: Vec<Finding>,
}

/// Reads and checks a folder. Where the test cases were made for another edition, it says so.
pub(super) fn open(folder: &Path) -> Outcome<Opened> {
    let documents = Documents::read(folder).map_err(|error| match error {
        FolderError::Io { .. } => Problem::machine(error),
        FolderError::NotAnEvaluation(_) | FolderError::TooLarge(_) | FolderError::NotText { .. } => {
            Problem::Input(error.to_string())
        }
    })?;
    let catalog =
        Catalog::with_overlay(&documents.overlay).map_err(|error| Problem::Input(error.to_string()))?;
    let (evaluation, findings) = checks::check(&documents.texts, &catalog);
    if let Some(mapping) = Mapping::of(&catalog, evaluation.edition()) {
        print::note(&format!("note: {mapping}"));
    }
    Ok(Opened { catalog, evaluation, findings })
}
