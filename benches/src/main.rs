//! `card-bench`: the table of figures of `docs/performance.md`, ours and the peers' measured in one run.
//!
//! `cargo xtask bench card` builds it with the product and runs it. Peers are what this machine has: OpenSSL, a JVM with
//! the same loops, pcscd with a card that does nothing. What is missing is said in its row; the others are measured.

mod figures;

use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
Usage: card-bench [--json] [--only WORD]

  --json        one JSON array instead of the table
  --only WORD   only the rows whose name has this word";

fn main() -> ExitCode {
    let mut only = String::new();
    let mut json = false;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => json = true,
            "--only" => only = words.next().unwrap_or_default(),
            // What `figures::reader` starts this program with, in a namespace of its own.
            figures::INSIDE => return figures::inside_reader(&words.map(PathBuf::from).collect::<Vec<_>>()),
            _ => {
                eprintln!("{HELP}");
                return ExitCode::from(2);
            }
        }
    }
    match figures::all(&only) {
        Ok(figures) if json => match serde_json::to_string_pretty(&figures) {
            Ok(text) => {
                println!("{text}");
                ExitCode::SUCCESS
            }
            Err(error) => failed(&error),
        },
        Ok(figures) => {
            print!("{}", figures::table(&figures));
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("card-bench: {error}");
    ExitCode::FAILURE
}
