//! `medseal evaluate ledger verify`: whether a ledger is whole, in its folder or in a bundle, offline.

use crate::evaluate::session::people;
use crate::exit::{Outcome, Problem, read};
use crate::print;
use clap::Args;
use evaluator::ledger::authority::{self, AuthorityError};
use evaluator::ledger::{Bundle, Digest, Fault, Report, Roster, Source, Store, check};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Which ledger.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The evaluation folder, or a bundle
    #[arg(default_value = ".")]
    from: PathBuf,
    /// For a bundle: the roster to trust, instead of the one in it
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    /// Check the signatures of time stamps against these certificates of their authorities (PEM), by openssl
    #[arg(long, value_name = "FILE")]
    tsa_ca: Option<PathBuf>,
    /// Print entries, head, time stamps and faults as one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate ledger verify evaluations/monitor
  medseal evaluate ledger verify monitor.bundle --roster known-roster.toml --tsa-ca tsa-ca.pem
  medseal evaluate ledger verify evaluations/monitor --json | jq '.faults[] | {number, fault}'

Exit codes: 0 whole; 1 not whole, each fault with its entry; 2 no bundle, no roster; 3 a file could not be read, or
openssl is missing.";

/// Checks, and says what is wrong.
pub(super) fn run(options: &Options) -> Outcome {
    let (source, people): (Box<dyn Source>, Roster) = if options.from.is_dir() {
        let store = Store::of(&options.from);
        let people = people(&store)?;
        (Box::new(store), people)
    } else {
        let (bundle, people) = bundle(options)?;
        (Box::new(bundle), people)
    };
    let mut report = check(source.as_ref(), &people);
    if let Some(authority) = &options.tsa_ca {
        let untrue = untrue(source.as_ref(), &report, authority)?;
        report.faults.extend(untrue);
    }
    if options.json {
        print::json(&told(&report, options.tsa_ca.is_some()));
    } else {
        tell(&report, &people, options.tsa_ca.is_some());
    }
    let count = report.readable();
    match report.whole() {
        Ok(ledger) => {
            print::note(&format!("{count} entries, whole; the last {}", ledger.digest()));
            Ok(())
        }
        Err(faults) => Err(Problem::No(format!("{} fault(s) in the ledger", faults.len()))),
    }
}

/// The stamps whose signature is not the authority's.
fn untrue(source: &dyn Source, report: &Report, authority: &Path) -> Outcome<Vec<Fault>> {
    crate::exit::read(authority)?;
    let mut faults = Vec::new();
    for (number, stamp) in &report.stamps {
        let number = *number;
        let (response, entry) =
            (source.stamp(number).unwrap_or_default(), source.entry(number).unwrap_or_default());
        // OpenSSL reads files, and a bundle's stamps are in none.
        let mut file = tempfile::NamedTempFile::new().map_err(Problem::machine)?;
        file.write_all(&response).map_err(Problem::machine)?;
        match authority::verify(file.path(), Digest::of(&entry), stamp, authority) {
            Ok(()) => {}
            Err(AuthorityError::Untrue(why)) => faults.push(Fault::StampUntrue { number, why }),
            Err(AuthorityError::Program(error)) => return Err(Problem::machine(error)),
        }
    }
    Ok(faults)
}

/// `docs/formats.md` has the shape.
fn told(report: &Report, is_signature_checked: bool) -> serde_json::Value {
    let stamps = report.stamps.iter().map(|(number, stamp)| {
        serde_json::json!({ "number": number, "at": stamp.at, "signature_checked": is_signature_checked })
    });
    let faults = report.faults.iter().map(|fault| {
        let mut told = serde_json::to_value(fault).unwrap_or_default();
        if let Some(fields) = told.as_object_mut() {
            fields.insert("message".into(), fault.to_string().into());
        }
        told
    });
    serde_json::json!({
        "entries": report.readable(),
        "whole": report.faults.is_empty(),
        "stamps": stamps.collect::<Vec<_>>(),
        "faults": faults.collect::<Vec<_>>(),
    })
}

fn tell(report: &Report, people: &Roster, is_signature_checked: bool) {
    report.faults.iter().for_each(|fault| print::result(&fault.to_string()));
    let word = if is_signature_checked { "" } else { "; its signature was not checked (--tsa-ca)" };
    for (number, stamp) in &report.stamps {
        print::note(&format!("entry {number} and all before it: stamped {}{word}", stamp.at));
    }
    for person in people.people() {
        print::note(&format!("trusted: {}, key {}", person.name, person.key.id()));
    }
}

fn bundle(options: &Options) -> Outcome<(Bundle, Roster)> {
    let wrong = |error: String| Problem::Input(format!("{}: {error}", options.from.display()));
    let text = String::from_utf8(read(&options.from)?).map_err(|_| wrong("not UTF-8".into()))?;
    let bundle = Bundle::parse(&text).map_err(|error| wrong(error.to_string()))?;
    let people = match &options.roster {
        Some(path) => {
            let text = String::from_utf8_lossy(&read(path)?).into_owned();
            Roster::read(&text).map_err(|error| Problem::Input(error.to_string()))?
        }
        None => {
            print::note(
                "The roster is the bundle's own: compare the keys with what you know, or give --roster.",
            );
            bundle.roster()
        }
    };
    Ok((bundle, people))
}
