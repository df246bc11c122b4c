//! `medseal evaluate`: from a product's declaration to a statement of conformity.

mod check;
mod open;

use crate::exit::Outcome;
use clap::Subcommand;

/// What to do with an evaluation.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Find what is missing, malformed or contradictory in the documents
    Check(check::Options),
}

/// Runs the chosen command.
pub(crate) fn run(command: &Command) -> Outcome {
    match command {
        Command::Check(options) => check::run(options),
    }
}
