//! What a plan comes to: work by class, units of the product, tools, people, states.

use super::{Class, Plan, PlannedCase};
use crate::catalog::{CaseId, Catalog, Specimens, State};
use crate::verdict::Target;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Targets and minutes of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// How many targets.
    pub targets: usize,
    /// Minutes of the first reader, estimated.
    pub minutes: u32,
}

/// What some cases come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Work {
    /// Cases.
    pub cases: usize,
    /// Units.
    pub units: usize,
    /// Targets.
    pub targets: usize,
    /// The targets by class, with the time that they take.
    pub by_class: BTreeMap<Class, Share>,
    /// Targets that a second reader has to sign.
    pub second_readings: usize,
    /// Minutes, estimated; our judgement unless the site has its own. Second readings are not in it.
    pub minutes: u32,
}

impl Work {
    /// Adds cases up.
    #[must_use]
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a PlannedCase>) -> Self {
        let mut work = Self::default();
        for case in cases {
            work.cases += 1;
            for unit in &case.units {
                let targets = unit.targets.len();
                work.units += 1;
                work.targets += targets;
                work.minutes = work.minutes.saturating_add(unit.minutes);
                work.second_readings += if unit.readers > 1 { targets } else { 0 };
                let share = work.by_class.entry(unit.class).or_default();
                share.targets += targets;
                share.minutes = share.minutes.saturating_add(unit.minutes);
            }
        }
        work
    }

    /// What one class comes to.
    #[must_use]
    pub fn share(&self, class: Class) -> Share {
        self.by_class.get(&class).copied().unwrap_or_default()
    }
}

/// Minutes as hours, rounded up to the half: `2.5 h`. What takes none is `0 h`.
#[must_use]
pub fn hours(minutes: u32) -> String {
    let halves = minutes.div_ceil(30);
    if halves.is_multiple_of(2) { format!("{} h", halves / 2) } else { format!("{}.5 h", halves / 2) }
}

/// A procedure that serves planned cases, with the tools it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Equipment {
    /// The procedure's name, such as `A07`.
    pub procedure: String,
    /// What it does.
    pub title: String,
    /// Its tools.
    pub tools: String,
    /// The planned cases that it serves.
    pub cases: Vec<CaseId>,
}

/// What all of a plan comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// The work.
    #[serde(flatten)]
    pub work: Work,
    /// How many units of the product are needed.
    pub specimens: u32,
    /// How many of them may be destroyed: at least, when one serves after the other.
    pub sacrificial_at_least: u32,
    /// And at most, when each case needs its own.
    pub sacrificial_at_most: u32,
    /// The cases that need more than one unit, or may destroy one.
    pub specimens_for: Vec<Specimens>,
    /// States that the product has to be put into.
    pub states: BTreeSet<&'static str>,
    /// Procedures and their tools.
    pub equipment: Vec<Equipment>,
}

impl Totals {
    /// Of a plan.
    #[must_use]
    pub fn of(catalog: &Catalog, plan: &Plan) -> Self {
        let cases: Vec<&PlannedCase> = plan.groups.iter().flat_map(|group| &group.cases).collect();
        let planned = |case: &CaseId| cases.iter().any(|known| known.case == *case);
        let specimens_for: Vec<Specimens> =
            catalog.specimens.iter().filter(|need| planned(&need.case)).cloned().collect();
        let sacrificial_at_least = specimens_for.iter().map(|need| need.sacrificial).max().unwrap_or(0);
        let at_once = specimens_for.iter().map(|need| need.units).max().unwrap_or(0);
        Self {
            work: Work::of(cases.iter().copied()),
            // Whatever may be destroyed, one unit is left to be shown.
            specimens: at_once.max(sacrificial_at_least.saturating_add(1)),
            sacrificial_at_least,
            sacrificial_at_most: specimens_for.iter().map(|need| need.sacrificial).sum(),
            specimens_for,
            states: cases
                .iter()
                .flat_map(|case| case.units.iter().flat_map(|unit| &unit.targets))
                .filter_map(|target: &Target| target.state.map(State::name))
                .collect(),
            equipment: equipment(catalog, &cases),
        }
    }
}

fn equipment(catalog: &Catalog, cases: &[&PlannedCase]) -> Vec<Equipment> {
    let procedures = catalog.procedures.iter().map(|procedure| {
        let serves = |case: &CaseId| {
            let name = case.to_string();
            let mut words = procedure.cases.split_whitespace();
            words.any(|word| word.trim_matches(|c| "(,)".contains(c)).starts_with(&name))
        };
        Equipment {
            procedure: procedure.id.clone(),
            title: procedure.title.clone(),
            tools: procedure.tools.clone(),
            cases: cases.iter().map(|case| case.case).filter(serves).collect(),
        }
    });
    procedures.filter(|equipment| !equipment.cases.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::hours;

    #[test]
    fn hours_are_rounded_up_to_the_half() {
        for (minutes, expected) in [(0, "0 h"), (1, "0.5 h"), (30, "0.5 h"), (31, "1 h"), (135, "2.5 h")] {
            assert_eq!(hours(minutes), expected);
        }
    }
}
