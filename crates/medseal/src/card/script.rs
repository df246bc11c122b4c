//! `medseal card script`: commands from a file, with what is expected of the answers.

use super::open::{CardArguments, gp, link};
use crate::exit::{Outcome, Problem};
use crate::print;
use card_link::script::{Answered, RunError, Script, run as run_script};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// Which card, which script.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    card: CardArguments,
    /// The script
    script: PathBuf,
    /// Print only what is not as expected
    #[arg(long, short)]
    quiet: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Example:
  medseal card script my.card greet.apdu

A script, one step a line:
  # a comment
  reset => 3B ..                      reset; the answer to reset may be expected
  select F00000000101 => 9000         select by name
  80 00 00 00 00 => .. 9000           a command; ? stands for any digit, .. for any bytes
  keep greeting                       the data of the last answer, under a name
  set pin 313233343536                bytes, under a name
  00 20 00 80 06 $pin => 9000         $name stands for them
  secure                              a secure channel to the issuer's domain, until plain, reset or select
  plain

The exit code is 0 when all answers are as expected, 1 when not: each that is not is named with its line.";

/// All that came of it, in JSON.
#[derive(Serialize)]
struct Report {
    commands: usize,
    mismatches: usize,
    answers: Vec<Answer>,
}

/// One answer in JSON.
#[derive(Serialize)]
struct Answer {
    line: usize,
    command: String,
    answer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    microseconds: u128,
}

impl From<Answered> for Answer {
    fn from(answered: Answered) -> Self {
        Self {
            line: answered.line,
            command: hex::encode_upper(&answered.command),
            answer: hex::encode_upper(&answered.answer),
            expected: answered.missed.map(|pattern| pattern.to_string()),
            microseconds: answered.time.as_micros(),
        }
    }
}

/// Runs the script.
pub(crate) fn run(options: &Options) -> Outcome {
    let file = options.script.display();
    let text = String::from_utf8(crate::exit::read(&options.script)?)
        .map_err(|error| Problem::Input(format!("{file}: {error}")))?;
    let script = Script::parse(&text).map_err(|error| Problem::Input(format!("{file}:{error}")))?;
    let keys = if script.needs_keys() { Some(options.card.read_keys()?) } else { None };
    let mut card = options.card.open()?;
    let mut answers: Vec<Answer> = Vec::new();
    let ended = run_script(&script, &mut card, keys.as_ref(), |answered| {
        let answer = Answer::from(answered);
        if !options.json {
            show(options, &answer);
        }
        answers.push(answer);
    });
    let mismatches = answers.iter().filter(|answer| answer.expected.is_some()).count();
    let commands = answers.len();
    if options.json {
        print::json(&Report { commands, mismatches, answers });
    }
    ended.map_err(|error| stopped(options, &error))?;
    match mismatches {
        0 => Ok(()),
        _ => Err(Problem::No(format!("{file}: {mismatches} of {commands} answers are not as expected"))),
    }
}

fn show(options: &Options, answer: &Answer) {
    let Answer { line, command, answer, expected, .. } = answer;
    if !options.quiet {
        let command = if command.is_empty() { "reset" } else { command };
        print::result(&format!("{line}: {command} => {answer}"));
    }
    if let Some(expected) = expected {
        print::error(&format!("{}:{line}: expected {expected}, got {answer}", options.script.display()));
    }
}

fn stopped(options: &Options, error: &RunError) -> Problem {
    let at = |line: &usize, problem: Problem| {
        let place = format!("{}:{line}", options.script.display());
        match problem {
            Problem::No(words) => Problem::No(format!("{place}: {words}")),
            Problem::Input(words) => Problem::Input(format!("{place}: {words}")),
            Problem::Machine(words) => Problem::Machine(format!("{place}: {words}")),
        }
    };
    match error {
        RunError::Link { line, source } => at(line, link(source)),
        RunError::Channel { line, source } => at(line, gp(source)),
        RunError::NoKeys { .. } | RunError::Length { .. } => {
            Problem::Input(format!("{}: {error}", options.script.display()))
        }
    }
}
