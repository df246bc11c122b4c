//! What commands that read or write the ledger have in common.

use super::open::{Opened, open};
use crate::exit::{Outcome, Problem, read};
use evaluator::finding::Level;
use evaluator::ledger::{Entry, Event, FileKey, Roster, Signer, Store};
use evaluator::verdict::{Standing, StandingError, roster, standing};
use std::path::Path;
use zeroize::Zeroizing;

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

/// The secret key of whoever signs.
pub(super) fn key(path: &Path) -> Outcome<FileKey> {
    let bytes = Zeroizing::new(read(path)?);
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    FileKey::parse(text).map_err(|error| Problem::Input(format!("{}: {error}", path.display())))
}

/// Appends an entry in the name of the key's owner, who must be on the roster.
pub(super) fn append(folder: &Path, key: &FileKey, event: Event) -> Outcome<Entry> {
    let store = Store::of(folder);
    let people = people(&store)?;
    let Some(person) = people.owner(&key.public_key()) else {
        return Err(Problem::No(format!(
            "the key {} is nobody's on ledger/roster.toml; `medseal evaluate ledger key` adds one",
            key.public_key().id()
        )));
    };
    store.append(&person.name, jiff::Timestamp::now(), event, key).map_err(Problem::machine)
}
