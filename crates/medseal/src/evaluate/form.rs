//! `medseal evaluate form`: what a person fills in.

use super::session::stand;
use crate::exit::{Outcome, Problem, write};
use crate::print;
use clap::Args;
use evaluator::catalog::{Decider, UnitId};
use evaluator::forms::form;
use evaluator::plan::plan;
use evaluator::verdict::{Target, targets};
use std::path::PathBuf;

/// Which unit.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// UNIT, UNIT@ROW or UNIT@ROW/STATE; a unit alone makes a form for each of its rows
    target: Option<String>,
    /// The evaluation folder
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// Every target that a person has to judge and for which nothing counts yet
    #[arg(long, conflicts_with = "target")]
    all: bool,
    /// Print the paths as one JSON array
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate form 5.6-3-2b --folder evaluations/monitor
  medseal evaluate form 5.5-4-1b@SoftServ-1/initialised
  medseal evaluate form --all

Forms are written into forms/; one that is there is left as it is. `medseal evaluate judge` takes them when filled in.";

/// Writes the forms.
pub(super) fn run(options: &Options) -> Outcome {
    let (opened, standing) = stand(&options.folder)?;
    let wanted: Vec<Target> = match &options.target {
        Some(text) => named(text, &opened)?,
        None if options.all => {
            let planned = plan(&opened.catalog, &opened.evaluation);
            let units = planned.groups.into_iter().flat_map(|group| group.cases).flat_map(|case| case.units);
            let by_people = units.filter(|unit| unit.decides != Decider::Tool);
            let open = by_people.flat_map(|unit| unit.targets);
            open.filter(|target| standing.outcomes.get(target).is_none_or(|known| !known.is_current()))
                .collect()
        }
        None => return Err(Problem::Input("name a unit, or give --all".into())),
    };
    let mut written = Vec::new();
    for target in wanted {
        let text = form(&opened.catalog, &opened.evaluation, &target)
            .map_err(|error| Problem::Input(error.to_string()))?;
        let name = target.to_string().replace(['@', '/'], "_");
        let path = options.folder.join("forms").join(format!("{name}.toml"));
        if path.exists() {
            print::note(&format!("{}: is there, left as it is", path.display()));
        } else {
            write(&path, text.as_bytes())?;
            written.push(path);
        }
    }
    if options.json {
        print::json(&written);
    } else {
        written.iter().for_each(|path| print::result(&path.display().to_string()));
    }
    Ok(())
}

fn named(text: &str, opened: &super::open::Opened) -> Outcome<Vec<Target>> {
    if let Ok(unit) = text.parse::<UnitId>() {
        let found: Vec<Target> = targets(&opened.catalog, &opened.evaluation, unit).into_keys().collect();
        if found.is_empty() {
            return Err(Problem::Input(format!("{unit}: no row of this evaluation is concerned")));
        }
        return Ok(found);
    }
    text.parse()
        .map(|target| vec![target])
        .map_err(|error: evaluator::verdict::BadTarget| Problem::Input(error.to_string()))
}
