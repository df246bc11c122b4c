//! `medseal evaluate gap`: what stands between the product and conformity.

use super::open::open;
use crate::exit::{Outcome, Problem};
use crate::print;
use clap::Args;
use evaluator::catalog::Obligation;
use evaluator::finding::Effort;
use evaluator::gap::{Gap, Standing, Step, Weight, gap};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Which evaluation.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The evaluation folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Print the analysis as one JSON object
    #[arg(long)]
    json: bool,
    /// Leave out what conformity does not need
    #[arg(long)]
    needed: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate gap evaluations/monitor
  medseal evaluate gap evaluations/monitor --json | jq '.steps[] | select(.effort == \"engineering\")'

Steps are ordered by weight, obligation and effort. Exit codes: 0 nothing in the documents stands against conformity;
1 something does; 2 the folder is no evaluation; 3 a file could not be read.";

/// Prints the analysis.
pub(super) fn run(options: &Options) -> Outcome {
    let opened = open(&options.folder)?;
    let mut found = gap(&opened.evaluation, &opened.catalog, &opened.findings);
    if options.needed {
        found.steps.retain(|step| step.weight == Weight::Blocking);
    }
    if options.json {
        print::json(&found);
    } else {
        print::result(&told(&found));
    }
    let blocking = found.steps.iter().filter(|step| step.weight == Weight::Blocking).count();
    if found.is_closed() {
        Ok(())
    } else {
        Err(Problem::No(format!("{blocking} step(s) stand between the product and conformity")))
    }
}

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

fn told(gap: &Gap) -> String {
    let mut text = format!("{BOLD}EN 303 645 {}{PLAIN}\n", gap.edition);
    let _ = writeln!(text, "Mandatory:   {}", standing(&gap.mandatory));
    let _ = writeln!(text, "Recommended: {}", standing(&gap.recommended));
    let mut weight = None;
    for step in &gap.steps {
        if weight != Some(step.weight) {
            weight = Some(step.weight);
            let heading = match step.weight {
                Weight::Blocking => "Conformity needs",
                Weight::Doubtful => "An assessor is likely to ask",
                Weight::Optional => "Conformity does not need",
            };
            let _ = writeln!(text, "\n{BOLD}{heading}{PLAIN}");
        }
        step_of(&mut text, step);
    }
    if gap.is_closed() {
        text.push_str(
            "\nNothing in the documents stands against conformity; whether they are true is for the tests.",
        );
    }
    text.trim_end().to_owned()
}

fn standing(standing: &Standing) -> String {
    format!(
        "{} of {}: {} claimed, {} not met, {} not applicable, {} waived, {} open",
        standing.claimed + standing.not_applicable,
        standing.all,
        standing.claimed,
        standing.denied,
        standing.not_applicable,
        standing.waived,
        standing.open
    )
}

fn step_of(text: &mut String, step: &Step) {
    let effort = match step.effort {
        Effort::Wording => "wording",
        Effort::Document => "document",
        Effort::Process => "process",
        Effort::Engineering => "engineering",
    };
    let obligation = match step.obligation {
        Some(Obligation::Mandatory) => "mandatory",
        Some(Obligation::Recommended) => "recommended",
        None => "documents",
    };
    let provisions: Vec<String> = step.provisions.iter().map(ToString::to_string).collect();
    let of = match provisions.as_slice() {
        [] => String::new(),
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            format!(" {first}, {second}, {third} and {} more", rest.len())
        }
        few => format!(" {}", few.join(", ")),
    };
    let times = if step.count > 1 && step.rule.is_some_and(|rule| rule.id() != "doc-open") {
        format!(" ({} times)", step.count)
    } else {
        String::new()
    };
    let _ = writeln!(text, "- [{obligation}, {effort}]{of}: {}{times}", step.what);
    let _ = writeln!(text, "    {}", step.needs);
    let units = match step.units.len() {
        0 => String::new(),
        1 => ", then 1 unit".to_owned(),
        units => format!(", then {units} units"),
    };
    let _ = writeln!(text, "    {DIM}{}{units}{PLAIN}", step.at);
}
