//! Words, marks and places that all reports use alike.

use super::rests;
use crate::catalog::{Edition, Obligation, ProvisionId};
use crate::document::{Anchor, Mark, Part, Text, Tone};
use crate::finding::{Level, Located};
use crate::product::Answer;
use crate::verdict::Verdict;

/// The mark of a verdict.
pub(super) fn verdict_mark(verdict: Verdict) -> Mark {
    let tone = match verdict {
        Verdict::Pass => Tone::Good,
        Verdict::Inconclusive => Tone::Open,
        Verdict::Fail => Tone::Bad,
    };
    Mark::new(verdict.name(), tone)
}

/// A verdict, or that none was asked for.
pub(super) fn verdict_text(verdict: Option<Verdict>) -> Text {
    verdict.map_or_else(|| Text::new().quiet("not claimed"), |verdict| verdict_mark(verdict).into())
}

/// The mark of a finding's level.
pub(super) fn level_mark(level: Level) -> Mark {
    match level {
        Level::Error => Mark::new("ERROR", Tone::Bad),
        Level::Warning => Mark::new("WARNING", Tone::Open),
        Level::Note => Mark::new("NOTE", Tone::Plain),
    }
}

/// The maker's answer.
pub(super) fn answer_text(answer: Option<Answer>) -> Text {
    answer
        .map_or_else(|| Mark::new("no answer", Tone::Open).into(), |answer| Text::new().strong(answer.name()))
}

/// Mandatory or recommended, in a word.
pub(super) const fn obligation(obligation: Obligation) -> &'static str {
    match obligation {
        Obligation::Mandatory => "mandatory",
        Obligation::Recommended => "recommended",
    }
}

/// A value of the declaration, or that it is not declared.
pub(super) fn said(value: Option<&Located<String>>) -> Text {
    value.map_or_else(|| Text::new().quiet("not declared"), |value| Text::from(value.value.as_str()))
}

/// A value of the declaration as plain words.
pub(super) fn plain(value: Option<&Located<String>>) -> &str {
    value.map_or("not declared", |value| value.value.as_str())
}

/// Where a provision is spoken of.
pub(super) fn provision_anchor(id: ProvisionId) -> Anchor {
    Anchor::new(&format!("provision {id}"))
}

/// Where an entry of the ledger stands.
pub(super) fn entry_anchor(number: u64) -> Anchor {
    Anchor::new(&format!("entry {number}"))
}

/// Links to entries of the ledger; those without a gap between them are told together.
pub(super) fn entries(text: Text, numbers: &[u64]) -> Text {
    rests::runs(numbers).into_iter().enumerate().fold(text, |text, (at, run)| {
        let text = if at == 0 { text } else { text.plain(", ") };
        rests::run(text, run)
    })
}

/// The standard with its edition.
pub(super) fn standard(edition: Edition) -> String {
    format!("ETSI EN 303 645 {edition}")
}

/// Counts verdicts as parts of a bar; claims without a verdict count as not claimed.
pub(super) fn parts(verdicts: impl Iterator<Item = Option<Verdict>>) -> Vec<Part> {
    let (mut pass, mut open, mut fail, mut quiet) = (0, 0, 0, 0);
    for verdict in verdicts {
        match verdict {
            Some(Verdict::Pass) => pass += 1,
            Some(Verdict::Inconclusive) => open += 1,
            Some(Verdict::Fail) => fail += 1,
            None => quiet += 1,
        }
    }
    let part = |label: &str, count, tone| Part { label: label.to_owned(), count, tone };
    vec![
        part("PASS", pass, Tone::Good),
        part("INCONCLUSIVE", open, Tone::Open),
        part("FAIL", fail, Tone::Bad),
        part("not claimed", quiet, Tone::Quiet),
    ]
}
