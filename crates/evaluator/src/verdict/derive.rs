//! From outcomes to verdicts.

use super::domain::{Resolved, resolve};
use super::ics::ics_state;
use super::outcome::{Outcome, Outcomes, Voice};
use super::target::{Subject, Target};
use super::tree::{
    CaseResult, Conclusion, CriterionResult, Ground, GroupResult, Rest, SubjectResult, UnitResult,
};
use super::{Verdict, tree};
use crate::catalog::{
    CaseId, Catalog, Claimant, Decider, Effect, Empty, Escape, Inherits, Provision, ProvisionId, Quantifier,
    State, Subject as LooksAt, UnitRule,
};
use crate::product::{Answer, Evaluation, RowId};
use std::collections::BTreeSet;

/// All that verdicts follow from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// What the standards ask, and the rules.
    pub catalog: &'a Catalog,
    /// What the maker declares.
    pub evaluation: &'a Evaluation,
    /// What was found.
    pub outcomes: &'a Outcomes,
    /// How many errors the check of the documents found; with any, the whole cannot pass.
    pub document_errors: usize,
    /// The day on which recognised evidence has to be valid.
    pub today: jiff::civil::Date,
}

/// Derives all verdicts.
#[must_use]
pub fn conclude(inputs: Inputs<'_>) -> Conclusion {
    let edition = inputs.evaluation.edition();
    let groups: Vec<GroupResult> =
        inputs.catalog.provisions(edition).iter().map(|provision| group(inputs, provision)).collect();
    let ics = ics_state(inputs.catalog, inputs.evaluation);
    let of_groups = groups.iter().filter_map(|group| group.verdict).fold(Verdict::Pass, Verdict::and);
    let of_ics = if ics.faults.is_empty() { Verdict::Pass } else { Verdict::Fail };
    let is_complete = ics.open.is_empty() && inputs.document_errors == 0;
    let of_documents = if is_complete { Verdict::Pass } else { Verdict::Inconclusive };
    Conclusion {
        edition,
        verdict: of_groups.and(of_ics).and(of_documents),
        ics_faults: ics.faults,
        open: ics.open,
        document_errors: inputs.document_errors,
        groups,
    }
}

/// The cases that assess a provision: its own, or for a later edition those of the provisions it came from.
pub fn cases_of(catalog: &Catalog, provision: ProvisionId, edition: crate::catalog::Edition) -> Vec<CaseId> {
    use crate::catalog::Edition;
    let sources: Vec<ProvisionId> = match edition {
        Edition::V2_1_1 => vec![provision],
        Edition::V3_1_3 => {
            let earlier = catalog.provisions(Edition::V2_1_1).iter();
            earlier.filter(|known| known.successors.contains(&provision)).map(|known| known.id).collect()
        }
    };
    sources.into_iter().flat_map(|source| catalog.group(source).map(|case| case.id)).collect()
}

fn group(inputs: Inputs<'_>, provision: &Provision) -> GroupResult {
    let id = provision.id;
    let answer = inputs.evaluation.ics.answer(id);
    let mut result = GroupResult {
        provision: id,
        obligation: provision.obligation,
        answer,
        verdict: None,
        recognised: None,
        cases: Vec::new(),
    };
    if answer != Some(Answer::Yes) {
        return result;
    }
    let cases = cases_of(inputs.catalog, id, inputs.evaluation.edition());
    result.cases = cases.into_iter().map(|case| self::case(inputs, case)).collect();
    let of_cases = result.cases.iter().map(|case| case.verdict).reduce(Verdict::and);
    let recognised = inputs.outcomes.recognised.get(&id).filter(|(_, until)| *until >= inputs.today);
    result.verdict = Some(match (of_cases.unwrap_or(Verdict::Inconclusive), recognised) {
        (Verdict::Inconclusive, Some((entry, _))) => {
            result.recognised = Some(*entry);
            Verdict::Pass
        }
        (verdict, _) => verdict,
    });
    result
}

/// The verdict of one case.
#[must_use]
pub fn case(inputs: Inputs<'_>, id: CaseId) -> CaseResult {
    let rules: Vec<&UnitRule> = inputs.catalog.rules_of(id).collect();
    let mut names: Vec<&str> = Vec::new();
    for rule in &rules {
        if !names.contains(&rule.criterion.as_str()) {
            names.push(&rule.criterion);
        }
    }
    let criteria: Vec<CriterionResult> = names
        .iter()
        .map(|name| {
            let units: Vec<&UnitRule> =
                rules.iter().copied().filter(|rule| rule.criterion == *name).collect();
            criterion(inputs, &units)
        })
        .collect();
    let units = rules.iter().map(|rule| unit(rule, &criteria)).collect();
    let verdict = criteria.iter().map(|criterion| criterion.verdict).fold(Verdict::Pass, Verdict::and);
    CaseResult { case: id, verdict, criteria, units }
}

/// A criterion: its units, of which all have the same rows, states and quantifier.
fn criterion(inputs: Inputs<'_>, units: &[&UnitRule]) -> CriterionResult {
    let Some(first) = units.first() else {
        return CriterionResult {
            name: String::new(),
            quantifier: Quantifier::All,
            verdict: Verdict::Inconclusive,
            uncertain: Vec::new(),
            subjects: Vec::new(),
        };
    };
    let Resolved { rows, uncertain } = resolve(inputs.catalog, inputs.evaluation, first);
    let states: Vec<Option<State>> =
        if first.states.is_empty() { vec![None] } else { first.states.iter().copied().map(Some).collect() };
    let mut subjects = Vec::new();
    for row in rows {
        for state in &states {
            let rests: Vec<Rest> = units.iter().map(|rule| at(inputs, rule, &row.subject, *state)).collect();
            subjects.push(SubjectResult {
                row: row_id(&row.subject),
                state: *state,
                referrers: row.referrers.clone(),
                verdict: rests.iter().filter_map(|rest| rest.verdict).reduce(Verdict::and),
                units: rests,
            });
        }
    }
    let verdict = quantified(first, &subjects, uncertain.len(), |subject| subject.verdict);
    CriterionResult {
        name: first.criterion.clone(),
        quantifier: first.quantifier,
        verdict,
        uncertain,
        subjects,
    }
}

fn row_id(subject: &Subject) -> Option<RowId> {
    match subject {
        Subject::Product => None,
        Subject::Row(id) => Some(id.clone()),
    }
}

/// A unit by itself, over the rows of its criterion.
fn unit(rule: &UnitRule, criteria: &[CriterionResult]) -> UnitResult {
    let verdict = criteria.iter().find(|criterion| criterion.name == rule.criterion).map(|criterion| {
        quantified(rule, &criterion.subjects, criterion.uncertain.len(), |subject| {
            subject.units.iter().find(|rest| rest.target.unit == rule.unit).and_then(|rest| rest.verdict)
        })
    });
    UnitResult { unit: rule.unit, verdict: verdict.unwrap_or(Verdict::Inconclusive), sense: rule.sense }
}

/// How many must pass. What is uncertain stands for a row of which nothing is known.
fn quantified(
    rule: &UnitRule,
    subjects: &[SubjectResult],
    uncertain: usize,
    verdict: impl Fn(&SubjectResult) -> Option<Verdict>,
) -> Verdict {
    let unknown = || std::iter::repeat_n(Verdict::Inconclusive, uncertain);
    let known = || subjects.iter().filter_map(&verdict);
    let outcome = match rule.quantifier {
        Quantifier::All => known().chain(unknown()).reduce(Verdict::and),
        Quantifier::One => known().chain(unknown()).reduce(Verdict::or),
        Quantifier::OnePerReferrer => {
            let referrers: BTreeSet<&RowId> =
                subjects.iter().flat_map(|subject| &subject.referrers).collect();
            let best = |referrer: &RowId| {
                let its = subjects.iter().filter(|subject| subject.referrers.contains(referrer));
                its.filter_map(&verdict).reduce(Verdict::or)
            };
            referrers.into_iter().filter_map(best).chain(unknown()).reduce(Verdict::and)
        }
    };
    outcome.unwrap_or(match rule.empty {
        Empty::Holds => Verdict::Pass,
        Empty::Inconclusive => Verdict::Inconclusive,
    })
}

/// One unit at one target.
fn at(inputs: Inputs<'_>, rule: &UnitRule, subject: &Subject, state: Option<State>) -> Rest {
    let target = Target { unit: rule.unit, subject: subject.clone(), state };
    let outcome = inputs.outcomes.get(&target);
    let rest = |verdict, ground| Rest {
        target: target.clone(),
        verdict,
        ground,
        entries: outcome.map(|outcome| outcome.entries.clone()).unwrap_or_default(),
        note: outcome.map(|outcome| outcome.note.clone()).unwrap_or_default(),
        parts: Vec::new(),
    };
    if let Some(escape) = declared_escape(inputs, rule) {
        return rest(effect(escape.effect, None), Ground::Escape(escape.name.clone()));
    }
    if let Some(outcome) = outcome.filter(|outcome| outcome.escape.is_some() || rule.inherits.is_none()) {
        let (verdict, ground) = decided(inputs, rule, outcome);
        return rest(verdict, ground);
    }
    match &rule.inherits {
        Some(inherits) => inherited(inputs, rule, inherits, &target, outcome),
        None => rest(Some(Verdict::Inconclusive), Ground::Missing),
    }
}

/// The exception that a declared feature itself brings about.
fn declared_escape<'a>(inputs: Inputs<'a>, rule: &UnitRule) -> Option<&'a Escape> {
    let mut escapes = rule.escapes.iter().filter_map(|name| inputs.catalog.escape(name));
    escapes.find(|escape| {
        let feature = escape.feature.as_ref();
        escape.by == Claimant::Documents
            && feature.is_some_and(|feature| inputs.evaluation.dut.feature(feature) == Some(false))
    })
}

fn effect(effect: Effect, judged: Option<Verdict>) -> Option<Verdict> {
    match effect {
        Effect::Satisfies => Some(Verdict::Pass),
        Effect::Excludes => None,
        Effect::Narrows => Some(judged.unwrap_or(Verdict::Inconclusive)),
    }
}

/// What an outcome is worth.
fn decided(inputs: Inputs<'_>, rule: &UnitRule, outcome: &Outcome) -> (Option<Verdict>, Ground) {
    let not = |ground| (Some(Verdict::Inconclusive), ground);
    if !outcome.is_current {
        return not(Ground::Outdated);
    }
    let by_people = match &outcome.voice {
        Voice::People(people) if people.len() < usize::from(rule.readers) => {
            return not(Ground::NeedsSecondReader);
        }
        Voice::People(_) => true,
        Voice::Tool { .. } => false,
    };
    if let Some(name) = &outcome.escape {
        return claimed(inputs, rule, name, by_people, outcome.verdict);
    }
    let by = voice(&outcome.voice);
    match (rule.decides, &outcome.voice) {
        (Decider::Assessor | Decider::Inherited | Decider::Performed, Voice::Tool { .. }) => {
            not(Ground::NeedsAssessor)
        }
        (Decider::Tool, Voice::Tool { observations: 0, .. })
            if outcome.verdict == Verdict::Pass && is_functional(inputs, rule) =>
        {
            not(Ground::NothingObserved)
        }
        (Decider::Performed, Voice::People(_)) if outcome.verdict != Verdict::Pass => {
            not(Ground::NotPerformed)
        }
        (Decider::Tool | Decider::Assessor | Decider::Inherited | Decider::Performed, _) => {
            (Some(outcome.verdict), Ground::Decided(by))
        }
    }
}

fn voice(voice: &Voice) -> String {
    match voice {
        Voice::Tool { name, .. } => name.clone(),
        Voice::People(people) => people.join(" and "),
    }
}

fn is_functional(inputs: Inputs<'_>, rule: &UnitRule) -> bool {
    inputs.catalog.unit(rule.unit).is_some_and(|unit| unit.subject == LooksAt::Product)
}

/// An exception that somebody claims: it must be one of the unit's, theirs to claim, and not contradict the documents.
fn claimed(
    inputs: Inputs<'_>,
    rule: &UnitRule,
    name: &str,
    by_people: bool,
    judged: Verdict,
) -> (Option<Verdict>, Ground) {
    let escape = inputs.catalog.escape(name).filter(|_| rule.escapes.iter().any(|known| known == name));
    let holds = escape.filter(|escape| {
        let may = by_people || escape.by == Claimant::Documents;
        // An exception that hangs on a feature holds by the feature alone, and would have held before this.
        may && escape.feature.is_none()
    });
    match holds {
        Some(escape) => (effect(escape.effect, Some(judged)), Ground::Escape(name.to_owned())),
        None => (Some(Verdict::Inconclusive), Ground::EscapeRefused(name.to_owned())),
    }
}

/// The units of another case, applied to this one's row and state.
fn inherited(
    inputs: Inputs<'_>,
    rule: &UnitRule,
    inherits: &Inherits,
    target: &Target,
    own: Option<&Outcome>,
) -> Rest {
    let mut parts: Vec<Rest> = match &target.subject {
        Subject::Product => whole_case(inputs, inherits),
        Subject::Row(_) => {
            let units = inputs.catalog.rules_of(inherits.case);
            let units = units
                .filter(|unit| inherits.letters.is_empty() || inherits.letters.contains(&unit.unit.letter));
            units.map(|unit| at(inputs, unit, &target.subject, target.state)).collect()
        }
    };
    if let Some(plus) = &rule.plus {
        let (verdict, ground) =
            own.map_or((Some(Verdict::Inconclusive), Ground::Missing), |own| decided(inputs, rule, own));
        parts.push(Rest {
            target: target.clone(),
            verdict,
            ground,
            entries: own.map(|own| own.entries.clone()).unwrap_or_default(),
            note: plus.clone(),
            parts: Vec::new(),
        });
    }
    let verdict = parts.iter().filter_map(|part| part.verdict).reduce(Verdict::and);
    Rest {
        target: target.clone(),
        verdict: Some(verdict.unwrap_or(Verdict::Inconclusive)),
        ground: Ground::Inherited(inherits.case),
        entries: parts.iter().flat_map(|part: &tree::Rest| part.entries.iter().copied()).collect(),
        note: String::new(),
        parts,
    }
}

/// Another case as a whole, with its own rows: one part for each of its criteria.
fn whole_case(inputs: Inputs<'_>, inherits: &Inherits) -> Vec<Rest> {
    let other = case(inputs, inherits.case);
    let part = |criterion: CriterionResult| {
        let rule = inputs.catalog.rules_of(inherits.case).find(|rule| rule.criterion == criterion.name)?;
        let units: Vec<Rest> = criterion.subjects.into_iter().flat_map(|subject| subject.units).collect();
        Some(Rest {
            target: Target::product(rule.unit),
            verdict: Some(criterion.verdict),
            ground: Ground::Inherited(inherits.case),
            entries: units.iter().flat_map(|rest| rest.entries.iter().copied()).collect(),
            note: String::new(),
            parts: units,
        })
    };
    other.criteria.into_iter().filter_map(part).collect()
}
