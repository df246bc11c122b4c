//! `medseal audit`: the audit log's chain, checked in the gateway's folder, whether the gateway runs or not, or in a file it was written to.

mod archive;
mod segments;

use crate::exit::{Outcome, Problem};
use crate::print;
use clap::{Args, Subcommand};
use gateway::Config;
use gateway::audit::AuditHead;
use gateway::audit::export::{ExportError, Writer, check, shown};
use gateway::record::AuditId;
use gateway::store::inspect;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What to do with the log.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Check that no row was changed, removed or put in between
    Verify(Options),
    /// Write the log to a file that `audit verify` checks without the gateway
    Export(ExportOptions),
    /// Move the log's old part into a file in the gateway's folder, from which its chain goes on
    Archive(archive::Options),
}

/// Which log, and where to.
#[derive(Args)]
#[command(
    after_help = "Example:\n  medseal audit export gateway.toml audit-2026.jsonl\n  medseal audit export gateway.toml since-then.jsonl --after 1204\n\nThe format is in docs/formats.md. The gateway may be running."
)]
pub(crate) struct ExportOptions {
    /// The gateway's configuration (TOML)
    config: PathBuf,
    /// The file to write
    out: PathBuf,
    /// Only the rows after this one; without it, from the first one on that was not archived
    #[arg(long, value_name = "ROW")]
    after: Option<AuditId>,
}

/// Which log.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The gateway's configuration (TOML), or a file that `audit export` wrote (JSON Lines)
    config: PathBuf,
    /// A head that this command printed before, ROW:HASH: also check that it still stands in the log
    #[arg(long, value_name = "ROW:HASH")]
    head: Vec<Noted>,
    /// A file of an archived stretch that does not lie in the gateway's folder any more
    #[arg(long, value_name = "FILE")]
    segment: Vec<PathBuf>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal audit verify gateway.toml
  medseal audit verify audit-2026.jsonl                 a file that `audit export` wrote
  medseal audit verify gateway.toml --head 1204:9f2c…   with the head that was noted elsewhere last week
  medseal audit verify gateway.toml --segment /mnt/audit-1-1204.jsonl   with an archived stretch that was carried away

Archived stretches (`audit archive`) are checked with the log; those whose files are not there are named. The chain alone shows rows that were changed, removed or put in between. That its end was cut off, or all of it written anew, shows only a head that
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
        Command::Verify(options) if is_export(&options.config) => verify_export(&options),
        Command::Verify(options) => verify(&options),
        Command::Export(options) => export(&options),
        Command::Archive(options) => archive::run(&options),
    }
}

/// Whether a file is an exported log: no configuration begins with a brace.
fn is_export(path: &Path) -> bool {
    let mut first = [0];
    File::open(path).and_then(|mut file| file.read_exact(&mut first)).is_ok() && first == *b"{"
}

fn named(path: &Path) -> impl Fn(std::io::Error) -> Problem {
    move |error| Problem::Machine(format!("{}: {error}", path.display()))
}

/// Writes the log beside its name and moves it there when it is whole.
fn export(options: &ExportOptions) -> Outcome {
    let config = Config::read(&options.config).map_err(|error| Problem::Input(error.to_string()))?;
    let mut partial = options.out.as_os_str().to_owned();
    partial.push(".part");
    let failed = named(&options.out);
    let file = File::create(&partial).map_err(&failed)?;
    let written = inspect(&config.data, |reader| {
        let base = reader.audit_base()?;
        let id = options.after.unwrap_or(base.id);
        let hash = if id == base.id { Some(base.hash) } else { reader.audit_hash(id)? };
        let mut last = match hash {
            Some(hash) if id >= base.id => AuditHead { id, hash },
            Some(_) | None if id < base.id => {
                return Ok(Err(Problem::Input(format!("the rows up to {} are archived already", base.id))));
            }
            Some(_) | None => return Ok(Err(Problem::Input(format!("there is no row {id}")))),
        };
        let mut writer = match Writer::begin(BufWriter::new(file), last) {
            Ok(writer) => writer,
            Err(error) => return Ok(Err(failed(error))),
        };
        loop {
            let rows = reader.audit_after(last.id)?;
            let Some(end) = rows.last() else { break };
            last = AuditHead { id: end.id, hash: end.hash };
            if let Err(error) = rows.iter().try_for_each(|row| writer.add(row)) {
                return Ok(Err(failed(error)));
            }
        }
        Ok(writer.finish().map_err(&failed))
    });
    let (out, exported) = written.map_err(Problem::machine)??;
    let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().and_then(|()| std::fs::rename(&partial, &options.out)).map_err(&failed)?;
    print::note(&format!(
        "{}: {} rows; head {}",
        options.out.display(),
        exported.rows,
        shown(&exported.head)
    ));
    Ok(())
}

fn verify_export(options: &Options) -> Outcome {
    let file = File::open(&options.config).map_err(named(&options.config))?;
    let mut missing = options.head.clone();
    let checked = check(BufReader::new(file), |row| {
        missing.retain(|Noted(noted)| *noted != AuditHead { id: row.id, hash: row.hash });
    });
    let exported = checked.map_err(|error| {
        let words = format!("{}: {error}", options.config.display());
        match error {
            ExportError::Io { .. } => Problem::Machine(words),
            ExportError::Line { .. } | ExportError::Chain { .. } | ExportError::CutOff(_) => {
                Problem::No(words)
            }
        }
    })?;
    if let Some(Noted(noted)) = missing.first() {
        return Err(Problem::No(format!("row {} is not the one that was noted", noted.id)));
    }
    let (rows, head, after) = (exported.rows, shown(&exported.head), shown(&exported.after));
    if options.json {
        print::json(&serde_json::json!({ "whole": true, "rows": rows, "head": head, "after": after }));
    } else {
        let begins =
            if exported.after == AuditHead::EMPTY { String::new() } else { format!(", after {after}") };
        print::result(&format!("{rows} rows, whole{begins}; head {head}"));
    }
    Ok(())
}

fn verify(options: &Options) -> Outcome {
    let config = Config::read(&options.config).map_err(|error| Problem::Input(error.to_string()))?;
    let mut missing = options.head.clone();
    let (head, archived) = inspect(&config.data, |reader| {
        let mut here = Vec::new();
        for Noted(noted) in &options.head {
            if reader.audit_hash(noted.id)? == Some(noted.hash) {
                here.push(*noted);
            }
        }
        missing.retain(|Noted(noted)| !here.contains(noted));
        Ok((reader.verify_audit()?, reader.audit_segments()?))
    })
    .map_err(Problem::machine)?;
    let head = head.map_err(|broken| Problem::No(broken.to_string()))?;
    let checked = segments::check(&archived, &config.data, &options.segment, |head| {
        missing.retain(|Noted(noted)| *noted != head);
    })?;
    // A row that was noted may lie in a file that is not there: then nothing is known of it.
    let unknown = checked.iter().filter(|one| one.file.is_none()).map(|one| one.segment);
    let unknown: Vec<_> = unknown.map(|one| one.first..=one.last).collect();
    if let Some(Noted(noted)) = missing.first() {
        let id = noted.id;
        let why = if unknown.iter().any(|rows| rows.contains(&id)) {
            format!("row {id} was archived, and its file is not here: name it with --segment")
        } else {
            format!("row {id} is not the one that was noted: the log was cut off or written anew")
        };
        return Err(Problem::No(why));
    }
    let (rows, shown) = (head.id.0, shown(&head));
    if options.json {
        let segments: Vec<_> = checked.iter().map(segments::Checked::json).collect();
        print::json(&serde_json::json!({ "whole": true, "rows": rows, "head": shown, "segments": segments }));
    } else {
        print::result(&format!("{rows} rows, whole; head {shown}"));
        checked.iter().for_each(|one| print::result(&one.line()));
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
