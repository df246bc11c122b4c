//! The statement of conformity. Only an overall PASS lets it be written: [`Conformity`] is what proves it.

use super::words::{obligation, standard, verdict_mark};
use super::{Source, evidence, front};
use crate::document::{Draft, Level, Row, Text};
use crate::product::Answer;
use crate::verdict::{Conclusion, Verdict};

/// That an evaluation's overall verdict is PASS. [`Conformity::of`] is its only maker.
#[derive(Debug, Clone, Copy)]
pub struct Conformity<'a>(&'a Conclusion);

/// Why there is no statement of conformity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no statement of conformity: the overall verdict is {verdict} ({failed} claimed provision(s) failed, {undecided} not decided, \
     {ics_faults} fault(s) in the conformance statement, {unanswered} provision(s) not answered, {document_errors} error(s) in documents)"
)]
pub struct NotConforming {
    /// The overall verdict.
    pub verdict: Verdict,
    /// Claimed provisions that failed.
    pub failed: usize,
    /// Claimed provisions without a decision.
    pub undecided: usize,
    /// Faults of the conformance statement.
    pub ics_faults: usize,
    /// Provisions without an answer.
    pub unanswered: usize,
    /// Errors in the documents.
    pub document_errors: usize,
}

impl<'a> Conformity<'a> {
    /// Takes a conclusion for what it is.
    ///
    /// # Errors
    /// When the verdict is not PASS.
    pub fn of(conclusion: &'a Conclusion) -> Result<Self, NotConforming> {
        let count = |verdict| conclusion.groups.iter().filter(|group| group.verdict == Some(verdict)).count();
        match conclusion.verdict {
            Verdict::Pass => Ok(Self(conclusion)),
            verdict @ (Verdict::Inconclusive | Verdict::Fail) => Err(NotConforming {
                verdict,
                failed: count(Verdict::Fail),
                undecided: count(Verdict::Inconclusive),
                ics_faults: conclusion.ics_faults.len(),
                unanswered: conclusion.open.len(),
                document_errors: conclusion.document_errors,
            }),
        }
    }
}

/// Writes the statement. What it says of verdicts is taken from the proof; all else from the source.
#[must_use]
pub fn statement(source: Source<'_>, proof: Conformity<'_>) -> Draft {
    let Conformity(conclusion) = proof;
    let mut draft = front::draft(source, "Statement of conformity", Some(verdict_mark(conclusion.verdict)));
    draft.heading(Level::One, "Statement");
    front::voluntary(&mut draft, source);
    let claimed = conclusion.groups.iter().filter(|group| group.answer == Some(Answer::Yes)).count();
    draft.paragraph(
        Text::from("The product named on the first page, in the versions named there and within the scope below, was evaluated against ")
            .strong(standard(conclusion.edition))
            .plain(format!(
                ". Its conformance statement is valid, every mandatory provision that applies to it is claimed, and each of the {claimed} claimed \
                 provisions is met. The overall verdict is "
            ))
            .mark(verdict_mark(conclusion.verdict))
            .plain("."),
    );
    draft.paragraph(
        "The statement holds for these versions and this declaration only: any change of either makes verdicts void until they are \
         evaluated again. It is medseal's rendering of an evaluation, not a certificate of ETSI or of any accreditation body.",
    );
    scope(&mut draft, source);
    provisions(&mut draft, source, conclusion);
    front::confidence(&mut draft, source);
    evidence::chapters(&mut draft, source);
    front::open_values(&mut draft, source);
    draft
}

fn scope(draft: &mut Draft, source: Source<'_>) {
    draft.heading(Level::One, "Scope");
    let dut = &source.evaluation.dut;
    for (title, items) in [("In scope", &dut.included), ("Out of scope", &dut.excluded)] {
        draft.heading(Level::Three, title);
        if items.is_empty() {
            draft.paragraph("Nothing is declared.");
        } else {
            draft.list(items.iter().map(|item| Text::from(item.value.as_str())));
        }
    }
}

fn provisions(draft: &mut Draft, source: Source<'_>, conclusion: &Conclusion) {
    draft.heading(Level::One, "Provisions");
    let rows = conclusion.groups.iter().map(|group| {
        let entry = source.evaluation.ics.entries.get(&group.provision);
        let reason = entry.and_then(|entry| entry.reason.as_ref()).map_or("", |reason| reason.value.as_str());
        Row::new([
            Text::from(group.provision.to_string()),
            Text::from(obligation(group.obligation)),
            super::words::answer_text(group.answer),
            super::words::verdict_text(group.verdict),
            Text::from(reason),
        ])
    });
    draft.table(
        "Claims and verdicts",
        &[("Provision", 2), ("Status", 3), ("Claim", 2), ("Verdict", 3), ("Reason where not claimed", 7)],
        rows,
    );
}
