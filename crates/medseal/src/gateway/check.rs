//! `medseal gateway check`: what is wrong with a configuration, line by line, and what to do about it.

use crate::exit::{Outcome, Problem};
use crate::print;
use clap::Args;
use gateway::Config;
use gateway::config::check::{Finding, Report, Severity, check};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Which configuration, and how strictly.
#[derive(Args)]
#[command(after_help = AFTER)]
pub(crate) struct Options {
    /// The configuration (TOML)
    config: PathBuf,
    /// Warnings count as errors
    #[arg(long)]
    strict: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

const AFTER: &str = "\
Examples:
  medseal gateway check gateway.toml
  medseal gateway check gateway.toml --strict --json

An error keeps the gateway from working as written; a warning is what a careful operator would not leave so. Certificates, keys and CAs
are read, nothing is changed, and nothing is connected to. The exit code is 0 without errors, 2 with some (with --strict also for warnings).
With a certificate that is over a gateway runs all the same, and takes up the next one when it is there.";

/// Checks and says what was found.
pub(super) fn run(options: &Options) -> Outcome {
    let report = checked(&options.config)?;
    let (errors, warnings) = (report.count(Severity::Error), report.count(Severity::Warning));
    let wrong = errors > 0 || (options.strict && warnings > 0);
    if options.json {
        let file = options.config.display().to_string();
        print::json(&json!({ "file": file, "usable": !wrong, "findings": report.findings }));
    } else {
        tell(&options.config, &report.findings, print::result);
    }
    let said =
        format!("{}: {} and {}", options.config.display(), some(errors, "error"), some(warnings, "warning"));
    if wrong {
        return Err(Problem::Input(said));
    }
    if !options.json {
        print::result(&said);
    }
    Ok(())
}

fn some(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        more => format!("{more} {what}s"),
    }
}

fn checked(path: &Path) -> Outcome<Report> {
    check(path).map_err(|error| Problem::Input(error.to_string()))
}

fn tell(file: &Path, findings: &[Finding], say: impl Fn(&str)) {
    for Finding { severity, line, column, key, problem, advice, .. } in findings {
        let key = if key.is_empty() { String::new() } else { format!(" {key}:") };
        say(&format!("{}:{line}:{column}: {severity}:{key} {problem}\n    {advice}", file.display()));
    }
}

/// The configuration, when nothing in it keeps a gateway from starting; everything found is told.
pub(super) fn usable(path: &Path) -> Outcome<Config> {
    let report = checked(path)?;
    tell(path, &report.findings, print::note);
    match (report.stops(), report.config) {
        (0, Some(config)) => Ok(config),
        (errors, _) => Err(Problem::Input(format!("{}: {}", path.display(), some(errors, "error")))),
    }
}
