//! The chapters that other parts of a report link to: the ledger's entries and the documents, each with its hash.

use super::Source;
use super::rests;
use super::words::{entries, entry_anchor};
use crate::document::{Draft, Level, Row, Text, Tone};
use crate::ledger::{Digest, Event};

/// The chapters.
pub(super) fn chapters(draft: &mut Draft, source: Source<'_>) {
    draft.heading(Level::One, "Evidence");
    draft.paragraph(
        "Each entry is signed, names the hash of the one before it, and was checked when this report was made. Files that an entry names lie \
         in the evaluation's folder of evidence under their SHA-256.",
    );
    if source.ledger.entries().next().is_none() {
        draft.note(
            Tone::Open,
            "The ledger is empty",
            [Text::from(
                "No tool has run and nobody has judged yet; what the documents show is all there is.",
            )],
        );
    } else {
        let rows = source.ledger.entries().map(|entry| entry_row(source, entry));
        draft.table(
            "Entries of the ledger",
            &[("Entry", 7), ("At", 15), ("By", 14), ("What", 42), ("SHA-256 of the entry; files", 34)],
            rows,
        );
    }
    if !source.refused.is_empty() {
        draft.note(
            Tone::Bad,
            "Entries that do not count",
            source.refused.iter().map(|refused| Text::from(refused.to_string())),
        );
    }
    documents(draft, source);
}

/// The documents alone, for reports that speak of nothing else.
pub(super) fn documents(draft: &mut Draft, source: Source<'_>) {
    draft.heading_at(Level::One, "Documents", rests::documents());
    draft.paragraph(
        "The declaration that was evaluated, as it was read. What a program decides by looking something up in it rests on these texts.",
    );
    let rows = source.texts.iter().map(|(path, text)| {
        Row::new([Text::new().code(path.as_str()), Text::new().code(Digest::of(text.as_bytes()).to_string())])
    });
    draft.table("Documents of the declaration", &[("Document", 3), ("SHA-256", 7)], rows);
}

fn entry_row(source: Source<'_>, entry: &crate::ledger::Entry) -> Row {
    let body = entry.body();
    let mut hashes = Text::new().code(entry.digest().to_string());
    for digest in entry.evidence() {
        hashes = hashes
            .plain(" ")
            .address("file", source.beside(&format!("evidence/{digest}")))
            .plain(" ")
            .code(digest.to_string());
    }
    Row::new([
        Text::new().strong(body.number.to_string()),
        Text::from(body.at.to_string()),
        Text::from(body.by.as_str()),
        event(&body.event),
        hashes,
    ])
    .anchored(entry_anchor(body.number))
}

fn event(event: &Event) -> Text {
    match event {
        Event::Opened { product } => Text::from(format!("The ledger was opened for {product}.")),
        Event::Run(run) => {
            let text = Text::from(format!("{} {} ran by procedure {}", run.tool, run.version, run.procedure));
            let text =
                if run.command.is_empty() { text } else { text.plain(": ").code(run.command.join(" ")) };
            text.plain(format!(". {} outcome(s), {} to {}.", run.outcomes.len(), run.started, run.ended))
        }
        Event::Judgement(judgement) => Text::from(format!("{} was judged ", judgement.target))
            .strong(judgement.verdict.name())
            .plain(format!(": {}", judgement.reason)),
        Event::Confirmation(confirmation) => {
            entries(Text::from("A second reader agrees with "), &[confirmation.entry])
        }
        Event::Carry(carry) => {
            entries(Text::from(format!("{} still counts as said in ", carry.target)), &[carry.entry])
                .plain(format!(": {}", carry.reason))
        }
        Event::Recognition(recognition) => Text::from(format!(
            "{} is covered by {} of {}, valid until {}: {}",
            recognition.group,
            recognition.certificate,
            recognition.scheme,
            recognition.valid_until,
            recognition.reason
        )),
    }
}
