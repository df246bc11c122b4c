//! `medseal evaluate verdict`: what follows from all that is known.

use super::session::stand;
use crate::exit::{Outcome, Problem};
use crate::print;
use clap::Args;
use evaluator::verdict::{Conclusion, Rest, Standing, Verdict};
use std::path::PathBuf;

/// Which evaluation.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The evaluation folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Say for each case what its verdict rests on
    #[arg(long)]
    why: bool,
    /// Print everything as one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate verdict evaluations/monitor
  medseal evaluate verdict evaluations/monitor --why
  medseal evaluate verdict evaluations/monitor --json | jq '.conclusion.verdict'

Exit codes: 0 PASS; 1 FAIL, INCONCLUSIVE or a damaged ledger; 2 the folder is no evaluation; 3 a file could not be read.";

/// Derives and prints the verdicts.
pub(super) fn run(options: &Options) -> Outcome {
    let (_, standing) = stand(&options.folder)?;
    if options.json {
        print::json(&serde_json::json!({
            "conclusion": standing.conclusion,
            "refused": standing.refused,
            "ledger": { "entries": standing.entries, "sha256": standing.digest },
        }));
    } else {
        tell(&standing, options.why);
    }
    match standing.conclusion.verdict {
        Verdict::Pass => Ok(()),
        verdict @ (Verdict::Fail | Verdict::Inconclusive) => Err(Problem::No(verdict.to_string())),
    }
}

fn tell(standing: &Standing, why: bool) {
    let conclusion = &standing.conclusion;
    for group in &conclusion.groups {
        let answer = group.answer.map_or("-", |answer| answer.name());
        let verdict = group.verdict.map_or("not claimed", |verdict| verdict.name());
        print::result(&format!("{:<8} {answer:<3} {verdict}", group.provision.to_string()));
        if !why {
            continue;
        }
        if let Some(entry) = group.recognised {
            print::result(&format!("    recognised evidence, entry {entry}"));
        }
        for case in &group.cases {
            print::result(&format!("  {:<10} {}", case.case.to_string(), case.verdict));
            let subjects = case.criteria.iter().flat_map(|criterion| &criterion.subjects);
            subjects.flat_map(|subject| &subject.units).for_each(|rest| tell_rest(rest, 4));
            for uncertain in case.criteria.iter().flat_map(|criterion| &criterion.uncertain) {
                print::result(&format!("    uncertain: {uncertain}"));
            }
        }
    }
    tell_rest_of(conclusion, standing);
}

fn tell_rest(rest: &Rest, indent: usize) {
    let verdict = rest.verdict.map_or("left out", |verdict| verdict.name());
    let entries: Vec<String> = rest.entries.iter().map(ToString::to_string).collect();
    let entries =
        if entries.is_empty() { String::new() } else { format!(" [entries {}]", entries.join(", ")) };
    let note = if rest.note.is_empty() { String::new() } else { format!(": {}", rest.note) };
    print::result(&format!("{:indent$}{} {verdict}, {}{entries}{note}", "", rest.target, rest.ground));
    rest.parts.iter().for_each(|part| tell_rest(part, indent + 2));
}

fn tell_rest_of(conclusion: &Conclusion, standing: &Standing) {
    for fault in &conclusion.ics_faults {
        print::result(&format!("The conformance statement is invalid: {fault}"));
    }
    if !conclusion.open.is_empty() {
        let open: Vec<String> = conclusion.open.iter().map(ToString::to_string).collect();
        print::result(&format!(
            "Not answered, or not to be held against a declared feature: {}",
            open.join(", ")
        ));
    }
    if conclusion.document_errors > 0 {
        print::result(&format!(
            "{} error(s) in the documents keep the whole from passing",
            conclusion.document_errors
        ));
    }
    for refused in &standing.refused {
        print::result(&format!("Does not count: {refused}"));
    }
    print::result(&format!("EN 303 645 {}: {}", conclusion.edition, conclusion.verdict));
    print::note(&format!(
        "Rests on {} ledger entries, the last {}",
        standing.entries,
        standing.digest.short()
    ));
}
