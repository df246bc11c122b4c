//! `cargo xtask test`: every test there is; `cargo xtask lint`: what a reviewer should not have to say.

use crate::needs::{self, nextest};
use crate::shell::{self, Outcome, step};
use crate::{tidy, web};

/// Installs what the tests need and runs them all, or those that `args` (for nextest) choose.
pub(crate) fn run(args: &[String]) -> Outcome {
    needs::meet(&[
        &needs::COMPILER,
        &needs::NODE,
        &needs::NPM,
        &needs::JAVAC,
        &needs::MOSQUITTO,
        &needs::MOSQUITTO_BROKER,
        &needs::STRACE,
        &needs::RABBITMQ,
        &needs::PROTON,
        &needs::PROMTOOL,
        &needs::CHROMIUM,
        &needs::OPENSSL,
        &needs::PYTHON,
        &needs::PCSC_LIBRARY,
        &needs::PCSCD,
        &needs::VIRTUAL_READER,
        &needs::OPENSC,
        &needs::PYSCARD,
        &needs::IP,
        &needs::NMAP,
        &needs::TESTSSL,
        &needs::CURL,
    ])?;
    nextest()?;
    web::build()?;
    web::install_in("crates/clinical/tests/validator")?;
    web::install_in("crates/gateway/tests/fhir_peer")?;
    install_hl7_client()?;
    install_card_client()?;
    // The token endpoint and the gateway's sources.
    install_client("target/intake-client", "crates/gateway/tests/intake_client/requirements.txt")?;
    // An SDC provider.
    install_client("target/sdc-provider", "crates/gateway/tests/sdc_provider/requirements.txt")?;
    // Office files, and JSON by its schema.
    install_client("target/office-client", "crates/evaluator/tests/office_client/requirements.txt")?;
    if args.is_empty() {
        step("testing the dashboard's parts");
        web::npm(&["run", "--silent", "test"])?;
    }
    step("testing the workspace");
    let mut words = vec!["cargo", "nextest", "run", "--locked"];
    if args.is_empty() {
        words.extend(["--workspace", "--features", "medseal/pcsc"]);
    }
    words.extend(args.iter().map(String::as_str));
    shell::run(&words)?;
    if args.is_empty() {
        step("walking through the dashboard in Chromium");
        web::npm(&["run", "--silent", "e2e"])?;
    }
    Ok(())
}

/// Installs the independent HL7 clients and readers.
pub(crate) fn install_hl7_client() -> Outcome {
    install_client("target/hl7-client", "crates/gateway/tests/hl7_client/requirements.txt")
}

/// Installs an independent client's packages in an environment of their own. The mark is the list itself, so that a
/// changed list is installed anew.
fn install_client(folder: &str, requirements: &str) -> Outcome {
    let mark = shell::root().join(folder).join("installed.txt");
    let wanted = std::fs::read(shell::root().join(requirements)).unwrap_or_default();
    if std::fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    step(&format!("installing {requirements}"));
    shell::run(&["python3", "-m", "venv", folder])?;
    // Not the script `pip`, which holds the path at which the environment was made.
    let python = format!("{folder}/bin/python3");
    shell::run(&[
        &python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        requirements,
    ])?;
    Ok(std::fs::write(&mark, wanted)?)
}

/// Installs what the tag's client needs in a folder beside the system's own Python, which has pyscard.
fn install_card_client() -> Outcome {
    let folder = "target/card-client";
    if shell::root().join(folder).join("ndef").exists() {
        return Ok(());
    }
    step("installing the packages of the tag's client");
    let requirements = "crates/medseal/tests/it/ndef/requirements.txt";
    shell::run(&[
        "target/hl7-client/bin/python3",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--target",
        folder,
        "-r",
        requirements,
    ])
}

/// Formatting, clippy with warnings denied, the rules of the house.
pub(crate) fn lint() -> Outcome {
    step("cargo fmt --check");
    shell::run(&["cargo", "fmt", "--all", "--check"])?;
    needs::meet(&[&needs::COMPILER, &needs::PCSC_LIBRARY])?;
    step("clippy");
    let clippy = ["cargo", "clippy", "--all-targets", "--locked"];
    let denied = ["--", "-D", "warnings"];
    shell::run(&[&clippy[..], &["--workspace"], &denied].concat())?;
    let with_readers = ["-p", "card-link", "-p", "medseal", "--features", "pcsc"];
    shell::run(&[&clippy[..], &with_readers, &denied].concat())?;
    step("tidy");
    tidy::run()
}
