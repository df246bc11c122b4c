//! `medseal evaluate init`: a new evaluation folder.

use crate::exit::{Outcome, Problem, write};
use crate::print;
use clap::Args;
use evaluator::catalog::{Catalog, Edition};
use evaluator::plan::Mapping;
use evaluator::template::{self, Fill};
use std::path::PathBuf;

/// Where, and by which edition.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The folder to make; it must be empty or not there
    folder: PathBuf,
    /// The edition of EN 303 645: V2.1.1 or V3.1.3
    #[arg(long, default_value = "V2.1.1")]
    edition: Edition,
    /// Fill the documents in for a sample product that does not exist
    #[arg(long)]
    example: bool,
    /// Add probe.toml, where a laboratory says where captures, samples and databases lie and how to reach the device
    #[arg(long)]
    probe: bool,
    /// Say what was written as one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate init evaluations/monitor
  medseal evaluate init sample --example                 filled in, to learn from
  medseal evaluate init evaluations/monitor --edition V3.1.3
  medseal evaluate init evaluations/monitor --probe      with a document for the laboratory's probes

Every document has its guidance as comments and `?` where something is to be filled in; `medseal evaluate check --brief`
counts what is left. Editors that know TOML schemas complete keys and values from the first line of each document.";

/// Writes the documents and their schemas.
pub(super) fn run(options: &Options) -> Outcome {
    refuse_if_used(options)?;
    let catalog = Catalog::embedded().map_err(Problem::machine)?;
    let fill = if options.example { Fill::Example } else { Fill::Open };
    let mut files = template::documents(&catalog, options.edition, fill);
    if options.probe {
        files.insert("probe.toml".to_owned(), template::laboratory(&catalog, options.edition, fill));
    }
    files.extend(evaluator::schema::files(&catalog, options.edition));
    for (path, text) in &files {
        write(&options.folder.join(path), text.as_bytes())?;
    }
    if options.json {
        let paths: Vec<&String> = files.keys().collect();
        print::json(&serde_json::json!({
            "folder": options.folder,
            "edition": options.edition,
            "files": paths,
        }));
    } else {
        let folder = options.folder.display();
        print::note(&format!("{folder}: {} files for EN 303 645 {}", files.len(), options.edition));
        if let Some(mapping) = Mapping::of(&catalog, options.edition) {
            print::note(&format!("note: {mapping}"));
        }
        print::note(&format!("Next: fill in, then medseal evaluate check {folder} --brief"));
    }
    Ok(())
}

/// Nothing that is there is written over.
fn refuse_if_used(options: &Options) -> Outcome {
    match std::fs::read_dir(&options.folder) {
        Ok(mut entries) => match entries.next() {
            Some(_) => Err(Problem::Input(format!("{}: the folder is not empty", options.folder.display()))),
            None => Ok(()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Problem::Machine(format!("{}: {error}", options.folder.display()))),
    }
}
