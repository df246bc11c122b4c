//! `medseal evaluate`: from a product's declaration to a statement of conformity. One file a subcommand.

mod author;
mod check;
mod diff;
mod export;
mod form;
mod gap;
mod import;
mod init;
mod judge;
mod ledger;
mod migrate;
mod open;
mod plan;
mod probe;
mod report;
mod session;
mod verdict;

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
    /// Say what has to be done, by whom and on what
    Plan(plan::Options),
    /// Ask a live product what tools can find out, and record it
    Probe(probe::Options),
    /// Make forms for what a person judges
    Form(form::Options),
    /// Sign filled forms, second readings and recognised evidence into the ledger
    Judge(judge::Options),
    /// Derive all verdicts, with what they rest on
    Verdict(verdict::Options),
    /// Keys, checks, bundles and time stamps of the evidence ledger
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Say what a change of the product makes necessary, and carry over the rest
    Diff(diff::Options),
    /// Move an evaluation from V2.1.1 to V3.1.3
    Migrate(migrate::Options),
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
        Command::Plan(options) => plan::run(options),
        Command::Probe(options) => probe::run(options),
        Command::Form(options) => form::run(options),
        Command::Judge(options) => judge::run(options),
        Command::Verdict(options) => verdict::run(options),
        Command::Ledger(command) => ledger::run(command),
        Command::Diff(options) => diff::run(options),
        Command::Migrate(options) => migrate::run(options),
    }
}
