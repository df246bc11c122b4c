//! `medseal evaluate judge`: an assessor's judgements, second readings, and evidence from outside, signed into the ledger.

use super::author::KeyArguments;
use super::open::open;
use crate::exit::{Outcome, Problem, read};
use crate::print;
use clap::Args;
use evaluator::catalog::ProvisionId;
use evaluator::forms::FilledForm;
use evaluator::ledger::{Confirmation, Event, Recognition, Source, Store};
use std::path::PathBuf;

/// What is signed.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Filled forms
    #[arg(required_unless_present_any = ["confirm", "recognise"])]
    forms: Vec<PathBuf>,
    /// The evaluation folder
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    #[command(flatten)]
    key: KeyArguments,
    /// Confirm the judgement of this entry as its second reader
    #[arg(long, value_name = "ENTRY", conflicts_with_all = ["forms", "recognise"])]
    confirm: Option<u64>,
    /// Recognise evidence from outside for the group of this provision (clause 4.7)
    #[arg(long, value_name = "PROVISION", conflicts_with = "forms", requires_all = ["scheme", "certificate", "document", "valid_until", "reason"])]
    recognise: Option<ProvisionId>,
    /// The scheme that the evidence comes from
    #[arg(long)]
    scheme: Option<String>,
    /// Name and number of the certificate or report
    #[arg(long)]
    certificate: Option<String>,
    /// The document itself
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// The last day on which it may be relied upon
    #[arg(long, value_name = "YYYY-MM-DD")]
    valid_until: Option<jiff::civil::Date>,
    /// Why it covers the group
    #[arg(long)]
    reason: Option<String>,
    /// Print the numbers of the entries as one JSON array
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate judge forms/5.6-3-2b_Intf-2.toml --key ada.key --folder evaluations/monitor
  medseal evaluate judge --confirm 17 --key bea.key
  medseal evaluate judge forms/*.toml --key pcsc:          with a PIV card in the only reader; its PIN is asked for
  medseal evaluate judge --recognise 5.3-7 --scheme 'Common Criteria' --certificate 'BSI-...' \\
      --document cert.pdf --valid-until 2027-01-31 --reason 'covers the update signature' --key ada.key

A form in which something is missing is refused, and nothing is written.";

/// Signs what was asked.
pub(super) fn run(options: &Options) -> Outcome {
    let author = options.key.author(&options.folder)?;
    let events = match (options.confirm, options.recognise) {
        (Some(entry), _) => vec![confirmation(options, entry)?],
        (None, Some(group)) => vec![recognition(options, group)?],
        (None, None) => judgements(options)?,
    };
    let mut numbers = Vec::new();
    let appended = events.into_iter().try_for_each(|event| {
        numbers.push(author.append(event)?.body().number);
        Ok(())
    });
    if options.json {
        print::json(&numbers);
    } else {
        numbers.iter().for_each(|number| print::result(&format!("entry {number}")));
    }
    // What was signed before a card was taken away is there, and told.
    appended
}

/// All forms are read before the first is signed.
fn judgements(options: &Options) -> Outcome<Vec<Event>> {
    let opened = open(&options.folder)?;
    let store = Store::of(&options.folder);
    let mut forms = Vec::new();
    for path in &options.forms {
        let bytes = read(path)?;
        let wrong = |error: String| Problem::Input(format!("{}: {error}", path.display()));
        let text = String::from_utf8(bytes).map_err(|_| wrong("not UTF-8".into()))?;
        let folder = path.parent().unwrap_or(&options.folder);
        let form = FilledForm::read(&opened.catalog, &opened.evaluation, &text, folder);
        forms.push(form.map_err(|error| wrong(error.to_string()))?);
    }
    let keep = |bytes: &[u8]| store.keep(bytes).map_err(std::io::Error::other);
    let judged = forms.into_iter().map(|form| form.judgement(keep).map(Event::Judgement));
    judged.collect::<Result<_, _>>().map_err(|error| Problem::Input(error.to_string()))
}

fn confirmation(options: &Options, entry: u64) -> Outcome<Event> {
    let bytes = Store::of(&options.folder).entry(entry);
    let bytes = bytes.ok_or_else(|| Problem::Input(format!("there is no entry {entry}")))?;
    let read = evaluator::ledger::Entry::parse(&bytes).map_err(|error| Problem::No(error.to_string()))?;
    match &read.body().event {
        Event::Judgement(judgement) => {
            print::note(&format!("{}: {}, {}", judgement.target, judgement.verdict, judgement.reason));
            Ok(Event::Confirmation(Confirmation { entry, sha256: read.digest() }))
        }
        Event::Opened { .. }
        | Event::Run(_)
        | Event::Confirmation(_)
        | Event::Carry(_)
        | Event::Recognition(_) => Err(Problem::Input(format!("entry {entry} is no judgement"))),
    }
}

fn recognition(options: &Options, group: ProvisionId) -> Outcome<Event> {
    let asked = |what: &str| Problem::Input(format!("--{what} is needed"));
    let document = options.document.as_deref().ok_or_else(|| asked("document"))?;
    let kept = Store::of(&options.folder).keep(&read(document)?).map_err(Problem::machine)?;
    Ok(Event::Recognition(Recognition {
        group,
        scheme: options.scheme.clone().ok_or_else(|| asked("scheme"))?,
        certificate: options.certificate.clone().ok_or_else(|| asked("certificate"))?,
        document: kept,
        valid_until: options.valid_until.ok_or_else(|| asked("valid-until"))?,
        reason: options.reason.clone().ok_or_else(|| asked("reason"))?,
    }))
}
