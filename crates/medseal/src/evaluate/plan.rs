//! `medseal evaluate plan`: what has to be done, by whom, on what.

use super::open::open;
use crate::exit::Outcome;
use crate::print;
use clap::Args;
use evaluator::plan::totals::hours;
use evaluator::plan::{Class, Plan, plan};
use std::path::PathBuf;

/// Which evaluation.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The evaluation folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Print the plan as one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate plan evaluations/monitor
  medseal evaluate plan evaluations/monitor --json | jq '.totals'

Classes: A by a tool, S by a tool and a person, D by reading documents, M by hand. Times are estimates of ours; a site's
own go into catalog/estimates.tsv of the folder.";

/// Prints the plan.
pub(super) fn run(options: &Options) -> Outcome {
    let opened = open(&options.folder)?;
    let plan = plan(&opened.catalog, &opened.evaluation);
    if options.json {
        print::json(&plan);
    } else {
        tell(&plan);
    }
    Ok(())
}

fn tell(plan: &Plan) {
    for group in &plan.groups {
        print::result(&format!("{:<8} {}: {}", group.provision.to_string(), group.why, group.asks));
        for case in &group.cases {
            print::result(&format!("  {:<10} {} ({})", case.case.to_string(), case.procedure, case.why));
            for unit in &case.units {
                let targets = unit.targets.len();
                let words = format!("{} x {targets}, {} min", unit.decides.name(), unit.minutes);
                print::result(&format!(
                    "    {} [{}] {words}: {}",
                    unit.unit.letter,
                    unit.class.letter(),
                    unit.asks
                ));
            }
        }
    }
    let totals = &plan.totals;
    let work = &totals.work;
    print::result(&format!(
        "{} cases, {} units, {} targets; about {} of work, {} second readings besides",
        work.cases,
        work.units,
        work.targets,
        hours(work.minutes),
        work.second_readings
    ));
    for class in Class::ALL {
        let share = work.share(class);
        let time = hours(share.minutes);
        print::result(&format!(
            "  {} {:<14} {:>4} targets, {time}",
            class.letter(),
            class.name(),
            share.targets
        ));
    }
    print::result(&format!(
        "{} units of the product, {} to {} of which may be destroyed",
        totals.specimens, totals.sacrificial_at_least, totals.sacrificial_at_most
    ));
    for need in &totals.specimens_for {
        let case = need.case.to_string();
        let (units, destroyed) = (need.units, need.sacrificial);
        print::result(&format!("  {case:<9} {units}, {destroyed} may be destroyed: {}", need.why));
    }
    for equipment in &totals.equipment {
        print::result(&format!("  {} {}: {}", equipment.procedure, equipment.title, equipment.tools));
    }
}
