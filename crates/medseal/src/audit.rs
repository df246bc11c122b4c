//! `medseal audit`: the audit log's chain, checked in the gateway's folder, whether the gateway runs or not.

use crate::exit::{Outcome, Problem};
use crate::print;
use clap::{Args, Subcommand};
use gateway::Config;
use gateway::audit::AuditHead;
use gateway::record::AuditId;
use gateway::store::inspect;
use std::path::PathBuf;
use std::str::FromStr;

/// What to do with the log.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Check that no row was changed, removed or put in between
    Verify(Options),
}

/// Which log.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The gateway's configuration (TOML)
    config: PathBuf,
    /// A head that this command printed before, ROW:HASH: also check that it still stands in the log
    #[arg(long, value_name = "ROW:HASH")]
    head: Vec<Noted>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal audit verify gateway.toml
  medseal audit verify gateway.toml --head 1204:9f2c…   with the head that was noted elsewhere last week

The chain alone shows rows that were changed, removed or put in between. That its end was cut off, or all of it written anew, shows only a head that
was noted where the gateway cannot write. The exit code is 1 when the log is not whole.";

/// A head as it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Noted(AuditHead);

impl FromStr for Noted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("{text:?} is not ROW:HASH with 64 hexadecimal digits");
        let (row, hex) = text.split_once(':').ok_or_else(bad)?;
        let mut hash = [0; 32];
        hex::decode_to_slice(hex, &mut hash).map_err(|_| bad())?;
        let id: AuditId = row.parse().map_err(|_| bad())?;
        Ok(Self(AuditHead { id, hash }))
    }
}

/// Runs the chosen command.
pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::Verify(options) => verify(&options),
    }
}

fn verify(options: &Options) -> Outcome {
    let config = Config::read(&options.config).map_err(|error| Problem::Input(error.to_string()))?;
    let (head, missing) = inspect(&config.data, |reader| {
        let head = reader.verify_audit()?;
        let mut missing = Vec::new();
        for Noted(noted) in &options.head {
            if reader.audit_hash(noted.id)? != Some(noted.hash) {
                missing.push(noted.id);
            }
        }
        Ok((head, missing))
    })
    .map_err(Problem::machine)?;
    let head = head.map_err(|broken| Problem::No(broken.to_string()))?;
    if let Some(id) = missing.first() {
        return Err(Problem::No(format!(
            "row {id} is not the one that was noted: the log was cut off or written anew"
        )));
    }
    let (rows, hash) = (head.id.0, hex::encode(head.hash));
    if options.json {
        print::json(&serde_json::json!({ "whole": true, "rows": rows, "head": format!("{rows}:{hash}") }));
    } else {
        print::result(&format!("{rows} rows, whole; head {rows}:{hash}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_a_row_and_its_hash() {
        let hash = "0f".repeat(32);
        let noted: Noted = format!("12:{hash}").parse().unwrap();
        assert_eq!((noted.0.id, noted.0.hash), (AuditId(12), [0x0f; 32]));
        for bad in ["12", "12:0f", &format!("-1:{hash}"), &format!("x:{hash}")] {
            assert!(bad.parse::<Noted>().is_err(), "{bad}");
        }
    }
}
