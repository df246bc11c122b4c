//! What commands that read or write the ledger have in common.

use super::open::{Opened, open};
use crate::exit::{Outcome, Problem};
use evaluator::finding::Level;
use evaluator::ledger::{Roster, Store};
use evaluator::verdict::{Standing, StandingError, roster, standing};
use std::path::Path;

/// The people who may sign.
pub(super) fn people(store: &Store) -> Outcome<Roster> {
    roster(store).map_err(problem)
}

fn problem(error: StandingError) -> Problem {
    match error {
        StandingError::Roster(_) => Problem::Input(error.to_string()),
        StandingError::File(_) => Problem::machine(error),
        StandingError::Ledger(_) => Problem::No(error.to_string()),
    }
}

/// Reads the folder and finds out where the evaluation stands.
pub(super) fn stand(folder: &Path) -> Outcome<(Opened, Standing)> {
    let opened = open(folder)?;
    let errors = opened.findings.iter().filter(|finding| finding.level() == Level::Error).count();
    let today = jiff::Zoned::now().date();
    let found =
        standing(&opened.catalog, &opened.evaluation, errors, &Store::of(folder), today).map_err(problem)?;
    Ok((opened, found))
}
