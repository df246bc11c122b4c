//! `medseal card bench`: how fast a card is, by the benchmark applet.

use super::open::{CardArguments, gp, link};
use crate::exit::{Outcome, Problem};
use crate::print;
use card_bench::{BASE, BenchError, Kind, Row, measure, select};
use clap::Args;
use std::time::Duration;

/// Which card, and how long.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    card: CardArguments,
    /// Milliseconds for each kind of work
    #[arg(long, value_name = "MS", default_value = "500")]
    time: u32,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal card load my.card benches/applet/bench.cap
  medseal card install my.card --package F04D454442454E43 --applet F04D454442454E4301
  medseal card bench my.card
  medseal card bench pcsc: --json

Each row is the fastest of ten slices of the time given. A card in a file puts each change on the disk before it answers.";

/// Measures all kinds of work.
pub(crate) fn run(options: &Options) -> Outcome {
    let mut card = options.card.open()?;
    select(&mut card, &BASE).map_err(|error| problem(&error))?;
    let time = Duration::from_millis(u64::from(options.time.max(1)));
    let rows = measure(&mut card, &Kind::ALL, time).map_err(|error| problem(&error))?;
    if options.json {
        print::json(&rows);
    } else {
        rows.iter().for_each(|row| print::result(&line(row)));
    }
    Ok(())
}

fn line(row: &Row) -> String {
    format!("{:>14.0} a second  {:9} in {:.3} s  {}", row.per_second, row.rounds, row.seconds, row.what)
}

fn problem(error: &BenchError) -> Problem {
    match error {
        BenchError::Link(error) => link(error),
        BenchError::Content(error) => gp(error),
        BenchError::Cap(_) | BenchError::NoApplet(_) | BenchError::Refused { .. } => {
            Problem::No(error.to_string())
        }
    }
}
