//! `medseal evaluate probe`: procedures against a live product, recorded in the ledger.

use super::author::KeyArguments;
use super::open::open;
use crate::exit::{Outcome, Problem};
use crate::print;
use clap::Args;
use evaluator::ledger::{Digest, Event, Input, Run, Store};
use evaluator::probe::procedure::{Record, run_all};
use evaluator::verdict::basis::basis;
use std::path::PathBuf;

/// Which product.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The evaluation folder, whose dut.toml names the product's endpoints
    #[arg(default_value = ".")]
    folder: PathBuf,
    #[command(flatten)]
    key: KeyArguments,
    /// Print what was found as one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate probe evaluations/monitor --key otto.key

Only what the declaration names is asked, and nothing is tried that could harm it. What a tool finds decides units that
check; for units that a person must judge it is evidence. Exit codes: 0 done; 1 a procedure could not be carried out.";

/// Runs the procedures and appends what they did.
pub(super) fn run(options: &Options) -> Outcome {
    let opened = open(&options.folder)?;
    let author = options.key.author(&options.folder)?;
    let store = Store::of(&options.folder);
    let (records, gaps) = run_all(&opened.catalog, &opened.evaluation);
    let mut told = Vec::new();
    for record in records {
        let output = store.keep(record.output.as_bytes()).map_err(Problem::machine)?;
        let procedure = record.procedure;
        let words: Vec<String> = record
            .outcomes
            .iter()
            .map(|outcome| format!("{} {}: {}", outcome.target(), outcome.verdict(), outcome.note()))
            .collect();
        let run = told_run(record, output, |target| basis(&opened.catalog, &opened.evaluation, target));
        let entry = author.append(Event::Run(run))?.body().number;
        told.push(serde_json::json!({ "procedure": procedure, "entry": entry, "outcomes": words, "output": output }));
        if !options.json {
            print::result(&format!("{procedure}: entry {entry}, evidence {}", output.short()));
            words.iter().for_each(|word| print::result(&format!("  {word}")));
        }
    }
    let gaps: Vec<String> = gaps.iter().map(|gap| format!("{}: {}", gap.procedure, gap.why)).collect();
    if options.json {
        print::json(&serde_json::json!({ "runs": told, "not_carried_out": gaps }));
    } else {
        gaps.iter()
            .for_each(|gap| print::note(&format!("not carried out, its units stay inconclusive: {gap}")));
    }
    if gaps.is_empty() {
        Ok(())
    } else {
        Err(Problem::No(format!("{} procedure(s) not carried out", gaps.len())))
    }
}

fn told_run(record: Record, output: Digest, basis: impl Fn(&evaluator::verdict::Target) -> Digest) -> Run {
    let inputs = record.inputs.into_iter();
    Run {
        procedure: record.procedure.into(),
        tool: record.tool,
        version: record.version,
        command: record.command,
        inputs: inputs.map(|(name, text)| Input { name, sha256: Digest::of(text.as_bytes()) }).collect(),
        output,
        started: record.started,
        ended: record.ended,
        outcomes: record
            .outcomes
            .into_iter()
            .map(|outcome| {
                let basis = basis(outcome.target());
                outcome.told(basis)
            })
            .collect(),
        prepares: record.prepares,
    }
}
