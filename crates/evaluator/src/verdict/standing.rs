//! Where an evaluation stands: its folder's ledger checked, outcomes collected, verdicts derived.

use super::collect::{Refused, collect};
use super::derive::{Inputs, conclude};
use super::outcome::Outcomes;
use super::tree::Conclusion;
use crate::catalog::Catalog;
use crate::ledger::{Digest, Fault, Roster, RosterError, Store, WholeLedger, check};
use crate::probe::documents;
use crate::product::Evaluation;
use thiserror::Error;

/// Where an evaluation stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The verdicts.
    pub conclusion: Conclusion,
    /// What is known of each target.
    pub outcomes: Outcomes,
    /// What entries said that cannot count.
    pub refused: Vec<Refused>,
    /// The ledger.
    pub ledger: WholeLedger,
    /// How many entries it has.
    pub entries: usize,
    /// The hash of the last one.
    pub digest: Digest,
}

/// Why verdicts cannot be derived at all.
#[derive(Debug, Error)]
pub enum StandingError {
    /// The roster is there and cannot be read.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// The roster's file could not be read.
    #[error("ledger/roster.toml: {0}")]
    File(std::io::Error),
    /// The ledger has been damaged: nothing may rest on it.
    #[error("the ledger is not whole: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Ledger(Vec<Fault>),
}

/// The people who may sign; none where there is no roster yet.
///
/// # Errors
/// When the roster is there and cannot be read.
pub fn roster(store: &Store) -> Result<Roster, StandingError> {
    match std::fs::read_to_string(store.roster_path()) {
        Ok(text) => Ok(Roster::read(&text)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Roster::default()),
        Err(error) => Err(StandingError::File(error)),
    }
}

/// Finds out.
///
/// # Errors
/// [`StandingError`], above all when the ledger is not whole.
pub fn standing(
    catalog: &Catalog,
    evaluation: &Evaluation,
    document_errors: usize,
    store: &Store,
    today: jiff::civil::Date,
) -> Result<Standing, StandingError> {
    let roster = roster(store)?;
    let ledger = check(store, &roster).whole().map_err(StandingError::Ledger)?;
    let (mut outcomes, refused) = collect(catalog, evaluation, &ledger, &roster);
    outcomes.add_documents(documents::decide(catalog, evaluation));
    let conclusion = conclude(Inputs { catalog, evaluation, outcomes: &outcomes, document_errors, today });
    let (entries, digest) = (ledger.entries().count(), ledger.digest());
    Ok(Standing { conclusion, outcomes, refused, ledger, entries, digest })
}
