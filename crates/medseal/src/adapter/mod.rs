//! `medseal adapter`: device adapters by themselves, without a gateway.

mod test;

use crate::exit::Outcome;
use crate::print;
use clap::{Args, Subcommand};
use serde_json::json;

/// What to do with adapters.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// The adapters that there are
    List(List),
    /// Replay a capture through one: its readings, and what became of every byte
    Test(test::Options),
}

/// How to list.
#[derive(Args)]
pub(crate) struct List {
    /// Print one JSON object an adapter
    #[arg(long)]
    json: bool,
}

/// Runs the chosen command.
pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::List(options) => {
            list(&options);
            Ok(())
        }
        Command::Test(options) => test::run(&options),
    }
}

fn list(options: &List) {
    for adapter in adapters::all() {
        if options.json {
            print::json(
                &json!({ "name": adapter.name(), "about": adapter.about(), "capture": adapter.capture() }),
            );
        } else {
            print::result(&format!("{:<8} {}", adapter.name(), adapter.about()));
            print::result(&format!("{:<8} a capture: {}", "", adapter.capture()));
        }
    }
}
