//! `medseal evaluate`: from a product's declaration to a statement of conformity. One file a subcommand.

mod check;
mod gap;
mod init;
mod open;

use crate::exit::Outcome;
use clap::Subcommand;

/// What to do with an evaluation.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make an evaluation folder: every document with guidance, or filled in for a sample product
    Init(init::Options),
    /// Find what is missing, malformed or contradictory in the documents
    Check(check::Options),
    /// Say what stands between the product and conformity, by obligation and effort
    Gap(gap::Options),
}

/// Runs the chosen command.
pub(crate) fn run(command: &Command) -> Outcome {
    match command {
        Command::Init(options) => init::run(options),
        Command::Check(options) => check::run(options),
        Command::Gap(options) => gap::run(options),
    }
}
