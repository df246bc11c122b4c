//! `cargo xtask bench`: the measurements of `docs/performance.md`.

use crate::needs;
use crate::shell::{Failed, Outcome, run as run_words, step};

/// Name, what it measures, the command.
const BENCHES: &[(&str, &str, &[&str])] = &[
    ("limits", "this machine's own P-256 rates", &["openssl", "speed", "-seconds", "3", "ecdsap256"]),
    ("element", "seals a second of one virtual element", &["cargo", "bench", "--package", "card-link"]),
    ("vm", "bytecodes, calls and transactions", &["cargo", "bench", "--package", "card-vm"]),
    ("seal", "encoding, decoding and verifying batches", &["cargo", "bench", "--package", "seal"]),
    (
        "gateway",
        "batches verified and on disk, 64 devices, beside verify and sync rates",
        &["cargo", "bench", "--package", "gateway", "--bench", "load", "--", "64", "400"],
    ),
    ("hl7", "reading PCD-01, beside other parsers", &["cargo", "bench", "--package", "clinical"]),
    (
        "ward",
        "from sample to dashboard, 64 monitors",
        &[
            "cargo",
            "run",
            "--release",
            "-p",
            "medseal",
            "--",
            "ward",
            "--devices",
            "64",
            "--for",
            "30s",
            "--json",
        ],
    ),
    (
        "start",
        "from start to first verified reading, 8 monitors",
        &["cargo", "run", "--release", "-p", "medseal", "--", "ward", "--for", "5s", "--json"],
    ),
];

/// Runs all measurements, or the named one.
pub(crate) fn run(args: &[String]) -> Outcome {
    needs::meet(&[&needs::COMPILER, &needs::OPENSSL])?;
    let wanted = args.first().map(String::as_str);
    let chosen: Vec<_> =
        BENCHES.iter().filter(|(name, _, _)| wanted.is_none_or(|wanted| wanted == *name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = BENCHES.iter().map(|(name, _, _)| *name).collect();
        return Err(Failed(format!("no such measurement; there are: {}", names.join(", "))));
    }
    for (name, what, words) in chosen {
        step(&format!("{name}: {what}"));
        run_words(words)?;
    }
    Ok(())
}
