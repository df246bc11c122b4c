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
        &needs::CHROMIUM,
        &needs::OPENSSL,
        &needs::PYTHON,
    ])?;
    nextest()?;
    web::build()?;
    web::install_in("crates/clinical/tests/validator")?;
    if args.is_empty() {
        step("testing the dashboard's parts");
        web::npm(&["run", "--silent", "test"])?;
    }
    step("testing the workspace");
    let mut words = vec!["cargo", "nextest", "run", "--locked"];
    if args.is_empty() {
        words.push("--workspace");
    }
    words.extend(args.iter().map(String::as_str));
    shell::run(&words)?;
    if args.is_empty() {
        step("walking through the dashboard in Chromium");
        web::npm(&["run", "--silent", "e2e"])?;
    }
    Ok(())
}

/// Formatting, clippy with warnings denied, the rules of the house.
pub(crate) fn lint() -> Outcome {
    step("cargo fmt --check");
    shell::run(&["cargo", "fmt", "--all", "--check"])?;
    step("clippy");
    shell::run(&["cargo", "clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    step("tidy");
    tidy::run()
}
