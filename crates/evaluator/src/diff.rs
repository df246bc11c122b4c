//! What has to be done again after a change, and what can be carried over with its evidence.
//!
//! Two evaluations of one product are compared target by target. Done again is what nothing was known of, what was
//! declared differently, what looks at the product where its components, or nobody knows what, changed, and what a
//! procedure now finds otherwise. The rest is carried over, by an entry of the ledger that an assessor signs.

use crate::catalog::{Catalog, Decider, Subject, TableNo, UnitId};
use crate::ledger::{Carry, Digest, Event, WholeLedger};
use crate::plan::plan;
use crate::product::Evaluation;
use crate::verdict::{Outcomes, Target, basis};
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
    /// Components changed that the unit looks at.
    Components(Vec<String>),
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
    let components = components(old.evaluation, new.evaluation);
    let is_new_version = version(old.evaluation) != version(new.evaluation);
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
            why.extend(of_product(catalog, unit.unit, &components, is_new_version));
            why.extend(procedures.get(&unit.unit).map(|procedure| Again::Procedure(procedure.clone())));
            let step = if why.is_empty() { Step::Carried(*entry) } else { Step::Again(why) };
            steps.push((target.clone(), step));
        }
    }
    Difference { components, steps }
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

fn version(evaluation: &Evaluation) -> [Option<&str>; 3] {
    let product = evaluation.dut.product.as_ref();
    let text = |field: fn(&crate::product::Product) -> Option<&str>| product.and_then(field);
    [
        text(|product| product.model.as_ref().map(|text| text.value.as_str())),
        text(|product| product.hardware_version.as_ref().map(|text| text.value.as_str())),
        text(|product| product.software_version.as_ref().map(|text| text.value.as_str())),
    ]
}

/// The components that differ, by ID.
fn components(old: &Evaluation, new: &Evaluation) -> Vec<String> {
    let rows = |evaluation: &Evaluation| -> BTreeMap<String, String> {
        let rows = evaluation.ixit.rows(TableNo::SOFT_COMP).iter();
        rows.map(|row| {
            let fields: Vec<String> =
                row.values.iter().map(|(key, value)| format!("{key}={:?}", value.value)).collect();
            (row.name().to_owned(), fields.join("\n"))
        })
        .collect()
    };
    let (old, new) = (rows(old), rows(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name)).cloned().collect()
}

/// Tables whose rows are made of software components: what looks at them on the product is done again when those change.
const OF_COMPONENTS: [TableNo; 4] =
    [TableNo::SOFT_COMP, TableNo::UPD_MECH, TableNo::NET_SEC_IMPL, TableNo::SEC_BOOT];

fn of_product(catalog: &Catalog, unit: UnitId, components: &[String], is_new_version: bool) -> Option<Again> {
    let unit = catalog.unit(unit).filter(|unit| unit.subject == Subject::Product)?;
    if is_new_version && components.is_empty() {
        return Some(Again::UnknownChange);
    }
    let is_concerned = unit.tables.iter().any(|table| OF_COMPONENTS.contains(table));
    (is_concerned && !components.is_empty()).then(|| Again::Components(components.to_vec()))
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
