//! `medseal hl7`: HL7 version 2 by itself.

mod file;
mod link;
mod listen;
mod send;
mod view;

use crate::exit::Outcome;
use clap::Subcommand;

/// What to do with HL7.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Send messages over MLLP and show the answers
    Send(send::Options),
    /// Receive messages over MLLP: parse, check against PCD-01, keep, acknowledge
    Listen(listen::Options),
    /// Show a message as a tree: what each field is called, what became of each segment, what is wrong
    View(view::Options),
}

/// Runs the chosen command.
pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::Send(options) => send::run(&options),
        Command::Listen(options) => listen::run(&options),
        Command::View(options) => view::run(&options),
    }
}
