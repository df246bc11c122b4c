//! `medseal evaluate migrate`: from V2.1.1 to V3.1.3.

use crate::exit::{Outcome, Problem, write};
use crate::print;
use clap::Args;
use evaluator::catalog::{Catalog, Edition};
use evaluator::migrate::migrate;
use evaluator::plan::Mapping;
use evaluator::product::Documents;
use std::path::PathBuf;

/// From where to where.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The evaluation folder by V2.1.1
    from: PathBuf,
    /// The folder to make; it must not be there
    to: PathBuf,
    /// Print what has to be answered anew as one JSON array
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate migrate evaluations/monitor evaluations/monitor-v3

What has to be answered anew is `?` in the new documents, and listed. No outcome goes along.";

/// Writes the new folder.
pub(super) fn run(options: &Options) -> Outcome {
    if options.to.exists() {
        return Err(Problem::Input(format!("{}: is there already", options.to.display())));
    }
    let documents = Documents::read(&options.from).map_err(|error| Problem::Input(error.to_string()))?;
    let catalog =
        Catalog::with_overlay(&documents.overlay).map_err(|error| Problem::Input(error.to_string()))?;
    let migrated = migrate(&catalog, &documents.texts).map_err(|error| Problem::Input(error.to_string()))?;
    let schemas = evaluator::schema::files(&catalog, Edition::V3_1_3);
    for (path, text) in migrated.texts.iter().chain(&schemas) {
        write(&options.to.join(path), text.as_bytes())?;
    }
    if options.json {
        print::json(&migrated.anew);
    } else {
        for anew in &migrated.anew {
            print::result(&format!("{}: {}: {}", anew.document, anew.what, anew.why));
        }
    }
    print::note(&format!("{} to be answered anew", migrated.anew.len()));
    if let Some(mapping) = Mapping::of(&catalog, Edition::V3_1_3) {
        print::note(&format!("note: {mapping}"));
    }
    Ok(())
}
