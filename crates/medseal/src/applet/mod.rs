//! `medseal applet`: what a maker of applets does without hardware.

mod convert;
mod dump;
pub(crate) mod input;
mod stubs;
mod verify;

use crate::exit::Outcome;
use clap::Subcommand;

/// One step of an applet's way from source to card.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Write the API's class files, for javac to compile against
    Stubs(stubs::Options),
    /// Convert class files to a CAP file and export files
    Convert(convert::Options),
    /// Print a CAP file: components, classes, and methods with their code
    Dump(dump::Options),
    /// Check a CAP file against the rules of the Java Card machine
    Verify(verify::Options),
}

/// Runs the chosen step.
pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::Stubs(options) => stubs::run(&options),
        Command::Convert(options) => convert::run(options),
        Command::Dump(options) => dump::run(&options),
        Command::Verify(options) => verify::run(&options),
    }
}
