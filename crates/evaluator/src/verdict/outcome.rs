//! Outcomes: what a tool or a person found at a target.

use super::Verdict;
use super::target::{Subject, Target};
use crate::catalog::{Decider, State, UnitId, UnitRule};
use crate::ledger::{Digest, RunOutcome};
use std::collections::BTreeMap;

/// A unit that a tool may decide. It cannot be made of any other:
///
/// ```
/// # use evaluator::{catalog::Catalog, verdict::CheckUnit};
/// let catalog = Catalog::embedded()?;
/// let check = catalog.rule("4-1-1a".parse().unwrap()).unwrap();
/// let assess = catalog.rule("5.1-3-1a".parse().unwrap()).unwrap();
/// assert!(CheckUnit::of(check).is_some());
/// assert!(CheckUnit::of(assess).is_none());
/// # Ok::<(), evaluator::catalog::CatalogError>(())
/// ```
///
/// and what a tool found takes nothing else:
///
/// ```compile_fail
/// # use evaluator::{catalog::UnitId, verdict::{Subject, ToolOutcome, Verdict}};
/// let assess: UnitId = "5.1-3-1a".parse().unwrap();
/// let _ = ToolOutcome::new(assess, Subject::Product, Verdict::Pass, 1, "it looks fine");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckUnit(UnitId);

impl CheckUnit {
    /// Of a rule, if a tool may decide its unit.
    #[must_use]
    pub fn of(rule: &UnitRule) -> Option<Self> {
        match rule.decides {
            Decider::Tool => Some(Self(rule.unit)),
            Decider::Assessor | Decider::Inherited | Decider::Performed => None,
        }
    }

    /// The unit.
    #[must_use]
    pub fn id(self) -> UnitId {
        self.0
    }
}

/// What a tool found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolOutcome {
    target: Target,
    verdict: Verdict,
    observations: u32,
    escape: Option<String>,
    note: String,
}

impl ToolOutcome {
    /// Of a unit that a tool may decide. `observations` is how many answers, rows or ports it rests on.
    #[must_use]
    pub fn new(
        unit: CheckUnit,
        subject: Subject,
        verdict: Verdict,
        observations: u32,
        note: impl Into<String>,
    ) -> Self {
        let target = Target { unit: unit.id(), subject, state: None };
        Self { target, verdict, observations, escape: None, note: note.into() }
    }

    /// In a state of the device.
    #[must_use]
    pub fn in_state(mut self, state: State) -> Self {
        self.target.state = Some(state);
        self
    }

    /// With an exception that the documents show to apply.
    #[must_use]
    pub fn with_escape(mut self, escape: impl Into<String>) -> Self {
        self.escape = Some(escape.into());
        self
    }

    /// Where.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// In words.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }

    /// As a ledger's entry tells it.
    #[must_use]
    pub fn told(self, basis: Digest) -> RunOutcome {
        RunOutcome {
            target: self.target,
            verdict: self.verdict,
            observations: self.observations,
            escape: self.escape,
            basis,
            note: self.note,
        }
    }
}

/// Who says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Voice {
    /// A tool, and how much it saw.
    Tool {
        /// Its name and version.
        name: String,
        /// What its word rests on.
        observations: u32,
    },
    /// People: who judged, and who read it after.
    People(Vec<String>),
}

/// What is known of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub(super) verdict: Verdict,
    pub(super) voice: Voice,
    pub(super) escape: Option<String>,
    /// The declaration has not changed since.
    pub(super) is_current: bool,
    /// The ledger's entries that say it; none for what the documents themselves show.
    pub(super) entries: Vec<u64>,
    pub(super) note: String,
}

impl Outcome {
    /// The verdict that was given, whatever it is worth.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Who gave it.
    #[must_use]
    pub fn voice(&self) -> &Voice {
        &self.voice
    }

    /// Whether the declaration is still the one it was given for.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.is_current
    }

    /// The ledger's entries that say it.
    #[must_use]
    pub fn entries(&self) -> &[u64] {
        &self.entries
    }

    /// In words.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }
}

/// All that is known: the last word on each target.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    pub(super) by_target: BTreeMap<Target, Outcome>,
    /// Groups covered from outside: the entry, and the last day.
    pub(super) recognised: BTreeMap<crate::catalog::ProvisionId, (u64, jiff::civil::Date)>,
}

impl Outcomes {
    /// What is known of a target.
    #[must_use]
    pub fn get(&self, target: &Target) -> Option<&Outcome> {
        self.by_target.get(target)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Target, &Outcome)> {
        self.by_target.iter()
    }

    /// Adds what the documents themselves show, where nothing else has been said. Such an outcome is always current.
    pub fn add_documents(&mut self, found: impl IntoIterator<Item = ToolOutcome>) {
        for outcome in found {
            let ToolOutcome { target, verdict, observations, escape, note } = outcome;
            let name = concat!("medseal ", env!("CARGO_PKG_VERSION"), ", from the documents").to_owned();
            let voice = Voice::Tool { name, observations };
            let entry = Outcome { verdict, voice, escape, is_current: true, entries: Vec::new(), note };
            let known = self.by_target.entry(target);
            if let std::collections::btree_map::Entry::Occupied(mut known) = known {
                // A judgement of an earlier declaration gives way to what the present one shows.
                if !known.get().is_current {
                    known.insert(entry);
                }
            } else {
                known.or_insert(entry);
            }
        }
    }
}
