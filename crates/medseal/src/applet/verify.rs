//! `medseal applet verify`: whether a CAP file keeps the rules of the Java Card machine.

use super::input::{api_version, cap, exports};
use crate::exit::{Outcome, Problem};
use crate::print;
use card_image::api::ApiVersion;
use card_image::verify::{Finding, verify};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// What to verify.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The CAP file: a JAR, or the bare load file
    cap: PathBuf,
    /// A folder with export files of packages that it imports; may be repeated
    #[arg(long, value_name = "DIR")]
    exports: Vec<PathBuf>,
    /// Version of the Java Card API that it is to run on: 3.0.5, 3.1 or 3.2
    #[arg(long, value_parser = api_version, default_value = "3.2")]
    api: ApiVersion,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Example:
  medseal applet verify build/hello.cap --exports build

The exit code is 0 when all rules are kept, 1 when one is broken, 2 when it is no CAP file.";

/// The answer in JSON.
#[derive(Serialize)]
struct Report {
    package: String,
    verified: bool,
    findings: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    rule: &'static str,
    clause: &'static str,
    place: String,
}

/// Verifies and says what is wrong.
pub(crate) fn run(options: &Options) -> Outcome {
    let cap = cap(&options.cap)?;
    let package = cap.header.package.aid.to_string();
    let exports = exports(options.api, &options.exports)?;
    let findings = verify(cap, &exports).err().unwrap_or_default();
    if options.json {
        let lines = findings.iter().map(line).collect();
        print::json(&Report { package, verified: findings.is_empty(), findings: lines });
    } else {
        for finding in &findings {
            print::result(&finding.to_string());
        }
        if findings.is_empty() {
            print::result(&format!("{}: package {package} keeps all rules", options.cap.display()));
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(Problem::No(format!("{} rule(s) broken", findings.len()))) }
}

fn line(finding: &Finding) -> Line {
    Line { rule: finding.rule.name(), clause: finding.rule.clause(), place: finding.to_string() }
}
