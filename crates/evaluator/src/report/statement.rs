//! The statement of conformity. Only an overall PASS lets it be written: [`Conformity`] is what proves it.

use super::rests::Rests;
use super::words::{obligation, standard, verdict_mark};
use super::{Source, evidence, front};
use crate::catalog::ProvisionId;
use crate::document::{Draft, Level, Row, Text};
use crate::ledger::Event;
use crate::product::Answer;
use crate::verdict::{Conclusion, IcsFault, Verdict};
use std::collections::BTreeMap;

/// That an evaluation's overall verdict is PASS. [`Conformity::of`] is its only maker.
#[derive(Debug, Clone, Copy)]
pub struct Conformity<'a>(&'a Conclusion);

/// Why there is no statement of conformity: what stands against a PASS, by name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no statement of conformity: the overall verdict is {verdict} ({})", reasons(self))]
pub struct NotConforming {
    /// The overall verdict.
    pub verdict: Verdict,
    /// Claimed provisions that failed.
    pub failed: Vec<ProvisionId>,
    /// Claimed provisions without a decision.
    pub undecided: Vec<ProvisionId>,
    /// Faults of the conformance statement.
    pub ics_faults: Vec<IcsFault>,
    /// Provisions without an answer, or whose condition nobody declared.
    pub unanswered: Vec<ProvisionId>,
    /// Errors in the documents.
    pub document_errors: usize,
}

/// How many names of one kind a message tells.
const TOLD: usize = 8;

fn reasons(not: &NotConforming) -> String {
    let NotConforming { verdict: _, failed, undecided, ics_faults, unanswered, document_errors } = not;
    let list = |what: &str, names: Vec<String>| {
        let more = names.len().saturating_sub(TOLD);
        let told = names.into_iter().take(TOLD).collect::<Vec<_>>().join(", ");
        match (told.is_empty(), more) {
            (true, _) => None,
            (false, 0) => Some(format!("{what}: {told}")),
            (false, more) => Some(format!("{what}: {told} and {more} more")),
        }
    };
    let names = |ids: &[ProvisionId]| ids.iter().map(ToString::to_string).collect();
    let faults = ics_faults.iter().map(ToString::to_string).collect();
    let errors = (*document_errors > 0).then(|| format!("{document_errors} error(s) in the documents"));
    let told = [
        list("failed", names(failed)),
        list("not decided", names(undecided)),
        list("the conformance statement is invalid", faults),
        list("not answered", names(unanswered)),
        errors,
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

impl<'a> Conformity<'a> {
    /// Takes a conclusion for what it is.
    ///
    /// # Errors
    /// When the verdict is not PASS.
    pub fn of(conclusion: &'a Conclusion) -> Result<Self, NotConforming> {
        let named = |verdict| {
            let groups = conclusion.groups.iter().filter(move |group| group.verdict == Some(verdict));
            groups.map(|group| group.provision).collect()
        };
        match conclusion.verdict {
            Verdict::Pass => Ok(Self(conclusion)),
            verdict @ (Verdict::Inconclusive | Verdict::Fail) => Err(NotConforming {
                verdict,
                failed: named(Verdict::Fail),
                undecided: named(Verdict::Inconclusive),
                ics_faults: conclusion.ics_faults.clone(),
                unanswered: conclusion.open.clone(),
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
    people(&mut draft, source);
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
    draft.paragraph(
        "Each provision with the maker's claim, its verdict, and the entries of the evidence ledger that the verdict rests on.",
    );
    let rows = conclusion.groups.iter().map(|group| {
        let entry = source.evaluation.ics.entries.get(&group.provision);
        let reason = entry.and_then(|entry| entry.reason.as_ref()).map_or("", |reason| reason.value.as_str());
        let last = match group.verdict {
            Some(_) => Rests::of(group).told(Text::new()),
            None => Text::from(reason),
        };
        Row::new([
            Text::from(group.provision.to_string()),
            Text::from(obligation(group.obligation)),
            super::words::answer_text(group.answer),
            super::words::verdict_text(group.verdict),
            last,
        ])
    });
    draft.table(
        "Claims and verdicts",
        &[
            ("Provision", 11),
            ("Status", 15),
            ("Claim", 8),
            ("Verdict", 16),
            ("What it rests on; the reason where not claimed", 40),
        ],
        rows,
    );
}

/// Who signed what the verdicts rest on.
fn people(draft: &mut Draft, source: Source<'_>) {
    let mut signed: BTreeMap<(&str, String), [usize; 3]> = BTreeMap::new();
    for entry in source.ledger.entries() {
        let body = entry.body();
        let place = match &body.event {
            Event::Judgement(_) | Event::Carry(_) | Event::Recognition(_) => 0,
            Event::Confirmation(_) => 1,
            Event::Run(_) => 2,
            Event::Opened { .. } => continue,
        };
        let counts = signed.entry((body.by.as_str(), entry.key().id())).or_default();
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
    }
    draft.heading(Level::One, "Who signed");
    draft.paragraph(
        "The evidence ledger is signed entry by entry. These are the people whose keys signed it; what each key signed can be \
         checked offline with medseal evaluate ledger verify.",
    );
    let rows = signed.into_iter().map(|((name, key), counts)| {
        let numbers = counts.map(|count| Text::from(count.to_string()));
        Row::new([Text::new().strong(name), Text::new().code(key)].into_iter().chain(numbers))
    });
    draft.table(
        "People and keys",
        &[("Name", 3), ("Key", 3), ("Judgements", 2), ("Second readings", 2), ("Runs of tools", 2)],
        rows,
    );
}
