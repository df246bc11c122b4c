//! `medseal verify`: an exported record, checked offline.

use crate::exit::{Outcome, Problem, read};
use crate::print;
use clap::Args;
use seal::Maker;
use seal::record::{Reader, Report, verify_record};
use std::fmt::Write as _;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Which record, and whom to trust.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The exported record (JSON Lines, as the dashboard's export button gives it)
    export: PathBuf,
    /// The maker's CA certificate, PEM or DER, from the maker itself
    #[arg(long, value_name = "FILE")]
    maker: Option<PathBuf>,
    /// Print the whole report as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal verify record.jsonl --maker ca.pem
  medseal verify record.jsonl                 trusts the maker named in the record; compare the fingerprint it prints

The exit code is 0 when every seal is true and no chain has a gap, 1 when not, 2 when the file is no record.";

/// How many faults are listed for a person.
const LISTED: usize = 20;

/// Checks a record and says what is there and what is wrong.
pub(crate) fn run(options: &Options) -> Outcome {
    let (maker, is_given) = match &options.maker {
        Some(path) => (certificate(path)?, true),
        None => (named_in_record(&options.export)?, false),
    };
    let maker = Maker::from_der(&maker)
        .map_err(|error| Problem::Input(format!("the maker's certificate: {error}")))?;
    let report = verify_record(open(&options.export)?, &maker)
        .map_err(|error| not_a_record(&options.export, &error))?;
    if options.json {
        print::json(&report);
    } else {
        print::result(&told(&report));
        let fingerprint = hex::encode(seal::sha256(maker.der()));
        print::result(&format!("Maker: {}, certificate SHA-256 {fingerprint}", maker.name()));
        if !is_given {
            print::note(
                "The maker's certificate was taken from the record itself: compare its fingerprint with the maker's word, or give --maker.",
            );
        }
    }
    if !report.is_whole() {
        return Err(Problem::No(format!("{} fault(s) in the record", report.fault_count)));
    }
    if report.chains.iter().all(|chain| chain.batches == 0) {
        return Err(Problem::No("the record holds no sealed batch".into()));
    }
    Ok(())
}

fn open(path: &Path) -> Outcome<BufReader<std::fs::File>> {
    let file = std::fs::File::open(path)
        .map_err(|error| Problem::Machine(format!("{}: {error}", path.display())))?;
    Ok(BufReader::new(file))
}

fn not_a_record(path: &Path, error: &seal::record::RecordError) -> Problem {
    Problem::Input(format!("{}: {error}", path.display()))
}

/// A certificate in PEM or DER.
fn certificate(path: &Path) -> Outcome<Vec<u8>> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let bytes = read(path)?;
    if bytes.starts_with(b"-----BEGIN") {
        let parsed = CertificateDer::from_pem_slice(&bytes);
        return parsed
            .map(|der| der.to_vec())
            .map_err(|error| Problem::Input(format!("{}: {error}", path.display())));
    }
    Ok(bytes)
}

/// The one maker that a record names itself.
fn named_in_record(path: &Path) -> Outcome<Vec<u8>> {
    let reader = Reader::open(open(path)?).map_err(|error| not_a_record(path, &error))?;
    match reader.header().makers.as_slice() {
        [maker] => Ok(maker.clone()),
        makers => Err(Problem::Input(format!(
            "the record names {} makers: say with --maker which to trust",
            makers.len()
        ))),
    }
}

fn told(report: &Report) -> String {
    let mut text = String::new();
    for chain in &report.chains {
        let (Some(first), Some(last)) = (chain.first, chain.last) else {
            let _ = writeln!(text, "{}: no batch", chain.device);
            continue;
        };
        let span = chain.from.zip(chain.to).map_or_else(String::new, |(from, to)| {
            let time = |micros: i64| {
                jiff::Timestamp::from_microsecond(micros).map_or_else(|_| "?".into(), |t| t.to_string())
            };
            format!(", {} to {}", time(from.0), time(to.0))
        });
        let _ = writeln!(
            text,
            "{}: {} batches, {} readings, seals {} to {}, {} missing{span}",
            chain.device, chain.batches, chain.readings, first.0, last.0, chain.missing
        );
    }
    for fault in report.faults.iter().take(LISTED) {
        let what = serde_json::to_value(&fault.kind)
            .map_or_else(|error| error.to_string(), |value| value.to_string());
        let device = fault.device.as_ref().map_or("", seal::DeviceId::as_str);
        let _ = writeln!(text, "line {}: {device} {what}", fault.line);
    }
    if report.fault_count > LISTED as u64 {
        let _ = writeln!(text, "and {} more", report.fault_count - LISTED as u64);
    }
    let _ = write!(
        text,
        "{}",
        if report.is_whole() { "Whole: every seal is true, no chain has a gap." } else { "NOT whole." }
    );
    text
}
