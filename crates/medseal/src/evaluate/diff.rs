//! `medseal evaluate diff`: what a change makes necessary.

use super::author::Author;
use super::session::stand;
use crate::exit::{Outcome, Problem};
use crate::print;
use card_link::Target;
use clap::Args;
use evaluator::diff::{Side, Step, carries, diff};
use std::path::PathBuf;

/// Before and after.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The evaluation folder before the change
    old: PathBuf,
    /// The evaluation folder after it, with the same ledger
    new: PathBuf,
    /// Carry over what stays, signed with this assessor's key: a file, or a PIV card as `judge --key` takes it
    #[arg(long, value_name = "KEY", requires = "reason")]
    carry: Option<Target>,
    /// The file with the card's PIN, which is asked for on the terminal otherwise
    #[arg(long, value_name = "FILE", requires = "carry")]
    pin_file: Option<PathBuf>,
    /// Why what changed does not concern what is carried over
    #[arg(long)]
    reason: Option<String>,
    /// Print the difference as one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  cp -r evaluations/monitor-1.4 evaluations/monitor-1.5      then change the documents and probe again
  medseal evaluate diff evaluations/monitor-1.4 evaluations/monitor-1.5
  medseal evaluate diff evaluations/monitor-1.4 evaluations/monitor-1.5 --carry ada.key --reason 'only the web page changed'";

/// Compares, and carries over where asked.
pub(super) fn run(options: &Options) -> Outcome {
    let (old, old_standing) = stand(&options.old)?;
    let (new, new_standing) = stand(&options.new)?;
    let before =
        Side { evaluation: &old.evaluation, outcomes: &old_standing.outcomes, ledger: &old_standing.ledger };
    let after =
        Side { evaluation: &new.evaluation, outcomes: &new_standing.outcomes, ledger: &new_standing.ledger };
    if old.evaluation.edition() != new.evaluation.edition() {
        return Err(Problem::Input("the editions differ; see `medseal evaluate migrate`".into()));
    }
    let difference = diff(&new.catalog, before, after);
    if options.json {
        print::json(&difference);
    } else {
        for (target, step) in &difference.steps {
            match step {
                Step::Again(why) => print::result(&format!("again    {target}: {}", words(why))),
                Step::Carried(entry) => print::result(&format!("carried  {target}: entry {entry}")),
                Step::Documents => print::result(&format!("documents {target}")),
            }
        }
        let again = difference.steps.iter().filter(|(_, step)| matches!(step, Step::Again(_))).count();
        print::note(&format!("{again} of {} targets again", difference.steps.len()));
    }
    if let Some(key) = &options.carry {
        let author = Author::open(&options.new, key, options.pin_file.as_deref())?;
        let reason = options.reason.as_deref().unwrap_or_default();
        for event in carries(&new.catalog, after, &difference, reason) {
            author.append(event)?;
        }
    }
    Ok(())
}

fn words(why: &[evaluator::diff::Again]) -> String {
    use evaluator::diff::Again;
    let word = |again: &Again| match again {
        Again::NothingKnown => "nothing counted before".to_owned(),
        Again::Declaration => "declared differently".to_owned(),
        Again::Components(names) => format!("components changed: {}", names.join(", ")),
        Again::UnknownReach(names) => {
            format!("components changed that no other row names: {}", names.join(", "))
        }
        Again::Hardware => "another model or hardware".to_owned(),
        Again::UnknownChange => "another version, and no component says what changed".to_owned(),
        Again::Procedure(name) => format!("{name} finds something else"),
    };
    why.iter().map(word).collect::<Vec<_>>().join("; ")
}
