//! `medseal evaluate`: from a product's declaration to a statement of conformity. One file a subcommand.

mod check;
mod export;
mod gap;
mod import;
mod init;
mod open;
mod report;

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
    /// Write what was found: evaluation report, gap analysis, test plan, statement of conformity, OSCAL, CycloneDX
    Report(report::Options),
    /// Read a declaration from a spreadsheet or a Word file
    Import(import::Options),
    /// Write the declaration as a spreadsheet or a Word file
    Export(export::Options),
}

/// Runs the chosen command.
pub(crate) fn run(command: &Command) -> Outcome {
    match command {
        Command::Init(options) => init::run(options),
        Command::Check(options) => check::run(options),
        Command::Gap(options) => gap::run(options),
        Command::Report(options) => report::run(options),
        Command::Import(options) => import::run(options),
        Command::Export(options) => export::run(options),
    }
}
