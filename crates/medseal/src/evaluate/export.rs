//! `medseal evaluate export`: the declaration as a spreadsheet or a Word file, as laboratories use them.

use super::open::open;
use crate::exit::{Outcome, Problem, write};
use crate::print;
use clap::Args;
use evaluator::document::Front;
use evaluator::exchange;
use evaluator::product::{Documents, Evaluation};
use std::path::PathBuf;

/// Which declaration, into which file.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The evaluation folder
    folder: PathBuf,
    /// The file to write; it ends in .xlsx or .docx
    file: PathBuf,
    /// Say what was written as one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate export evaluations/monitor monitor.xlsx      DUT, ICS, a sheet for each of the 29 tables
  medseal evaluate export evaluations/monitor monitor.docx

Exit codes: 0 written; 1 something in the documents has no place in a sheet (all else was written);
2 the folder is no evaluation or the file's ending is neither; 3 a file could not be read or written.";

/// Writes the file.
pub(super) fn run(options: &Options) -> Outcome {
    let opened = open(&options.folder)?;
    let texts = Documents::read(&options.folder).map_err(Problem::machine)?.texts;
    let input = |error: exchange::ExchangeError| Problem::Input(error.to_string());
    let exported = exchange::export(&texts, &opened.catalog, opened.evaluation.edition()).map_err(input)?;
    let bytes = match options.file.extension().and_then(|ending| ending.to_str()) {
        Some("xlsx") => exchange::write_xlsx(&exported.workbook).map_err(input)?,
        Some("docx") => {
            exchange::write_docx(&exported.workbook, front(&opened.evaluation)?).map_err(input)?
        }
        Some(_) | None => {
            return Err(Problem::Input(format!(
                "{}: the file must end in .xlsx or .docx",
                options.file.display()
            )));
        }
    };
    write(&options.file, &bytes)?;
    if options.json {
        print::json(
            &serde_json::json!({ "file": options.file, "bytes": bytes.len(), "lost": exported.lost }),
        );
    } else {
        print::result(&options.file.display().to_string());
        exported.lost.iter().for_each(|lost| print::note(lost));
    }
    match exported.lost.len() {
        0 => Ok(()),
        count => Err(Problem::No(format!("{count} value(s) have no place in a sheet"))),
    }
}

fn front(evaluation: &Evaluation) -> Outcome<Front> {
    let words = |value: Option<&evaluator::finding::Located<String>>| {
        value.map_or_else(String::new, |value| value.value.clone())
    };
    let product = evaluation.dut.product.as_ref();
    let maker = evaluation.settings.manufacturer.as_ref();
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string().parse().map_err(Problem::machine)?;
    Ok(Front {
        kind: "Declaration".to_owned(),
        title: words(product.and_then(|product| product.name.as_ref())),
        subtitle: format!("ETSI EN 303 645 {}", evaluation.edition()),
        facts: Vec::new(),
        author: words(maker.and_then(|maker| maker.organisation.as_ref())),
        date,
        result: None,
    })
}
