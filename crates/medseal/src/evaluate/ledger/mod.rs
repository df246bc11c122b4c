//! `medseal evaluate ledger`: keys, checks, bundles and time stamps of the evidence ledger. One file a subcommand.

mod key;
mod stamp;
mod verify;

use super::session::people;
use crate::exit::{Outcome, write};
use clap::{Args, Subcommand};
use evaluator::ledger::{Bundle, Store};
use std::path::PathBuf;

/// What to do with the ledger.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make somebody's key, or read it off their card, and put its public half on the roster
    Key(key::Options),
    /// Check a ledger, in its folder or in a bundle, offline
    Verify(verify::Options),
    /// Write the ledger, its time stamps and its evidence into one file
    Export(ExportOptions),
    /// Have the last entry stamped with the time by an authority (RFC 3161)
    Stamp(stamp::Options),
}

/// Where to.
#[derive(Args)]
pub(crate) struct ExportOptions {
    /// The bundle to write
    file: PathBuf,
    /// The evaluation folder
    #[arg(long, default_value = ".")]
    folder: PathBuf,
}

/// Runs the chosen command.
pub(super) fn run(command: &Command) -> Outcome {
    match command {
        Command::Key(options) => key::run(options),
        Command::Verify(options) => verify::run(options),
        Command::Export(options) => export(options),
        Command::Stamp(options) => stamp::run(options),
    }
}

fn export(options: &ExportOptions) -> Outcome {
    let store = Store::of(&options.folder);
    let bundle = Bundle::of(&store, &people(&store)?);
    write(&options.file, bundle.write().as_bytes())
}
