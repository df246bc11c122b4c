//! `medseal applet stubs`: the API as class files without code.

use super::input::api_version;
use crate::exit::{Outcome, Problem, write};
use crate::print;
use card_image::api::ApiVersion;
use clap::Args;
use std::path::PathBuf;

/// Which version, and where to.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Version of the Java Card API: 3.0.5, 3.1 or 3.2
    #[arg(long, value_parser = api_version, default_value = "3.0.5")]
    api: ApiVersion,
    /// The JAR to write
    out: PathBuf,
}

const EXAMPLES: &str = "\
Example:
  medseal applet stubs --api 3.0.5 api.jar
  javac -source 8 -target 8 -g -Xlint:-options -bootclasspath api.jar -d classes Hello.java";

/// Writes the JAR.
pub(crate) fn run(options: &Options) -> Outcome {
    let jar = card_image::stubs::stubs(options.api).map_err(Problem::machine)?;
    write(&options.out, &jar)?;
    print::note(&format!("{}: {} bytes", options.out.display(), jar.len()));
    Ok(())
}
