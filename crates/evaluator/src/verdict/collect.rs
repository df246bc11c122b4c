//! From a checked ledger to the last word on each target.
//!
//! Entries are taken in order; a later one on the same target replaces an earlier one. What an entry may not say is
//! refused and named, and counts as if it were not there: a tool's verdict on what a person must judge, a judgement by
//! somebody who is no assessor, a second reading by the first reader, anything by a key that had ended. Entries are taken
//! to be as late as the latest before them, so that nobody gets past the end of a key by setting a clock back.

use super::basis::basis;
use super::outcome::{CheckUnit, Outcome, Outcomes, Voice};
use super::target::Target;
use crate::catalog::{Catalog, UnitId};
use crate::ledger::{Carry, Confirmation, Digest, Entry, Event, Judgement, Role, Roster, Run, WholeLedger};
use crate::product::Evaluation;
use serde::Serialize;
use std::collections::BTreeMap;
use thiserror::Error;

/// An entry, or a part of one, that cannot count.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize)]
#[serde(tag = "refused", rename_all = "kebab-case")]
pub enum Refused {
    /// A tool decided what a person must judge.
    #[error("entry {entry}: a tool cannot decide {unit}")]
    ToolOnAssess {
        /// The entry.
        entry: u64,
        /// The unit.
        unit: UnitId,
    },
    /// A unit that there is not.
    #[error("entry {entry}: there is no unit {unit}")]
    NoUnit {
        /// The entry.
        entry: u64,
        /// The unit.
        unit: UnitId,
    },
    /// A judgement by somebody who is no assessor.
    #[error("entry {entry}: {by} is no assessor")]
    NotAssessor {
        /// The entry.
        entry: u64,
        /// Who.
        by: String,
    },
    /// Signed after the day on which the key ended.
    #[error("entry {entry}: {by}'s key ended on {until}")]
    KeyEnded {
        /// The entry.
        entry: u64,
        /// Who.
        by: String,
        /// The key's last day.
        until: jiff::civil::Date,
    },
    /// A reason is what makes a verdict a judgement.
    #[error("entry {entry}: a judgement without a reason")]
    NoReason {
        /// The entry.
        entry: u64,
    },
    /// A second reading that confirms no judgement, or another one than it names.
    #[error("entry {entry}: it confirms no judgement (entry {of})")]
    ConfirmsNothing {
        /// The entry.
        entry: u64,
        /// What it names.
        of: u64,
    },
    /// The second reader is the first.
    #[error("entry {entry}: {by} has judged entry {of} and cannot be its second reader")]
    SameReader {
        /// The entry.
        entry: u64,
        /// What it names.
        of: u64,
        /// Who.
        by: String,
    },
    /// An outcome was carried over that is not there.
    #[error("entry {entry}: it carries over what entry {of} does not say")]
    CarriesNothing {
        /// The entry.
        entry: u64,
        /// What it names.
        of: u64,
    },
}

/// An outcome, and the declaration it was made for.
struct Said {
    outcome: Outcome,
    basis: Digest,
}

struct Collector<'a> {
    catalog: &'a Catalog,
    ledger: &'a WholeLedger,
    roster: &'a Roster,
    said: BTreeMap<Target, Said>,
    outcomes: Outcomes,
    refused: Vec<Refused>,
    /// The latest time that an entry so far says it was written: none that follows can be older, whatever it says.
    now: jiff::Timestamp,
}

/// Collects what the ledger says of the evaluation as it is now.
#[must_use]
pub fn collect(
    catalog: &Catalog,
    evaluation: &Evaluation,
    ledger: &WholeLedger,
    roster: &Roster,
) -> (Outcomes, Vec<Refused>) {
    let said = BTreeMap::new();
    let (outcomes, refused, now) = (Outcomes::default(), Vec::new(), jiff::Timestamp::MIN);
    let mut collector = Collector { catalog, ledger, roster, said, outcomes, refused, now };
    for entry in ledger.entries() {
        collector.entry(entry);
    }
    let Collector { said, mut outcomes, refused, .. } = collector;
    for (target, Said { mut outcome, basis: held_against }) in said {
        outcome.is_current = held_against == basis(catalog, evaluation, &target);
        outcomes.by_target.insert(target, outcome);
    }
    (outcomes, refused)
}

impl Collector<'_> {
    fn entry(&mut self, entry: &Entry) {
        let number = entry.body().number;
        self.now = self.now.max(entry.body().at);
        if let Some(person) = self.roster.owner(entry.key())
            && let Some(until) = person.until.filter(|_| !person.may_sign_at(self.now))
        {
            self.refused.push(Refused::KeyEnded { entry: number, by: person.name.clone(), until });
            return;
        }
        match &entry.body().event {
            Event::Opened { .. } => {}
            Event::Run(run) => self.run(number, run),
            Event::Judgement(judgement) => self.judgement(entry, number, judgement),
            Event::Confirmation(confirmation) => self.confirmation(entry, number, confirmation),
            Event::Carry(carry) => self.carry(entry, number, carry),
            Event::Recognition(recognition) => {
                if self.is_assessor(entry, number) {
                    self.outcomes.recognised.insert(recognition.group, (number, recognition.valid_until));
                }
            }
        }
    }

    fn run(&mut self, entry: u64, run: &Run) {
        for told in &run.outcomes {
            let unit = told.target.unit;
            let Some(rule) = self.catalog.rule(unit) else {
                self.refused.push(Refused::NoUnit { entry, unit });
                continue;
            };
            if CheckUnit::of(rule).is_none() {
                self.refused.push(Refused::ToolOnAssess { entry, unit });
                continue;
            }
            let name = format!("{} {}", run.tool, run.version);
            let outcome = Outcome {
                verdict: told.verdict,
                voice: Voice::Tool { name, observations: told.observations },
                escape: told.escape.clone(),
                is_current: false,
                entries: vec![entry],
                note: told.note.clone(),
            };
            self.said.insert(told.target.clone(), Said { outcome, basis: told.basis });
        }
    }

    fn judgement(&mut self, entry: &Entry, number: u64, judgement: &Judgement) {
        let unit = judgement.target.unit;
        if !self.is_assessor(entry, number) {
            return;
        }
        if self.catalog.unit(unit).is_none() {
            self.refused.push(Refused::NoUnit { entry: number, unit });
        } else if judgement.reason.trim().is_empty() {
            self.refused.push(Refused::NoReason { entry: number });
        } else {
            let outcome = Outcome {
                verdict: judgement.verdict,
                voice: Voice::People(vec![entry.body().by.clone()]),
                escape: judgement.escape.clone(),
                is_current: false,
                entries: vec![number],
                note: judgement.reason.clone(),
            };
            self.said.insert(judgement.target.clone(), Said { outcome, basis: judgement.basis });
        }
    }

    fn confirmation(&mut self, entry: &Entry, number: u64, confirmation: &Confirmation) {
        if !self.is_assessor(entry, number) {
            return;
        }
        let of = confirmation.entry;
        let first =
            self.ledger.entry(of).filter(|first| of < number && first.digest() == confirmation.sha256);
        let Some((first, Event::Judgement(judgement))) = first.map(|first| (first, &first.body().event))
        else {
            self.refused.push(Refused::ConfirmsNothing { entry: number, of });
            return;
        };
        let by = entry.body().by.clone();
        if first.key() == entry.key() || first.body().by == by {
            self.refused.push(Refused::SameReader { entry: number, of, by });
            return;
        }
        // A judgement that a later one replaced keeps its second reader to itself.
        if let Some(said) = self.said.get_mut(&judgement.target)
            && said.outcome.entries.first() == Some(&of)
            && let Voice::People(people) = &mut said.outcome.voice
            && !people.contains(&by)
        {
            people.push(by);
            said.outcome.entries.push(number);
        }
    }

    fn carry(&mut self, entry: &Entry, number: u64, carry: &Carry) {
        if !self.is_assessor(entry, number) {
            return;
        }
        let known =
            self.said.get_mut(&carry.target).filter(|said| said.outcome.entries.contains(&carry.entry));
        match known {
            Some(said) if !carry.reason.trim().is_empty() => {
                said.basis = carry.basis;
                said.outcome.entries.push(number);
            }
            Some(_) => self.refused.push(Refused::NoReason { entry: number }),
            None => self.refused.push(Refused::CarriesNothing { entry: number, of: carry.entry }),
        }
    }

    fn is_assessor(&mut self, entry: &Entry, number: u64) -> bool {
        let is_one = self.roster.owner(entry.key()).is_some_and(|person| person.role == Role::Assessor);
        if !is_one {
            self.refused.push(Refused::NotAssessor { entry: number, by: entry.body().by.clone() });
        }
        is_one
    }
}
