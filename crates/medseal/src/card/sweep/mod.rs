//! `medseal card sweep`: what a card can do, by trying every constant of the API.
//!
//! ```text
//! standards/javacard ─► constants ─► ask ──commands──► applets/sweep on the card
//!                                     └─► rows ─► a table, or JSON
//! ```
//!
//! The applet knows no constants: the host takes them from the one table of the API, so nothing is typed twice and a card is
//! asked for all there are. Times are the host's: what a command of many rounds takes, less what an empty command takes.

mod applet;
mod ask;
mod constants;
mod keys;
mod numbers;
mod row;
mod table;

use std::time::Duration;

use card_link::atr::Atr;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::open::CardArguments;
use crate::exit::Outcome;
use crate::print;
use applet::{About, Sweeper};
use ask::Sweep;
use row::Row;

/// Which card.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    card: CardArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Milliseconds that each measurement takes at least
    #[arg(long, value_name = "MS", default_value = "10")]
    time: u32,
}

const EXAMPLES: &str = "\
Examples:
  medseal card sweep my.card
  medseal card sweep pcsc: --keys issuer.keys
  medseal card sweep my.card --json > my-card.json

The applet that asks is loaded with the card's keys where it is missing, and deleted afterwards. Cards without all of
API 3.2 get a smaller one. A card in a file puts each change on the disk, which counts in the times of whatever makes keys.";

/// What a sweep found.
#[derive(Serialize)]
struct Found {
    atr: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    historical: Option<String>,
    card: About,
    constants: Vec<Row>,
}

/// Asks for everything and prints what the card said.
pub(crate) fn run(options: &Options) -> Outcome {
    let keys = options.card.keys_if_any()?;
    let card = options.card.open()?;
    let atr = card_link::Element::atr(&card);
    let mut sweeper = Sweeper::begin(card, keys.as_ref())?;
    let about = sweeper.about()?;
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta}  {msg}") {
        bar.set_style(style);
    }
    let target = Duration::from_millis(u64::from(options.time));
    let mut sweep = Sweep::new(sweeper, target, bar);
    // Whatever happened in between, the card is left as it was found.
    let rows = sweep.all();
    sweep.bar.finish_and_clear();
    let ended = sweep.sweeper.end(keys.as_ref());
    let constants = rows?;
    ended?;
    let historical = Atr::parse(&atr).ok().map(|atr| hex::encode_upper(atr.historical));
    let found = Found { atr: hex::encode_upper(&atr), historical, card: about, constants };
    if options.json {
        print::json(&found);
    } else {
        table::show(&found.card, &found.constants);
    }
    Ok(())
}
