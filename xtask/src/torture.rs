//! `cargo xtask torture`: a gateway under load and faults (`crates/torture`).
//!
//! The program under test is built as tests are, not as it ships: with checks of arithmetic, which find more.

use crate::needs;
use crate::shell::{Failed, Outcome, command, root, run, step};
use std::path::PathBuf;

/// Installs the brokers and strace, builds, and hands over to the program.
pub(crate) fn torture(args: &[String]) -> Outcome {
    needs::meet(&[
        &needs::COMPILER,
        &needs::PYTHON,
        &needs::MOSQUITTO_BROKER,
        &needs::RABBITMQ,
        &needs::STRACE,
    ])?;
    step("building medseal and what tortures it");
    run(&["cargo", "build", "--locked", "--package", "medseal", "--package", "torture"])?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let program = |name: &str| target.join("debug").join(name).to_string_lossy().into_owned();
    let mut words = vec![program("torture"), "--medseal".into(), program("medseal")];
    words.extend(args.iter().cloned());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let status = command(&words).status()?;
    if status.success() { Ok(()) } else { Err(Failed(format!("torture ended with {status}"))) }
}
