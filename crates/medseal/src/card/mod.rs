//! `medseal card`: virtual Java Cards. A card is a file; its keys stand beside it in a file of their own.

mod apdu;
mod content;
mod create;
mod open;

use crate::exit::Outcome;
use clap::Subcommand;

/// What to do with a card.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a card with keys of its own (IMAGE and IMAGE.keys)
    New(create::Options),
    /// Load a CAP file over a secure channel
    Load(content::LoadOptions),
    /// Make an instance of a loaded applet
    Install(content::InstallOptions),
    /// Delete an applet instance or a package
    Delete(content::DeleteOptions),
    /// List what is on the card
    List(content::ListOptions),
    /// Send APDUs in one power-up and print one answer a line: data, then the status word
    Apdu(apdu::Options),
}

/// Runs the chosen command.
pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::New(options) => create::run(&options),
        Command::Load(options) => content::load(&options),
        Command::Install(options) => content::install(&options),
        Command::Delete(options) => content::delete(&options),
        Command::List(options) => content::list(&options),
        Command::Apdu(options) => apdu::run(&options),
    }
}
