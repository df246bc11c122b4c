//! `medseal card readers`: what PC/SC has.

use crate::exit::{Outcome, Problem};
use crate::print;
use card_link::reader::readers;
use clap::Args;
use serde::Serialize;

/// How to print it.
#[derive(Args)]
#[command(
    after_help = "Example:\n  medseal card readers\n\nA card in a reader is named pcsc:READER, or pcsc:PART_OF_ITS_NAME."
)]
pub(crate) struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One reader in JSON.
#[derive(Serialize)]
struct Line {
    reader: String,
    atr: Option<String>,
}

/// Lists the readers, and the answer to reset of the card in each.
pub(crate) fn run(options: &Options) -> Outcome {
    let found = readers().map_err(Problem::machine)?;
    let lines: Vec<Line> = found
        .into_iter()
        .map(|reader| Line { reader: reader.name, atr: reader.atr.map(hex::encode_upper) })
        .collect();
    if options.json {
        print::json(&lines);
        return Ok(());
    }
    for line in &lines {
        print::result(&format!("{}  {}", line.reader, line.atr.as_deref().unwrap_or("no card")));
    }
    Ok(())
}
