//! `medseal card apdu`: commands sent as they are, in one power-up.

use super::open::{CardArguments, link};
use crate::exit::{Outcome, Problem};
use crate::print;
use card_link::Element;
use clap::Args;
use serde::Serialize;
use std::time::Instant;

/// Which card, which commands.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    card: CardArguments,
    /// Command APDUs in hexadecimal, each one argument; blanks and colons within are let pass
    #[arg(required = true, value_name = "HEX")]
    commands: Vec<String>,
    /// Add the microseconds each took
    #[arg(long)]
    time: bool,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal card apdu my.card 00A4040006F00000000101 8000000000
  medseal card apdu --time my.card 00A4040000

Each answer is one line: the data in hexadecimal, if any, a blank, the status word. With --time a third column.
The exit code is 0 whatever the status words say.";

/// One answer in JSON.
#[derive(Serialize)]
struct Answer {
    data: String,
    status: String,
    microseconds: u128,
}

/// Sends the commands.
pub(crate) fn run(options: &Options) -> Outcome {
    let commands = options.commands.iter().map(|text| command(text)).collect::<Outcome<Vec<_>>>()?;
    let mut card = options.card.open()?;
    let mut answers = Vec::new();
    for command in commands {
        let start = Instant::now();
        let answer = card.exchange(&command).map_err(|error| link(&error))?;
        let answer = Answer {
            data: hex::encode_upper(&answer.data),
            status: answer.status.to_string(),
            microseconds: start.elapsed().as_micros(),
        };
        if !options.json {
            print::result(&line(&answer, options.time));
        }
        answers.push(answer);
    }
    if options.json {
        print::json(&answers);
    }
    Ok(())
}

fn line(answer: &Answer, with_time: bool) -> String {
    let blank = if answer.data.is_empty() { "" } else { " " };
    let time = if with_time { format!(" {}", answer.microseconds) } else { String::new() };
    format!("{}{blank}{}{time}", answer.data, answer.status)
}

fn command(text: &str) -> Outcome<Vec<u8>> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | ':')).collect();
    hex::decode(&digits).map_err(|error| Problem::Input(format!("the command '{text}': {error}")))
}
