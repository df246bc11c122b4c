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
        "pipeline",
        "batches verified and on disk without a network, 64 devices, beside verify and sync rates",
        &["cargo", "bench", "--package", "gateway", "--bench", "pipeline", "--", "64", "400"],
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

/// The measurements that set ours beside its peers, in one run each.
const CARD: &str = "card";
const GATEWAY: &str = "gateway";

/// Runs all measurements, or the named one.
pub(crate) fn run(args: &[String]) -> Outcome {
    needs::meet(&[&needs::COMPILER, &needs::OPENSSL])?;
    let wanted = args.first().map(String::as_str);
    let rest = args.get(1..).unwrap_or_default();
    match wanted {
        Some(CARD) => return card(rest),
        Some(GATEWAY) => return gateway(rest),
        Some(_) | None => {}
    }
    let chosen: Vec<_> =
        BENCHES.iter().filter(|(name, _, _)| wanted.is_none_or(|wanted| wanted == *name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = BENCHES.iter().map(|(name, _, _)| *name).collect();
        return Err(Failed(format!(
            "no such measurement; there are: {CARD}, {GATEWAY}, {}",
            names.join(", ")
        )));
    }
    for (name, what, words) in chosen {
        step(&format!("{name}: {what}"));
        run_words(words)?;
    }
    if wanted.is_some() {
        return Ok(());
    }
    card(&[])?;
    gateway(&[])
}

/// The gateway's table of figures: ours, the least that must be done, mosquitto's and python-hl7's. Arguments go to `gateway-bench`.
fn gateway(args: &[String]) -> Outcome {
    needs::meet(&[&needs::MOSQUITTO_BROKER, &needs::PYTHON])?;
    crate::test::install_hl7_client()?;
    step("building the measurement");
    run_words(&["cargo", "build", "--release", "--locked", "--package", "load"])?;
    measure("gateway-bench", args)
}

/// The table of figures: ours, OpenSSL's, a JVM's and the virtual reader's. Arguments go to `card-bench`.
fn card(args: &[String]) -> Outcome {
    needs::meet(&[&needs::JAVAC, &needs::PCSCD, &needs::VIRTUAL_READER, &needs::PCSC_LIBRARY, &needs::IP])?;
    step("building the product and the measurement");
    let packages = ["--package", "medseal", "--package", "card-bench", "--features", "card-bench/pcsc"];
    let mut build = vec!["cargo", "build", "--release", "--locked"];
    build.extend(packages);
    run_words(&build)?;
    measure("card-bench", args)
}

/// Runs a program of the release build.
fn measure(program: &str, args: &[String]) -> Outcome {
    let program = release_folder().join(program);
    let program = program.to_string_lossy();
    let mut words = vec![program.as_ref()];
    words.extend(args.iter().map(String::as_str));
    run_words(&words)
}
