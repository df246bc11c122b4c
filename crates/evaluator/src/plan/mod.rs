//! The test plan: what has to be done for the provisions that the maker claims, on what, by whom, and why.
//!
//! A claimed provision brings its cases, a case its units, a unit one piece of work for each row and state it is asked
//! of (`verdict::targets`). What another case inherits is planned where it stands, with the units that ask for it.
//! What the whole comes to, and what a laboratory has to have ready for it, is added up in [`totals`].

pub mod mapping;
pub mod totals;

pub use mapping::Mapping;
pub use totals::{Equipment, Totals, Work};

use crate::catalog::{
    Automation, CaseId, Catalog, Decider, Edition, Obligation, ProvisionId, Sense, Subject, Unit, UnitId,
};
use crate::product::{Answer, Evaluation};
use crate::verdict::{Target, derive, targets};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// By what means a unit is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// `A`: by a tool alone.
    Automatic,
    /// `S`: by a tool and a person.
    SemiAutomatic,
    /// `D`: by reading documents.
    Document,
    /// `M`: by hand.
    Manual,
}

impl Class {
    /// Of a unit: what looks at the declaration is read, by a tool where it only checks; what looks at the product goes
    /// as its case does.
    #[must_use]
    pub fn of(catalog: &Catalog, unit: &Unit) -> Self {
        let is_checked = catalog.rule(unit.id).is_some_and(|rule| rule.decides == Decider::Tool);
        let automation = catalog.case(unit.id.case).and_then(|case| case.automation);
        match (unit.subject, automation) {
            (Subject::Declaration, _) if is_checked => Class::Automatic,
            (Subject::Declaration, _) | (Subject::Product, Some(Automation::Document)) => Class::Document,
            (Subject::Product, Some(Automation::Automatic)) => Class::Automatic,
            (Subject::Product, Some(Automation::SemiAutomatic)) => Class::SemiAutomatic,
            (Subject::Product, Some(Automation::Manual) | None) => Class::Manual,
        }
    }

    /// All, in the order in which a laboratory takes them.
    pub const ALL: [Class; 4] = [Class::Automatic, Class::SemiAutomatic, Class::Document, Class::Manual];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Class::Automatic => "automatic",
            Class::SemiAutomatic => "semi-automatic",
            Class::Document => "document",
            Class::Manual => "manual",
        }
    }

    /// Its letter.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Class::Automatic => 'A',
            Class::SemiAutomatic => 'S',
            Class::Document => 'D',
            Class::Manual => 'M',
        }
    }
}

/// A unit as planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedUnit {
    /// Which.
    pub unit: UnitId,
    /// What it asks, in our words.
    pub asks: String,
    /// Who decides it.
    pub decides: Decider,
    /// By what means.
    pub class: Class,
    /// Whether a pass proves something.
    pub sense: Sense,
    /// What it is carried out on.
    pub targets: Vec<Target>,
    /// Units of other cases that inherit it and so ask for more targets.
    pub inherited_by: Vec<UnitId>,
    /// How many must sign.
    pub readers: u8,
    /// Minutes, estimated.
    pub minutes: u32,
}

/// A case as planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedCase {
    /// Which.
    pub case: CaseId,
    /// How it is carried out.
    pub procedure: String,
    /// Why it is there: the provision that is claimed, or the units that inherit it.
    pub why: String,
    /// Its units.
    pub units: Vec<PlannedUnit>,
}

impl PlannedGroup {
    /// What its cases come to.
    #[must_use]
    pub fn work(&self) -> Work {
        Work::of(&self.cases)
    }
}

/// A provision's group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedGroup {
    /// The provision.
    pub provision: ProvisionId,
    /// Mandatory or recommended.
    pub obligation: Obligation,
    /// What it asks, in our words.
    pub asks: String,
    /// What the maker says of it.
    pub answer: Option<Answer>,
    /// Why its cases are carried out or not.
    pub why: String,
    /// Its cases.
    pub cases: Vec<PlannedCase>,
}

/// The plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// By which edition.
    pub edition: Edition,
    /// Where the cases were made for another edition: which, and what they do not reach.
    pub mapping: Option<Mapping>,
    /// Every provision.
    pub groups: Vec<PlannedGroup>,
    /// What it comes to.
    pub totals: Totals,
}

/// Makes the plan.
#[must_use]
pub fn plan(catalog: &Catalog, evaluation: &Evaluation) -> Plan {
    let edition = evaluation.edition();
    let mut planned = BTreeSet::new();
    let groups: Vec<PlannedGroup> = catalog
        .provisions(edition)
        .iter()
        .map(|provision| {
            let answer = evaluation.ics.answer(provision.id);
            let known = derive::cases_of(catalog, provision.id, edition);
            let why = why(answer, known.is_empty());
            let is_claimed = answer == Some(Answer::Yes);
            let cases = known.into_iter().filter(|case| is_claimed && planned.insert(*case));
            let why_case = format!("{} is claimed", provision.id);
            let cases = cases.map(|case| planned_case(catalog, evaluation, case, &why_case)).collect();
            PlannedGroup {
                provision: provision.id,
                obligation: provision.obligation,
                asks: provision.paraphrase.clone(),
                answer,
                why,
                cases,
            }
        })
        .collect();
    let mapping = Mapping::of(catalog, edition);
    let mut plan = Plan { edition, mapping, groups, totals: Totals::default() };
    add_inherited(catalog, evaluation, &mut plan, &mut planned);
    plan.totals = Totals::of(catalog, &plan);
    plan
}

fn why(answer: Option<Answer>, is_unknown: bool) -> String {
    match answer {
        Some(Answer::Yes) if is_unknown => {
            "claimed, but no test case is known: only recognised evidence can decide it".into()
        }
        Some(Answer::Yes) => "claimed".into(),
        Some(Answer::No) => "not met, by the maker's own word: nothing is tested".into(),
        Some(Answer::NotApplicable) => "does not apply, by the maker's own word: nothing is tested".into(),
        None => "not answered: nothing can be planned".into(),
    }
}

/// Cases of groups that are not claimed, but which a planned case inherits.
fn add_inherited(
    catalog: &Catalog,
    evaluation: &Evaluation,
    plan: &mut Plan,
    planned: &mut BTreeSet<CaseId>,
) {
    let mut wanted: BTreeMap<CaseId, Vec<String>> = BTreeMap::new();
    for rule in catalog.rules().filter(|rule| planned.contains(&rule.unit.case)) {
        if let Some(inherits) = &rule.inherits
            && !planned.contains(&inherits.case)
        {
            wanted.entry(inherits.case).or_default().push(rule.unit.to_string());
        }
    }
    for (case, heirs) in wanted {
        planned.insert(case);
        let why = format!("inherited by {}", heirs.join(", "));
        let case_plan = planned_case(catalog, evaluation, case, &why);
        let group = plan
            .groups
            .iter_mut()
            .find(|group| derive::cases_of(catalog, group.provision, plan.edition).contains(&case));
        if let Some(group) = group {
            group.cases.push(case_plan);
        }
    }
}

fn planned_case(catalog: &Catalog, evaluation: &Evaluation, id: CaseId, why: &str) -> PlannedCase {
    let case = catalog.case(id);
    let units = case.map(|case| case.units.as_slice()).unwrap_or_default();
    PlannedCase {
        case: id,
        procedure: case.map(|case| case.procedure.clone()).unwrap_or_default(),
        why: why.to_owned(),
        units: units.iter().filter_map(|unit| planned_unit(catalog, evaluation, *unit)).collect(),
    }
}

fn planned_unit(catalog: &Catalog, evaluation: &Evaluation, id: UnitId) -> Option<PlannedUnit> {
    let unit = catalog.unit(id)?;
    let rule = catalog.rule(id)?;
    let found = targets(catalog, evaluation, id);
    let heirs: BTreeSet<UnitId> = found.values().flatten().copied().filter(|heir| *heir != id).collect();
    let class = Class::of(catalog, unit);
    let targets: Vec<Target> = found.into_keys().collect();
    let each = catalog.estimates.iter().find(|estimate| estimate.kind == kind(unit, rule.decides, class));
    let count = u32::try_from(targets.len()).unwrap_or(u32::MAX);
    let minutes = if rule.decides == Decider::Inherited { 0 } else { each.map_or(0, |each| each.minutes) };
    Some(PlannedUnit {
        unit: id,
        asks: unit.paraphrase.clone(),
        decides: rule.decides,
        class,
        sense: rule.sense,
        targets,
        inherited_by: heirs.into_iter().collect(),
        readers: rule.readers,
        minutes: minutes.saturating_mul(count),
    })
}

fn kind(unit: &Unit, decides: Decider, class: Class) -> String {
    match (unit.subject, decides) {
        (Subject::Product, _) => format!("functional-{}", class.letter()),
        (Subject::Declaration, Decider::Tool) => "conceptual-check".into(),
        (Subject::Declaration, Decider::Assessor | Decider::Inherited | Decider::Performed) => {
            "conceptual-assess".into()
        }
    }
}
