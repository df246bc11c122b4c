//! `medseal hl7 view`: a message as a tree, with what each field is called, what became of each segment, and what is wrong.

use crate::exit::{Outcome, Problem};
use crate::hl7::file;
use crate::print;
use clap::Args;
use clinical::account::{Fate, Review};
use clinical::header::{Header, Kind};
use clinical::hl7::{Field, Message, Segment, Zone, decode, field_name, segment_name};
use clinical::validate;
use serde_json::{Value, json};
use std::path::PathBuf;

/// What to show.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// A file with one or more messages, as lines or in MLLP frames
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Each component on a line of its own
    #[arg(long)]
    components: bool,
    /// Print one JSON object a message
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal hl7 view message.hl7
  medseal hl7 view capture.mllp --json

Beside each segment stands what the gateway makes of it: where it goes, that it is kept as it is, or why it could not be mapped.
Exit code: 0 the gateway takes it, 1 it would refuse one of the messages, 2 the file is no message.";

/// Shows.
pub(super) fn run(options: &Options) -> Outcome {
    let mut refused = 0;
    for bytes in file::messages(&options.file)? {
        let wrong = |what: String| Problem::Input(format!("{}: {what}", options.file.display()));
        let text = decode(&bytes).map_err(|error| wrong(error.to_string()))?;
        let message = Message::parse(&text).map_err(|error| wrong(error.to_string()))?;
        let review = Review::of(&message, &Zone::UTC);
        refused += usize::from(review.refused.is_some());
        if options.json {
            print::json(&object(&message, &review));
        } else {
            tree(&message, &review, options.components);
        }
    }
    if refused > 0 { Err(Problem::No(format!("{refused} refused"))) } else { Ok(()) }
}

/// What PCD-01 asks and the message does not keep, apart from what is wrong with it for the gateway. Only of measurements.
fn deviations(message: &Message<'_>) -> Vec<String> {
    match Kind::of(message) {
        Kind::Observations => validate::pcd01(message).iter().map(ToString::to_string).collect(),
        Kind::Alarm | Kind::Association | Kind::Admission | Kind::Query | Kind::Answer | Kind::Other => {
            Vec::new()
        }
    }
}

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const YELLOW: &str = "\x1b[33m";
const PLAIN: &str = "\x1b[0m";

fn tree(message: &Message<'_>, review: &Review, components: bool) {
    let header = Header::of(message, &Zone::UTC);
    print::result(&format!(
        "{BOLD}{} v{}{PLAIN} from {}, control id {}",
        header.event,
        header.version,
        if header.application.namespace.is_empty() { "nobody" } else { &header.application.namespace },
        header.control_id
    ));
    for (segment, entry) in message.segments().iter().zip(review.account.entries()) {
        let fate = match entry.fate {
            Fate::Mapped(_) => entry.fate.to_string(),
            Fate::Kept(_) => format!("{DIM}{}{PLAIN}", entry.fate),
            Fate::Reported(_) => format!("{YELLOW}{}{PLAIN}", entry.fate),
        };
        let title = segment_name(segment.name()).unwrap_or("not a segment that is known here");
        print::result(&format!("{BOLD}{}{PLAIN} {title} -> {fate}", segment.name()));
        for (path, field) in fields(*segment) {
            let name = field_name(segment.name(), path).unwrap_or_default();
            let path = format!("{}-{path}", segment.name());
            print::result(&format!("  {path:<8} {DIM}{name:<28}{PLAIN} {}", shown(field.raw())));
            if components {
                each_component(&path, field);
            }
        }
    }
    let note = |heading: &str, words: &[String]| {
        if !words.is_empty() {
            print::result(&format!("{BOLD}{heading}{PLAIN}"));
            words.iter().for_each(|words| print::result(&format!("  {words}")));
        }
    };
    note("Refused by the gateway", &review.refused.iter().map(ToString::to_string).collect::<Vec<_>>());
    note("Taken although", &review.remarks.iter().map(ToString::to_string).collect::<Vec<_>>());
    note("Not as PCD-01 asks", &deviations(message));
    print::result("");
}

/// The fields that hold something, by their numbers. The separators themselves are not content.
fn fields(segment: Segment<'_>) -> impl Iterator<Item = (usize, Field<'_>)> {
    let separators = if segment.name() == "MSH" { 2 } else { 0 };
    let fields = (1..).zip(segment.fields());
    fields.filter(move |(number, field)| *number > separators && !field.is_empty())
}

fn each_component(path: &str, field: Field<'_>) {
    for (repetition, number) in field.repetitions().zip(1_usize..) {
        for (component, part) in
            repetition.components().zip(1_usize..).filter(|(component, _)| !component.is_empty())
        {
            let repetition = if number > 1 { format!("({number})") } else { String::new() };
            print::result(&format!("    {path}{repetition}.{part} {}", shown(&component.text())));
        }
    }
}

/// What a person reads: no control characters that would move the terminal's cursor, and a long value cut.
fn shown(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut out: String =
        text.chars().take(LONGEST).map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect();
    if text.chars().count() > LONGEST {
        out.push_str(" …");
    }
    out
}

fn object(message: &Message<'_>, review: &Review) -> Value {
    let header = Header::of(message, &Zone::UTC);
    let segments = message.segments().iter().zip(review.account.entries()).map(|(segment, entry)| {
        let fields: Vec<Value> = fields(*segment)
            .map(|(number, field)| {
                json!({ "path": format!("{}-{number}", segment.name()), "name": field_name(segment.name(), number), "value": field.raw() })
            })
            .collect();
        let fate = match entry.fate {
            Fate::Mapped(_) => "mapped",
            Fate::Kept(_) => "kept",
            Fate::Reported(_) => "reported",
        };
        json!({ "number": segment.number(), "segment": segment.name(), "name": segment_name(segment.name()), "fate": fate, "what": entry.fate.to_string(), "fields": fields })
    });
    json!({
        "event": header.event,
        "version": header.version,
        "control_id": header.control_id,
        "segments": segments.collect::<Vec<_>>(),
        "refused": review.refused.map(|it| it.to_string()),
        "remarks": review.remarks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "deviations": deviations(message),
    })
}
