//! `medseal gateway init`: a configuration to start from, with every key and what it takes.

use crate::exit::{Outcome, Problem};
use crate::print;
use clap::Args;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

const STARTING: &str = include_str!("../../../gateway/src/config/starting.toml");

/// Where it goes.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  medseal gateway init\n  medseal gateway init /etc/medseal/gateway.toml\n\nNothing is overwritten. What to do next is said in the file itself; `medseal gateway check` says what is left to do."
)]
pub(crate) struct Options {
    /// The file to write
    #[arg(default_value = "gateway.toml")]
    config: PathBuf,
}

/// Writes it.
pub(super) fn run(options: &Options) -> Outcome {
    let path = options.config.display();
    let failed = |error: std::io::Error| Problem::Machine(format!("{path}: {error}"));
    let opened = OpenOptions::new().write(true).create_new(true).open(&options.config);
    let mut file = opened.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Problem::Input(format!(
            "{path} is there already; name another file, or check it: medseal gateway check {path}"
        )),
        _ => failed(error),
    })?;
    file.write_all(STARTING.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    print::note(&format!(
        "{path}: written. Name your certificate, key and makers in it, then: medseal gateway check {path}"
    ));
    Ok(())
}
