//! `medseal evaluate import`: a declaration that somebody filled in as a spreadsheet or a Word file.

use crate::exit::{Outcome, Problem, read, write};
use crate::print;
use clap::Args;
use evaluator::catalog::Catalog;
use evaluator::exchange::{self, Workbook};
use evaluator::product::{Documents, Evaluation};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Which file, into which folder.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The file: .xlsx or .docx
    file: PathBuf,
    /// The evaluation folder
    folder: PathBuf,
    /// Replace documents that are there; comments in them are lost
    #[arg(long)]
    replace: bool,
    /// Say what was read as one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate import monitor.xlsx evaluations/monitor
  medseal evaluate import monitor.docx evaluations/monitor --replace

Sheets are known by their names (Evaluation, DUT, ICS, 1-AuthMech to 29-InpVal, MDS2, JSP, FHIR) and columns by their headings.
What has no place in a document is named. Then: medseal evaluate check.

Exit codes: 0 read; 2 the file is damaged, too large, or a cell cannot be taken (it is named), or a document is there already;
3 a file could not be read or written.";

/// Reads the file and writes the documents.
pub(super) fn run(options: &Options) -> Outcome {
    let catalog = Catalog::embedded().map_err(Problem::machine)?;
    let workbook = workbook(&options.file, &catalog)?;
    let named = |error| Problem::Input(format!("{}: {error}", options.file.display()));
    let imported = exchange::import(&workbook, &catalog).map_err(named)?;
    if !options.replace
        && let Some(there) = imported.texts.keys().find(|path| options.folder.join(path).exists())
    {
        let path = options.folder.join(there);
        return Err(Problem::Input(format!(
            "{}: is there already; --replace writes over it",
            path.display()
        )));
    }
    for (path, text) in &imported.texts {
        write(&options.folder.join(path), text.as_bytes())?;
    }
    schemas(&options.folder, &catalog, &imported.texts)?;
    if options.json {
        let written: Vec<&String> = imported.texts.keys().collect();
        print::json(&serde_json::json!({ "written": written, "passed_over": imported.passed_over }));
    } else {
        imported
            .texts
            .keys()
            .for_each(|path| print::result(&options.folder.join(path).display().to_string()));
        imported.passed_over.iter().for_each(|note| print::note(note));
    }
    Ok(())
}

/// Puts the schemas that the documents' first lines name beside them, unless they are there.
fn schemas(folder: &Path, catalog: &Catalog, imported: &BTreeMap<String, String>) -> Outcome {
    let there = Documents::read(folder).ok().map(|documents| documents.texts);
    let (evaluation, _) = Evaluation::parse(there.as_ref().unwrap_or(imported), catalog);
    for (path, text) in evaluator::schema::files(catalog, evaluation.edition()) {
        let path = folder.join(path);
        if !path.exists() {
            write(&path, text.as_bytes())?;
        }
    }
    Ok(())
}

fn workbook(file: &Path, catalog: &Catalog) -> Outcome<Workbook> {
    let bytes = read(file)?;
    let read = match file.extension().and_then(|ending| ending.to_str()) {
        Some("xlsx") => exchange::read_xlsx(&bytes),
        Some("docx") => exchange::read_docx(&bytes, catalog),
        Some(_) | None => {
            return Err(Problem::Input(format!("{}: the file must end in .xlsx or .docx", file.display())));
        }
    };
    read.map_err(|error| Problem::Input(format!("{}: {error}", file.display())))
}
