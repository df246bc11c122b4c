//! `cargo xtask bench`: the measurements of `docs/performance.md`.

use crate::needs;
use crate::shell::{Failed, Outcome, run as run_words, step};
use crate::ward::release_folder;

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

/// The measurement that sets the card beside its peers, in one run.
const CARD: &str = "card";

/// Runs all measurements, or the named one.
pub(crate) fn run(args: &[String]) -> Outcome {
    needs::meet(&[&needs::COMPILER, &needs::OPENSSL])?;
    if args.first().is_some_and(|name| name == CARD) {
        return card(args.get(1..).unwrap_or_default());
    }
    let wanted = args.first().map(String::as_str);
    let chosen: Vec<_> =
        BENCHES.iter().filter(|(name, _, _)| wanted.is_none_or(|wanted| wanted == *name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = BENCHES.iter().map(|(name, _, _)| *name).collect();
        return Err(Failed(format!("no such measurement; there are: {CARD}, {}", names.join(", "))));
    }
    for (name, what, words) in chosen {
        step(&format!("{name}: {what}"));
        run_words(words)?;
    }
    if wanted.is_none() { card(&[]) } else { Ok(()) }
}

/// The table of figures: ours, OpenSSL's, a JVM's and the virtual reader's. Arguments go to `card-bench`.
fn card(args: &[String]) -> Outcome {
    needs::meet(&[&needs::JAVAC, &needs::PCSCD, &needs::VIRTUAL_READER, &needs::PCSC_LIBRARY, &needs::IP])?;
    step("building the product and the measurement");
    let packages = ["--package", "medseal", "--package", "card-bench", "--features", "card-bench/pcsc"];
    let mut build = vec!["cargo", "build", "--release", "--locked"];
    build.extend(packages);
    run_words(&build)?;
    let program = release_folder().join("card-bench");
    let program = program.to_string_lossy();
    let mut words = vec![program.as_ref()];
    words.extend(args.iter().map(String::as_str));
    run_words(&words)
}
