//! All targets at which a unit is asked for: its own, and those of units that inherit its case.

use super::domain::resolve;
use super::target::{Subject, Target};
use crate::catalog::{Catalog, Decider, State, UnitId, UnitRule};
use crate::product::Evaluation;
use std::collections::BTreeMap;

/// The targets of a unit, each with the unit that asks for it: itself, or one that inherits its case.
#[must_use]
pub fn targets(catalog: &Catalog, evaluation: &Evaluation, unit: UnitId) -> BTreeMap<Target, Vec<UnitId>> {
    let mut found: BTreeMap<Target, Vec<UnitId>> = BTreeMap::new();
    let Some(rule) = catalog.rule(unit) else { return found };
    if rule.decides != Decider::Inherited || rule.plus.is_some() || !rule.escapes.is_empty() {
        add(catalog, evaluation, rule, unit, &mut found);
    }
    for heir in catalog.rules().filter(|heir| inherits(heir, unit)) {
        // Who inherits a case for the product as a whole takes its rows as they are.
        if heir.over.is_some() {
            add(catalog, evaluation, heir, unit, &mut found);
        }
    }
    found
}

/// Whether a rule applies a unit of another case.
fn inherits(heir: &UnitRule, unit: UnitId) -> bool {
    heir.inherits.as_ref().is_some_and(|inherits| {
        inherits.case == unit.case && (inherits.letters.is_empty() || inherits.letters.contains(&unit.letter))
    })
}

/// The rows and states of a rule, asked of a unit.
fn add(
    catalog: &Catalog,
    evaluation: &Evaluation,
    rule: &UnitRule,
    unit: UnitId,
    found: &mut BTreeMap<Target, Vec<UnitId>>,
) {
    let states: Vec<Option<State>> =
        if rule.states.is_empty() { vec![None] } else { rule.states.iter().copied().map(Some).collect() };
    for row in resolve(catalog, evaluation, rule).rows {
        if rule.unit != unit && row.subject == Subject::Product {
            continue;
        }
        for state in &states {
            let target = Target { unit, subject: row.subject.clone(), state: *state };
            found.entry(target).or_default().push(rule.unit);
        }
    }
}
