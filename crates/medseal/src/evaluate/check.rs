//! `medseal evaluate check`: what is missing, malformed or contradictory in the documents.

use super::open::{Opened, open};
use crate::exit::{Outcome, Problem, write};
use crate::print;
use clap::Args;
use evaluator::checks::{Count, sarif};
use evaluator::finding::{Finding, Level};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Which evaluation, and how the findings are shown.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The evaluation folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Print the findings as one JSON object
    #[arg(long, conflicts_with = "sarif")]
    json: bool,
    /// Print the findings as SARIF 2.1.0, for code hosts and editors
    #[arg(long)]
    sarif: bool,
    /// Write what is printed into a file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The least grave findings to show
    #[arg(long, value_enum, default_value_t = Least::Note)]
    level: Least,
    /// Warnings make the answer no as well
    #[arg(long)]
    strict: bool,
    /// Count values that are still open file by file, instead of listing each
    #[arg(long)]
    brief: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate check evaluations/monitor
  medseal evaluate check evaluations/monitor --brief            a new folder: open values are counted, not listed
  medseal evaluate check evaluations/monitor --json | jq '.findings[] | select(.level == \"error\")'
  medseal evaluate check evaluations/monitor --sarif --output check.sarif

Rules: docs/evaluation-rules.md. Exit codes: 0 no error (with --strict: no warning either); 1 the documents have errors;
2 the folder is no evaluation or a table in catalog/ is malformed; 3 a file could not be read.";

/// The least grave findings to show.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Least {
    Note,
    Warning,
    Error,
}

impl Least {
    fn shows(self, level: Level) -> bool {
        match self {
            Least::Note => true,
            Least::Warning => level != Level::Note,
            Least::Error => level == Level::Error,
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    edition: &'a str,
    amended: &'a [String],
    count: Count,
    findings: Vec<Shown<'a>>,
}

#[derive(Serialize)]
struct Shown<'a> {
    level: Level,
    #[serde(flatten)]
    finding: &'a Finding,
}

/// Checks the documents.
pub(super) fn run(options: &Options) -> Outcome {
    let opened = open(&options.folder)?;
    let count = Count::of(&opened.findings);
    let text = if options.sarif {
        let shown: Vec<Finding> =
            opened.findings.iter().filter(|f| options.level.shows(f.level())).cloned().collect();
        serde_json::to_string_pretty(&sarif::sarif(&shown, &options.folder)).map_err(Problem::machine)?
    } else if options.json {
        let findings = opened.findings.iter().filter(|finding| options.level.shows(finding.level()));
        let report = Report {
            edition: opened.evaluation.edition().name(),
            amended: &opened.catalog.amended,
            count,
            findings: findings.map(|finding| Shown { level: finding.level(), finding }).collect(),
        };
        serde_json::to_string(&report).map_err(Problem::machine)?
    } else {
        told(&opened, count, options)
    };
    match &options.output {
        Some(path) => write(path, format!("{text}\n").as_bytes())?,
        None => print::result(&text),
    }
    if count.errors > 0 {
        return Err(Problem::No(format!("{} error(s) in the documents", count.errors)));
    }
    if options.strict && count.warnings > 0 {
        return Err(Problem::No(format!("{} warning(s) in the documents", count.warnings)));
    }
    Ok(())
}

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const CYAN: &str = "\x1b[1;36m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

fn told(opened: &Opened, count: Count, options: &Options) -> String {
    let mut text = String::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in opened.findings.iter().filter(|finding| options.level.shows(finding.level())) {
        if options.brief && finding.rule == evaluator::finding::Rule::OpenPlaceholder {
            *open.entry(&finding.at.file).or_default() += 1;
            continue;
        }
        let (colour, name) = match finding.level() {
            Level::Error => (RED, "error"),
            Level::Warning => (YELLOW, "warning"),
            Level::Note => (CYAN, "note"),
        };
        let at = options.folder.join(&*finding.at.file);
        text.push_str(&format!(
            "{}:{}:{}: {colour}{name}{PLAIN}[{}]: {}\n",
            at.display(),
            finding.at.line,
            finding.at.column,
            finding.rule.id(),
            finding.message
        ));
        if let Some(related) = &finding.related {
            text.push_str(&format!("    {DIM}{}: {}{PLAIN}\n", related.at, related.value));
        }
        text.push_str(&format!("    {}\n", finding.help));
    }
    for (file, values) in open {
        text.push_str(&format!("{}: {values} value(s) still open\n", options.folder.join(file).display()));
    }
    if !opened.catalog.amended.is_empty() {
        let files = opened.catalog.amended.join(", ");
        text.push_str(&format!("The standards' data is corrected by this folder's catalog/: {files}.\n"));
    }
    text.push_str(&format!(
        "EN 303 645 {}: {} error(s), {} warning(s), {} note(s).",
        opened.evaluation.edition(),
        count.errors,
        count.warnings,
        count.notes
    ));
    text
}
