//! What has to be done again after a change, and what can be carried over with its evidence.
//!
//! Two evaluations of one product are compared target by target. Done again is what nothing was known of, what was
//! declared differently, what looks at the product where a change of it reaches (`reach`), and what a procedure now finds
//! otherwise. The rest is carried over, by an entry of the ledger that an assessor signs.

mod reach;

use crate::catalog::{Catalog, Decider, UnitId};
use crate::ledger::{Carry, Digest, Event, WholeLedger};
use crate::plan::plan;
use crate::product::Evaluation;
use crate::verdict::{Outcomes, Target, basis};
use reach::Reach;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Why something is done again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Again {
    /// There was no outcome that counted.
    NothingKnown,
    /// What the unit looks at is declared differently.
    Declaration,
    /// Components changed that have to do with what the unit looks at.
    Components(Vec<String>),
    /// Components changed that no other row of the declaration names, so that they may be at work anywhere.
    UnknownReach(Vec<String>),
    /// The model or the hardware is another one.
    Hardware,
    /// The software has another version and no component says what changed.
    UnknownChange,
    /// A procedure found something else than before.
    Procedure(String),
}

/// What happens with one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// It is done again.
    Again(Vec<Again>),
    /// The outcome stays, as the ledger's entry says.
    Carried(u64),
    /// The documents themselves decide it, each time.
    Documents,
}

/// What happens with each target of the new evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Components that were added, removed or changed.
    pub components: Vec<String>,
    /// Each target of the plan.
    pub steps: Vec<(Target, Step)>,
}

/// An evaluation with what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The declaration.
    pub evaluation: &'a Evaluation,
    /// The outcomes.
    pub outcomes: &'a Outcomes,
    /// The ledger.
    pub ledger: &'a WholeLedger,
}

/// Compares.
#[must_use]
pub fn diff(catalog: &Catalog, old: Side<'_>, new: Side<'_>) -> Difference {
    let reach = Reach::between(old, new);
    let procedures = changed_procedures(old.ledger, new.ledger);
    let mut steps = Vec::new();
    let planned = plan(catalog, new.evaluation);
    for unit in planned.groups.iter().flat_map(|group| &group.cases).flat_map(|case| &case.units) {
        if unit.decides == Decider::Inherited
            && catalog.rule(unit.unit).is_some_and(|rule| rule.plus.is_none())
        {
            continue;
        }
        for target in &unit.targets {
            let known = old.outcomes.get(target).filter(|outcome| outcome.is_current());
            let Some(known) = known else {
                steps.push((target.clone(), Step::Again(vec![Again::NothingKnown])));
                continue;
            };
            let Some(entry) = known.entries().first() else {
                steps.push((target.clone(), Step::Documents));
                continue;
            };
            let mut why = Vec::new();
            if basis::declaration(catalog, old.evaluation, target)
                != basis::declaration(catalog, new.evaluation, target)
            {
                why.push(Again::Declaration);
            }
            why.extend(reach.concerns(catalog, new.evaluation, target));
            why.extend(procedures.get(&unit.unit).map(|procedure| Again::Procedure(procedure.clone())));
            let step = if why.is_empty() { Step::Carried(*entry) } else { Step::Again(why) };
            steps.push((target.clone(), step));
        }
    }
    Difference { components: reach.components, steps }
}

/// The entries that carry over what stays, for an assessor to sign. What still counts by itself needs none.
#[must_use]
pub fn carries(catalog: &Catalog, new: Side<'_>, difference: &Difference, reason: &str) -> Vec<Event> {
    let steps = difference.steps.iter().filter_map(|(target, step)| match step {
        Step::Carried(entry) => Some((target, *entry)),
        Step::Again(_) | Step::Documents => None,
    });
    let outdated =
        steps.filter(|(target, _)| new.outcomes.get(target).is_some_and(|known| !known.is_current()));
    outdated
        .map(|(target, entry)| {
            let basis = basis::basis(catalog, new.evaluation, target);
            Event::Carry(Carry { target: target.clone(), entry, basis, reason: reason.to_owned() })
        })
        .collect()
}

/// The units of procedures whose latest outputs differ, each with the procedure.
fn changed_procedures(old: &WholeLedger, new: &WholeLedger) -> BTreeMap<UnitId, String> {
    let (old, new) = (latest_runs(old), latest_runs(new));
    let mut units = BTreeMap::new();
    for (procedure, (output, of)) in &new {
        if old.get(procedure).is_some_and(|(before, _)| before != output) {
            units.extend(of.iter().map(|unit| (*unit, procedure.clone())));
        }
    }
    units
}

fn latest_runs(ledger: &WholeLedger) -> BTreeMap<String, (Digest, BTreeSet<UnitId>)> {
    let mut runs = BTreeMap::new();
    for entry in ledger.entries() {
        if let Event::Run(run) = &entry.body().event {
            let decided = run.outcomes.iter().map(|outcome| outcome.target.unit);
            let units = decided.chain(run.prepares.iter().copied()).collect();
            runs.insert(run.procedure.clone(), (run.output, units));
        }
    }
    runs
}
