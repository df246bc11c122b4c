//! `medseal evaluate report`: what an evaluation found, for people and for machines.

use super::open::Opened;
use super::session::stand;
use crate::exit::{Outcome, Problem, write};
use crate::print;
use clap::{Args, ValueEnum};
use evaluator::checks::sarif::encoded;
use evaluator::document::{Date, Document, Draft, docx, html, pdf};
use evaluator::product::{Documents, Questionnaire};
use evaluator::report::{self, Conformity, Source};
use evaluator::verdict::Standing;
use std::path::{Path, PathBuf};

/// Which report, of which evaluation, in which form.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The report
    #[arg(value_enum)]
    kind: Kind,
    /// The evaluation folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The form of a report for people; oscal and cyclonedx are always JSON
    #[arg(long, value_enum, default_value_t = Form::Html)]
    format: Form,
    /// The file to write [default: reports/KIND.FORM in the folder]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The day that the report bears, YYYY-MM-DD [default: today, UTC]
    #[arg(long, value_name = "DAY")]
    date: Option<Date>,
    /// Say what was written as one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate report evaluation evaluations/monitor                     reports/evaluation.html
  medseal evaluate report gap evaluations/monitor --format pdf
  medseal evaluate report plan evaluations/monitor --format docx --output plan.docx
  medseal evaluate report statement evaluations/monitor --format pdf         only when the verdict is PASS
  medseal evaluate report mds2 evaluations/monitor --format docx             what hospitals ask for
  medseal evaluate report oscal evaluations/monitor --date 2026-11-22        the same file for the same input

Exit codes: 0 written; 1 the documents have open values, the ledger is not whole, or the verdict allows no statement;
2 the folder is no evaluation; 3 a file could not be read or written.";

/// What is reported.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The evaluation report
    Evaluation,
    /// The gap analysis
    Gap,
    /// The test plan
    Plan,
    /// The statement of conformity, when the verdict is PASS
    Statement,
    /// The disclosure statement for hospitals (MDS2), from mds2.toml
    Mds2,
    /// The Joint Security Plan, from jsp.toml
    Jsp,
    /// FHIR's security checklist, from fhir.toml
    Fhir,
    /// OSCAL assessment results
    Oscal,
    /// CycloneDX attestations
    Cyclonedx,
}

/// The form of a report.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// One page that needs nothing else
    Html,
    /// Tagged and archivable (PDF/UA-1, PDF/A-2a)
    Pdf,
    /// For Word and LibreOffice
    Docx,
}

impl Form {
    const fn extension(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Docx => "docx",
        }
    }
}

impl Options {
    const fn extension(&self) -> &'static str {
        match self.kind {
            Kind::Oscal | Kind::Cyclonedx => "json",
            Kind::Evaluation
            | Kind::Gap
            | Kind::Plan
            | Kind::Statement
            | Kind::Mds2
            | Kind::Jsp
            | Kind::Fhir => self.format.extension(),
        }
    }
}

/// The way from a report to the evaluation folder, as links in the report write it; folders that are not there are made.
fn way(report: &Path, folder: &Path) -> Outcome<String> {
    let name = |path: &Path, error| Problem::Machine(format!("{}: {error}", path.display()));
    let parent = report.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(|error| name(parent, error))?;
    let from = parent.canonicalize().map_err(|error| name(parent, error))?;
    let to = folder.canonicalize().map_err(|error| name(folder, error))?;
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(left, right)| left == right).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let down = to.iter().skip(common).map(|part| encoded(&part.as_os_str().to_string_lossy()));
    Ok(up.chain(down).collect::<Vec<_>>().join("/"))
}

/// A report as bytes.
struct Made {
    bytes: Vec<u8>,
    /// Characters that the PDF's fonts lack.
    replaced: u32,
}

/// Writes a report.
pub(super) fn run(options: &Options) -> Outcome {
    let (opened, standing) = stand(&options.folder)?;
    let texts = Documents::read(&options.folder).map_err(Problem::machine)?.texts;
    let date = options.date.map_or_else(today, Ok)?;
    let Opened { catalog, evaluation, findings } = &opened;
    let Standing { conclusion, ledger, refused, .. } = &standing;
    let name = options.kind.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
    let beside = || options.folder.join("reports").join(format!("{name}.{}", options.extension()));
    let path = options.output.clone().unwrap_or_else(beside);
    let to_folder = way(&path, &options.folder)?;
    let folder = to_folder.as_str();
    let source =
        Source { catalog, evaluation, texts: &texts, findings, conclusion, ledger, refused, folder, date };
    let made = make(options, source)?;
    write(&path, &made.bytes)?;
    if options.json {
        print::json(&serde_json::json!({
            "report": name,
            "file": path,
            "bytes": made.bytes.len(),
            "verdict": conclusion.verdict,
            "characters_without_glyph": made.replaced,
        }));
    } else {
        print::result(&path.display().to_string());
        if made.replaced > 0 {
            print::note(&format!(
                "{} character(s) that the embedded fonts lack are shown as □; the HTML and DOCX forms have them",
                made.replaced
            ));
        }
    }
    Ok(())
}

fn today() -> Outcome<Date> {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string().parse().map_err(Problem::machine)
}

fn make(options: &Options, source: Source<'_>) -> Outcome<Made> {
    match options.kind {
        Kind::Evaluation => render(report::evaluation(source), options.format),
        Kind::Gap => render(report::gap(source), options.format),
        Kind::Plan => render(report::plan(source), options.format),
        Kind::Statement => {
            let proof = Conformity::of(source.conclusion).map_err(|error| Problem::No(error.to_string()))?;
            render(report::statement(source, proof), options.format)
        }
        Kind::Mds2 => questionnaire(source, Questionnaire::Mds2, options.format),
        Kind::Jsp => questionnaire(source, Questionnaire::Jsp, options.format),
        Kind::Fhir => questionnaire(source, Questionnaire::Fhir, options.format),
        Kind::Oscal => machine(source, &report::oscal(source)),
        Kind::Cyclonedx => machine(source, &report::cyclonedx(source)),
    }
}

fn questionnaire(source: Source<'_>, which: Questionnaire, form: Form) -> Outcome<Made> {
    match report::questionnaire(source, which) {
        Some(draft) => render(draft, form),
        None => Err(Problem::No(format!("the folder has no {}.toml", which.key()))),
    }
}

fn render(draft: Draft, form: Form) -> Outcome<Made> {
    let document: Document = draft.finish().map_err(|error| Problem::No(error.to_string()))?;
    let (bytes, replaced) = match form {
        Form::Html => (html::render(&document).into_bytes(), 0),
        Form::Pdf => {
            let pdf = pdf::render(&document).map_err(Problem::machine)?;
            (pdf.bytes, pdf.replaced)
        }
        Form::Docx => (docx::render(&document).map_err(Problem::machine)?, 0),
    };
    Ok(Made { bytes, replaced })
}

fn machine(source: Source<'_>, value: &serde_json::Value) -> Outcome<Made> {
    let open = source.open_values();
    if !open.is_empty() {
        return Err(Problem::No(format!("{} placeholder(s) left open: {}", open.len(), open.join("; "))));
    }
    let mut bytes = serde_json::to_vec_pretty(value).map_err(Problem::machine)?;
    bytes.push(b'\n');
    Ok(Made { bytes, replaced: 0 })
}
