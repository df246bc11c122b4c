//! `medseal applet dump`: a CAP file as a person reads it, classes and methods with their code.

mod code;
mod names;
mod tables;
mod text;

use super::input::cap;
use crate::exit::Outcome;
use crate::print;
use clap::Args;
use std::path::PathBuf;

/// What to show.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The CAP file: a JAR, or the bare load file
    cap: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal applet dump build/hello.cap
  medseal applet dump --json build/hello.cap | jq '.classes[].methods[].place'

Names of classes and methods are shown when the file has a Debug component (applet convert --debug).";

/// Reads the file and prints it.
pub(crate) fn run(options: &Options) -> Outcome {
    let cap = cap(&options.cap)?;
    let dump = tables::dump(&cap);
    if options.json {
        print::json(&dump);
    } else {
        print::result(text::of(&dump).trim_end());
    }
    Ok(())
}
