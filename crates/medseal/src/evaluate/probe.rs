//! `medseal evaluate probe`: procedures against a live product, recorded in the ledger.

use super::author::{Author, KeyArguments};
use super::open::{Opened, open};
use crate::exit::{Outcome, Problem};
use crate::print;
use clap::Args;
use evaluator::catalog::State;
use evaluator::ledger::{Digest, Event, Input, Run, Store};
use evaluator::probe::{self, Consent, Ended, Laboratory, PROCEDURES, Procedure, Record};
use evaluator::verdict::basis::basis;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Which product.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The evaluation folder, whose dut.toml names the product's endpoints
    #[arg(default_value = ".")]
    folder: PathBuf,
    // None is needed to list.
    #[command(flatten)]
    key: Option<KeyArguments>,
    /// Only these procedures, such as A01,A02
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    only: Vec<String>,
    /// The state the device is in: initialised, or factory-default
    #[arg(long, value_name = "STATE", default_value = "initialised")]
    state: State,
    /// Run commands that probe.toml names; read them first if the folder is somebody else's
    #[arg(long)]
    run_commands: bool,
    /// List the procedures: what each needs, decides and prepares
    #[arg(long, exclusive = true)]
    list: bool,
    /// Print what was found as one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate probe evaluations/monitor --key otto.key
  medseal evaluate probe evaluations/monitor --key otto.key --only A01,A02
  medseal evaluate probe evaluations/monitor --key otto.key --only A01 --state factory-default
  medseal evaluate probe evaluations/monitor --key otto.key --only A08 --run-commands
  medseal evaluate probe --list

Only what the declaration names is asked. What a tool finds decides units that check; for units that a person must
judge it is evidence, with what speaks against them. Scans of whole hosts and of TLS take minutes.
Exit codes: 0 done; 1 a procedure could not be carried out, or not wholly.";

/// What has been told so far.
#[derive(Default)]
struct Told {
    runs: Vec<serde_json::Value>,
    not_asked: Vec<String>,
    gaps: Vec<String>,
}

/// Runs the procedures and appends what they did.
pub(super) fn run(options: &Options) -> Outcome {
    if options.list {
        PROCEDURES.iter().for_each(list);
        return Ok(());
    }
    let chosen = chosen(&options.only)?;
    let key = options.key.as_ref().ok_or_else(|| Problem::Input("--key is missing: who signs?".into()))?;
    let opened = open(&options.folder)?;
    let author = key.author(&options.folder)?;
    let is_watched = std::io::stderr().is_terminal() && !options.json;
    let tell = |words: &str| {
        if is_watched {
            print::note(words);
        }
    };
    let laboratory = Laboratory {
        catalog: &opened.catalog,
        evaluation: &opened.evaluation,
        folder: &options.folder,
        state: options.state,
        consent: if options.run_commands { Consent::RunCommands } else { Consent::OnlyAsk },
        tell: &tell,
    };
    let mut told = Told::default();
    for procedure in chosen {
        match probe::run(procedure, &laboratory) {
            Ended::Done(record) => keep(options, &opened, &author, *record, &mut told)?,
            Ended::Failed(error) => told.gaps.push(format!("{}: {error}", procedure.id)),
            Ended::NotAsked(what) if options.only.is_empty() => {
                told.not_asked.push(format!("{}: {what}", procedure.id));
            }
            Ended::NotAsked(what) => told.gaps.push(format!("{}: {what}", procedure.id)),
        }
    }
    end(&told, options.json)
}

/// The procedures with these names; all if none is named.
fn chosen(names: &[String]) -> Outcome<Vec<&'static Procedure>> {
    if names.is_empty() {
        return Ok(PROCEDURES.iter().collect());
    }
    let find = |name: &String| {
        let known = PROCEDURES.iter().find(|procedure| procedure.id.eq_ignore_ascii_case(name.trim()));
        known.ok_or_else(|| {
            let all: Vec<&str> = PROCEDURES.iter().map(|procedure| procedure.id).collect();
            Problem::Input(format!("there is no procedure {name}; there are {}", all.join(", ")))
        })
    };
    names.iter().map(find).collect()
}

/// What a procedure needs, decides and prepares.
fn list(procedure: &Procedure) {
    print::result(&format!("{}  {}", procedure.id, procedure.title));
    print::result(&format!("     reads     {}", procedure.reads));
    for program in procedure.programs {
        let missing =
            if program.path().is_some() { String::new() } else { format!(" (missing: {})", program.install) };
        print::result(&format!("     runs      {}{missing}", program.name));
    }
    if !procedure.decides.is_empty() {
        print::result(&format!("     decides   {}", procedure.decides.join(", ")));
    }
    print::result(&format!("     prepares  {}", procedure.prepares.join(", ")));
}

/// Keeps what a procedure did in evidence and ledger, and tells it.
fn keep(options: &Options, opened: &Opened, author: &Author, record: Record, told: &mut Told) -> Outcome {
    let output = Store::of(&options.folder).keep(record.output.as_bytes()).map_err(Problem::machine)?;
    let procedure = record.procedure;
    let words: Vec<String> = record
        .outcomes
        .iter()
        .map(|outcome| format!("{} {}: {}", outcome.target(), outcome.verdict(), outcome.note()))
        .collect();
    let against: Vec<String> = record
        .against
        .iter()
        .map(|against| format!("{} ({}): {}", against.unit, against.subject, against.note))
        .collect();
    told.gaps.extend(record.lacks.iter().map(|lack| format!("{procedure}: {lack}")));
    let run = told_run(record, output, |target| basis(&opened.catalog, &opened.evaluation, target));
    let entry = author.append(Event::Run(run))?.body().number;
    if !options.json {
        print::result(&format!("{procedure}: entry {entry}, evidence {}", output.short()));
        words.iter().for_each(|word| print::result(&format!("  {word}")));
        against.iter().for_each(|word| print::result(&format!("  against {word}")));
    }
    told.runs.push(serde_json::json!({
        "procedure": procedure, "entry": entry, "outcomes": words, "against": against, "output": output,
    }));
    Ok(())
}

fn end(told: &Told, is_json: bool) -> Outcome {
    if is_json {
        let Told { runs, not_asked, gaps } = told;
        print::json(&serde_json::json!({ "runs": runs, "not_asked": not_asked, "not_carried_out": gaps }));
    } else {
        told.not_asked.iter().for_each(|what| print::note(&format!("not asked: {what}")));
        let gaps = told.gaps.iter();
        gaps.for_each(|gap| print::note(&format!("not carried out, its units stay inconclusive: {gap}")));
    }
    if told.gaps.is_empty() {
        Ok(())
    } else {
        Err(Problem::No(format!("{} thing(s) not carried out", told.gaps.len())))
    }
}

fn told_run(record: Record, output: Digest, basis: impl Fn(&evaluator::verdict::Target) -> Digest) -> Run {
    let inputs = record.inputs.into_iter();
    Run {
        procedure: record.procedure.into(),
        tool: record.tool,
        version: record.version,
        command: record.command,
        inputs: inputs.map(|(name, content)| Input { name, sha256: Digest::of(&content) }).collect(),
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
