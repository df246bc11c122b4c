//! `medseal evaluate check`: what is wrong in the documents.

use super::open::open;
use crate::exit::{Outcome, Problem};
use crate::print;
use clap::Args;
use evaluator::finding::Level;
use std::path::PathBuf;

/// Which evaluation.
#[derive(Args)]
pub(crate) struct Options {
    /// The evaluation folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// Checks the documents.
pub(super) fn run(options: &Options) -> Outcome {
    let opened = open(&options.folder)?;
    if options.json {
        print::json(&opened.findings);
    } else {
        for finding in &opened.findings {
            print::result(&format!("{}: {} [{}]", finding.at, finding.message, finding.rule.id()));
        }
    }
    print::note(&format!("Checked against EN 303 645 {}", opened.evaluation.edition()));
    if !opened.catalog.amended.is_empty() {
        print::note(&format!("with this folder's corrections: {}", opened.catalog.amended.join(", ")));
    }
    let errors = opened.findings.iter().filter(|finding| finding.level() == Level::Error).count();
    if errors > 0 { Err(Problem::No(format!("{errors} error(s)"))) } else { Ok(()) }
}
